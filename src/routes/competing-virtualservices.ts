import { type Finding, finding } from "../base/reasons/finding.ts";
import type { DestinationId } from "../rollout/rollout-state.ts";
import { partsOf } from "./destination-id.ts";

/** What an object decides: for which hosts, where traffic enters, and whether a rule of it splits between both versions. */
export type TrafficClaim = {
  readonly title: string;
  readonly hosts: readonly string[];
  readonly paths: readonly string[];
  readonly splits: boolean;
  /** Of several objects for one host the oldest comes first, on sidecars it comes alone. */
  readonly order: string;
};

const shared = (some: readonly string[], others: readonly string[]) => some.filter((one) => others.includes(one));

const sharesTraffic = (one: TrafficClaim, other: TrafficClaim): boolean =>
  shared(one.hosts, other.hosts).length > 0 && shared(one.paths, other.paths).length > 0;

/**
 * Objects that decide about the same traffic and would not move: another one for the same host where traffic enters, or
 * one that splits between the same versions elsewhere. A delegate names no host; the object that delegates to it does.
 */
export function rivalsOf(
  mine: TrafficClaim,
  others: readonly TrafficClaim[],
  stable: DestinationId,
): readonly Finding[] {
  const rivals = others.filter((other) => other.hosts.length > 0 && (sharesTraffic(mine, other) || other.splits));
  if (rivals.length === 0) return [];
  const [host = partsOf(stable).host] = rivals.flatMap((rival) => shared(mine.hosts, rival.hosts));
  const titles = rivals.map(({ title }) => title);
  return [finding("multiple-virtualservices", { host, others: titles, deciders: deciders(mine, rivals) })];
}

/** Which object decides for which entry path. */
function deciders(mine: TrafficClaim, rivals: readonly TrafficClaim[]) {
  const all = [mine, ...rivals];
  const paths = [...new Set(all.flatMap((one) => one.paths))];
  const byObject = Map.groupBy(paths, (path) => {
    const there = all.filter((one) => one.paths.includes(path));
    return there.toSorted((a, b) => (a.order < b.order ? -1 : 1))[0]?.title ?? mine.title;
  });
  return [...byObject].map(([object, where]) => ({ object, paths: where }));
}
