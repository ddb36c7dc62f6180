import { type Fields, fieldsOf, listOf, member, textOf } from "../base/read-fields.ts";
import type { Finding } from "../base/reasons/finding.ts";
import type { NewDestination } from "../base/reasons/route-shapes.ts";
import type { DestinationParts } from "../ports/route-adapter.ts";
import type { DestinationId } from "../rollout/rollout-state.ts";
import { destinationId, partsOf, resolveHost } from "./destination-id.ts";
import { type DestinationView, type Mirror, malformed } from "./route-view.ts";

const largestWeight = 2 ** 31 - 1;

/** One entry of a rule's `route`. What cannot be read is added to the problems and has no identity. */
export function readDestination(entry: unknown, path: string, namespace: string, problems: Finding[]): DestinationView {
  const id = identityOf(member(entry, "destination"), namespace);
  if (id === undefined) {
    problems.push(malformed(`${path}.destination`, "destination"));
  }
  const weight = member(entry, "weight") ?? null;
  const counts = Number.isInteger(weight) && (weight as number) >= 0 && (weight as number) <= largestWeight;
  if (weight !== null && !counts) {
    problems.push(malformed(`${path}.weight`, "weight", largestWeight));
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

export function checkMatch(match: unknown, path: string, problems: Finding[]): void {
  if (match === undefined) return;
  const list = listOf(match);
  if (list === undefined) problems.push(malformed(path, "list"));
  for (const [position, entry] of (list ?? []).entries()) {
    if (fieldsOf(entry) === undefined) problems.push(malformed(`${path}[${position}]`, "map"));
  }
}

/** An absent percentage means all requests, a written one without a value none. */
export function mirrorsOf(rule: unknown, namespace: string): readonly Mirror[] {
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
    return id === undefined || typeof value !== "number" || value <= 0 ? [] : [{ id, share: value }];
  });
}

/** A user's words beside a destination that is there: they mean a subset where that one has a subset. */
function partsLike(words: string, model: DestinationId | undefined): Omit<DestinationParts, "id"> {
  const near = model === undefined ? undefined : partsOf(model);
  const named = partsOf(words);
  const bySubset = named.subset === undefined && !named.host.includes(".") && near?.subset !== undefined;
  const subset = bySubset ? named.host : named.subset;
  const port = named.port ?? near?.port;
  return {
    host: bySubset ? near.host : named.host,
    ...(subset === undefined ? {} : { subset }),
    ...(port === undefined ? {} : { port }),
  };
}

/** Which destination a user's words would be in a rule that holds `model`. */
export function idLike(words: string, model: DestinationId, namespace: string): DestinationId {
  const parts = partsLike(words, model);
  return destinationId({ ...parts, host: resolveHost(parts.host, namespace) });
}

/** A destination as an entry of `route`; a host that stands beside it is written as it is written there. */
export function entryOf(id: DestinationId, namespace: string, beside: readonly unknown[]): Fields {
  const { host, subset, port } = partsOf(id);
  const written = beside
    .map((entry) => textOf(member(member(entry, "destination"), "host")) ?? "")
    .find((text) => resolveHost(text, namespace) === host);
  return {
    destination: {
      host: written ?? host.replace(`.${namespace}.svc.cluster.local`, ""),
      ...(subset === undefined ? {} : { subset }),
      ...(port === undefined ? {} : { port: { number: port } }),
    },
  };
}

/** A new version beside one that is there: named like it, by subset where that one has a subset. */
export function exampleOf(words: string, model: DestinationId | undefined, namespace: string): NewDestination {
  const { host, ...parts } = partsLike(words, model);
  return { form: "destination", host: host.replace(`.${namespace}.svc.cluster.local`, ""), ...parts };
}
