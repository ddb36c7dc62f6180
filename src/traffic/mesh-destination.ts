import type { Problem } from "../errors.ts";
import type { DestinationId } from "../rollout/state.ts";
import { fieldsOf, listOf, member, textOf } from "./fields.ts";
import { destinationId, partsOf, resolveHost } from "./host.ts";
import { type DestinationView, malformed, yamlWord } from "./route.ts";

const largestWeight = 2 ** 31 - 1;

/** One entry of a rule's `route`. What cannot be read is added to the problems and has no identity. */
export function readDestination(entry: unknown, path: string, namespace: string, problems: Problem[]): DestinationView {
  const id = identityOf(member(entry, "destination"), namespace);
  if (id === undefined) {
    problems.push(
      malformed(`${path}.destination`, "a destination with a host, and a subset and a port where it has them"),
    );
  }
  const weight = member(entry, "weight") ?? null;
  const counts = Number.isInteger(weight) && (weight as number) >= 0 && (weight as number) <= largestWeight;
  if (weight !== null && !counts) {
    problems.push(malformed(`${path}.weight`, `a whole number from 0 to ${largestWeight}`));
  }
  return { id: id ?? "", weight: counts ? (weight as number) : null };
}

/** Undefined for what is no destination; `/` and `:` cannot stand in its names, or two of them could read as one. */
export function identityOf(destination: unknown, namespace: string): DestinationId | undefined {
  const host = textOf(member(destination, "host"));
  const subset = member(destination, "subset");
  const port = member(destination, "port");
  const number = member(port, "number");
  const plain = (text: string | undefined) => text !== undefined && /^[^\s/:]+$/.test(text);
  if (host === undefined || !plain(host)) return undefined;
  if (subset !== undefined && subset !== "" && !plain(textOf(subset))) return undefined;
  if (port !== undefined && !(Number.isInteger(number) && (number as number) > 0 && (number as number) < 65_536)) {
    return undefined;
  }
  return destinationId({
    host: resolveHost(host, namespace),
    ...(subset === undefined || subset === "" ? {} : { subset: subset as string }),
    ...(port === undefined ? {} : { port: number as number }),
  });
}

export function checkMatch(match: unknown, path: string, problems: Problem[]): void {
  if (match === undefined) return;
  const list = listOf(match);
  if (list === undefined) problems.push(malformed(path, "a list"));
  for (const [position, entry] of (list ?? []).entries()) {
    if (fieldsOf(entry) === undefined) problems.push(malformed(`${path}[${position}]`, "a map"));
  }
}

/** An absent percentage means all requests, a written one without a value none. */
export function mirrorsOf(rule: unknown, namespace: string): readonly string[] {
  const single = member(rule, "mirror");
  const old = member(rule, "mirrorPercent");
  const entries = [
    ...(single === undefined ? [] : [{ to: single, percentage: member(rule, "mirrorPercentage") ?? old }]),
    ...(listOf(member(rule, "mirrors")) ?? []).map((entry) => ({
      to: member(entry, "destination"),
      percentage: member(entry, "percentage"),
    })),
  ];
  return entries.flatMap(({ to, percentage }) => {
    const value = typeof percentage === "object" ? (member(percentage, "value") ?? 0) : (percentage ?? 100);
    const id = identityOf(to, namespace);
    return id === undefined || typeof value !== "number" || value <= 0 ? [] : [`${id} (${value} %)`];
  });
}

/** A new version beside one that is there: named like it, by subset where that one has a subset. */
export function exampleOf(words: string, model: DestinationId | undefined, namespace: string): string {
  const near = model === undefined ? undefined : partsOf(model);
  const named = partsOf(words);
  const bySubset = named.subset === undefined && !named.host.includes(".") && near?.subset !== undefined;
  const host = bySubset ? near.host : named.host;
  const subset = bySubset ? named.host : named.subset;
  const port = named.port ?? near?.port;
  const fields = [
    `host: ${yamlWord(host.replace(`.${namespace}.svc.cluster.local`, ""))}`,
    ...(subset === undefined ? [] : [`subset: ${yamlWord(subset)}`]),
    ...(port === undefined ? [] : [`port: {number: ${port}}`]),
  ];
  return `- {destination: {${fields.join(", ")}}, weight: 0}`;
}
