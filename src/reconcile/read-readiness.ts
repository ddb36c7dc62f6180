import type { CallOptions } from "../ports/cluster.ts";
import type { Readiness, RoutePorts } from "../ports/run-ports.ts";
import { isFinal } from "../rollout/begin-or-supersede.ts";
import type { Command } from "../rollout/command-names.ts";
import { followersToRead } from "../rollout/followers.ts";
import type { EndpointHealth, Health, Selection } from "../rollout/observation.ts";
import type { Follower, State } from "../rollout/rollout-state.ts";
import type { RunRequest } from "../rollout/run-request.ts";
import { otherOf } from "./read-followers.ts";
import type { RouteSnapshot } from "./read-route.ts";
import type { RunContext } from "./run-context.ts";
import { decidedBack } from "./run-memory.ts";

/** Who is ready behind the two versions of one route, or of several that send to the same. */
type Behind = { readonly of: string; readonly found: Readiness };

/** What was asked before the route was read, and about which versions. */
export type Ahead = { readonly of: string; readonly behind: readonly Behind[] };

type Pair = Pick<Follower, "stable" | "canary">;
const pairOf = ({ stable, canary }: Pair): string => `${stable} ${canary}`;

const followersOf = ({ followers = [] }: State | Selection): readonly Follower[] =>
  followers.map((one) => ("follower" in one ? one.follower : one));

const pairsOf = (versions: State | Selection): string => [versions, ...followersOf(versions)].map(pairOf).join();

const unchecked = { stable: "unchecked", canary: "unchecked", reasons: [] } as const;

const moves = (command: Command): boolean => command !== "status" && command !== "pause";
const isNotAllHome = (state: State): boolean => state.status === "rolled-back" && followersToRead(state).length > 0;
const isDue = (command: Command, state: State): boolean =>
  !isFinal(state) || command === "rollback" || isNotAllHome(state);

/**
 * On the way back, and after a signal, nothing may stand between the read of the route and the patch that it guards: beside
 * a busy writer every call in between costs tries. So who is ready is asked first, of the record as it was last seen, or as it was
 * sent where its answer is missing.
 */
export async function lookAhead({ ports, order, memory, inHurry }: RunContext): Promise<Ahead | undefined> {
  const { command } = order;
  const known = [memory.lastState, memory.sent?.state].find((state) => state !== undefined && isDue(command, state));
  if (known === undefined || !moves(command)) return undefined;
  const isOnItsWay = decidedBack(memory, known) !== undefined || known.status === "held";
  if (!isOnItsWay && !inHurry.isOn()) return undefined;
  const options = inHurry.readinessAheadOptions();
  const followers = followersOf(known);
  const reached = await Promise.all(followers.map((follower) => ports.reach?.(follower, options)));
  const behind = await askBehind(ports, known, options, (follower) => {
    const found = reached[followers.indexOf(follower)];
    return found?.kind === "reached" ? found.ports : undefined;
  });
  return { of: pairsOf(known), behind };
}

export async function lookAtHealth(
  trip: RunContext,
  asked: RunRequest,
  sight: RouteSnapshot,
  own: State | undefined,
  ahead: Ahead | undefined,
): Promise<Health> {
  const { ports, memory } = trip;
  const { selected } = sight;
  const state = sight.state ?? sight.recalled?.state;
  const selection = selected?.kind === "selected" ? selected.selection : undefined;
  const going = state !== undefined && isDue(asked.command, state) ? state : undefined;
  const beginning = asked.command === "run" && own === undefined ? selection : undefined;
  const versions = moves(asked.command) ? (beginning ?? going ?? selection) : undefined;
  const found = versions === undefined ? unchecked : await lookBehind(trip, sight, versions, ahead);
  if (found.canary === "empty") memory.emptySince ??= ports.clock.now();
  else memory.emptySince = undefined;
  return {
    ...found,
    canaryEmptyMs: memory.emptySince === undefined ? 0 : ports.clock.now() - memory.emptySince,
  };
}

/** Who is ready behind the versions of every route that is there, as it was asked ahead, or now. */
async function lookBehind(
  { ports, inHurry }: RunContext,
  { others }: RouteSnapshot,
  versions: State | Selection,
  ahead: Ahead | undefined,
): Promise<Readiness> {
  const portsOf = (follower: Follower) => {
    const found = otherOf(others, follower)?.found;
    return found?.kind === "found" ? found.ports : undefined;
  };
  const behind =
    ahead?.of === pairsOf(versions)
      ? ahead.behind
      : await askBehind(ports, versions, inHurry.readinessOptions(), portsOf);
  const there = [versions, ...followersOf(versions).filter((one) => portsOf(one) !== undefined)].map(pairOf);
  const [head, ...rest] = behind.flatMap(({ of, found }) => (there.includes(of) ? [found] : []));
  return rest.reduce(worstOf, head ?? unchecked);
}

/** What several routes send to is asked once. */
function askBehind(
  ports: RoutePorts,
  versions: State | Selection,
  options: CallOptions,
  portsOf: (follower: Follower) => RoutePorts | undefined,
): Promise<readonly Behind[]> {
  const asked = new Map([[pairOf(versions), ports.readiness(versions, options)]]);
  for (const follower of followersOf(versions)) {
    const pair = pairOf(follower);
    if (!asked.has(pair)) {
      const found = portsOf(follower)?.readiness(follower, options);
      if (found !== undefined) asked.set(pair, found);
    }
  }
  return Promise.all([...asked].map(async ([of, found]) => ({ of, found: await found })));
}

const worstFirst: readonly EndpointHealth[] = ["empty", "unknown", "unchecked", "ready"];
const worse = (one: EndpointHealth, other: EndpointHealth): EndpointHealth =>
  worstFirst.find((side) => side === one || side === other) ?? one;

const worstOf = (one: Readiness, other: Readiness): Readiness => ({
  stable: worse(one.stable, other.stable),
  canary: worse(one.canary, other.canary),
  reasons: [...one.reasons, ...other.reasons],
});
