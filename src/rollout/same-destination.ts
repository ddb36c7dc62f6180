import type { DestinationId } from "./rollout-state.ts";

const withoutPort = (id: DestinationId): string => id.replace(/:\d+$/, "");

/**
 * Whether two destinations are one: the same name, or the same but for a port that only one of them writes out. Rules of
 * one route often differ in that, and an absent port is the Service's only one.
 */
export function sameDestination(one: DestinationId, other: DestinationId): boolean {
  if (one === other) return true;
  const [bare, otherBare] = [withoutPort(one), withoutPort(other)];
  return bare === otherBare && (one === bare || other === otherBare);
}

/** Where a destination stands in a rule: by its whole name, else by the only one that differs in an absent port. None: -1. */
export function placeOf(destinations: readonly DestinationId[], id: DestinationId): number {
  const exact = destinations.indexOf(id);
  if (exact >= 0) return exact;
  const alike = destinations.flatMap((other, index) => (sameDestination(other, id) ? [index] : []));
  const [only, second] = alike;
  return only === undefined || second !== undefined ? -1 : only;
}
