import { canonicalText, contentDigest } from "../base/content-digest.ts";
import { fieldsOf, listOf, member, textsOf } from "../base/read-fields.ts";
import type { Finding } from "../base/reasons/finding.ts";
import { malformed, type RuleView } from "./route-view.ts";
import { checkMatch, readDestination } from "./virtualservice-destination.ts";

type Unlabelled = Omit<RuleView, "label">;

/** The rules of `spec.tls` or `spec.tcp`. They have no names: what they match is what they are called by. */
export function readStreams(
  entries: readonly unknown[],
  list: "tls" | "tcp",
  namespace: string,
  problems: Finding[],
): readonly RuleView[] {
  const rules = entries.map((value, index) => readStream(value, { list, index, namespace, problems }));
  return rules.map((rule) => {
    const tells = rule.name !== null && rules.filter(({ name }) => name === rule.name).length === 1;
    // No selector means such a rule, so it is called by where it stands.
    return { ...rule, label: tells ? `${list}/${rule.name}` : `spec.${list}[${rule.index}]` };
  });
}

type Place = {
  readonly list: "tls" | "tcp";
  readonly index: number;
  readonly namespace: string;
  readonly problems: Finding[];
};

function readStream(value: unknown, { list, index, namespace, problems }: Place): Unlabelled {
  const path = `spec.${list}[${index}]`;
  const route = member(value, "route");
  const match = member(value, "match");
  if (fieldsOf(value) === undefined) problems.push(malformed(path, "rule"));
  if (route !== undefined && listOf(route) === undefined) problems.push(malformed(`${path}.route`, "list"));
  checkMatch(match, `${path}.match`, problems);
  const destinations = (listOf(route) ?? []).map((entry, position) =>
    readDestination(entry, `${path}.route[${position}]`, namespace, problems),
  );
  const sniHosts = list === "tls" ? serversOf(match) : [];
  const name = list === "tls" ? sniHosts.join("+") : (sharedPort(match) ?? "");
  return {
    list,
    index,
    name: name === "" ? null : name,
    key: contentDigest(canonicalText([list, match])),
    sends: destinations.length === 0 ? "nothing" : "weighted",
    destinations,
    readable: destinations.every(({ id }) => id !== ""),
    faulty: false,
    mirrors: [],
    ...(list === "tls" ? { sniHosts } : {}),
  };
}

const blocksOf = (match: unknown) => listOf(match) ?? [];

/** The port that every match block asks for; undefined where one asks for another, or for any. */
function sharedPort(match: unknown): string | undefined {
  const ports = new Set(blocksOf(match).map((block) => member(block, "port")));
  const [port] = ports;
  return ports.size === 1 && Number.isInteger(port) ? String(port) : undefined;
}

/** All servers that any match block names. */
function serversOf(match: unknown): readonly string[] {
  const hosts = blocksOf(match).flatMap((block) => textsOf(member(block, "sniHosts")));
  return [...new Set(hosts.map((host) => host.toLowerCase()))].sort();
}
