import type { Clock } from "../base/clock.ts";
import type { KubeObject } from "../base/kube-object.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import type { CallOptions, ServerTime } from "../ports/cluster.ts";
import type { SelectionResult } from "../ports/route-adapter.ts";
import type { Ports } from "../ports/run-ports.ts";
import { isFinal } from "../rollout/begin-or-supersede.ts";
import { agreedAt, followersToRead } from "../rollout/followers.ts";
import type { FollowerSeen, SyncStatus } from "../rollout/observation.ts";
import type { Plan, RolloutTarget } from "../rollout/plan.ts";
import { recordAnnotation } from "../rollout/record/annotations.ts";
import { decodeRecord } from "../rollout/record/decode.ts";
import type { State } from "../rollout/rollout-state.ts";
import {
  chooseAlong,
  chooseFirst,
  type FollowerRead,
  followersSeen,
  otherOf,
  readOthers,
  together,
  versionOf,
} from "./read-followers.ts";
import { type Recalled, type Recollection, recall } from "./recall-record.ts";
import type { RunMemory } from "./run-memory.ts";
import { isStale, newSeenVersions, type SeenVersions } from "./stale-read.ts";

/** What one read of the route says, before anybody else is asked. */
type RouteRead =
  | { readonly kind: "blind"; readonly reason: Reason; readonly denied: boolean; readonly retryAfterMs?: Millis }
  | { readonly kind: "absent"; readonly reason: Reason }
  | { readonly kind: "going-away" }
  | { readonly kind: "corrupt"; readonly reason: Reason; readonly object: KubeObject }
  | RouteSnapshot;

export type RouteSnapshot = {
  readonly kind: "seen";
  readonly object: KubeObject;
  readonly uid: string;
  readonly now: Millis | undefined;
  /** The record as text, and what it says. */
  readonly record: string | undefined;
  readonly state: State | undefined;
  readonly standing: SyncStatus | undefined;
  /** Where the record is gone: what this run knows of it. */
  readonly recalled: Recalled | undefined;
  readonly selected: SelectionResult | undefined;
  /** Further routes that the plan or the record names, and how the record's own stand against it. */
  readonly others: readonly FollowerRead[];
  readonly followers: readonly FollowerSeen[] | undefined;
  /** When the last of them showed the present weight. */
  readonly agreedAt: Millis | undefined;
};

/** Server time now, in whole milliseconds: the date of the answer, and the monotonic time since it came. */
const timeNow = (clock: Clock, time: ServerTime | undefined): Millis | undefined =>
  time === undefined ? undefined : time.dateMs + Math.floor(Math.max(0, clock.now() - time.receivedAt));

/**
 * With an unfinished record, or one of this rollout, versions that the plan does not name are the record's: in the
 * middle of a rollout both have traffic, and nobody could tell them apart.
 */
function targetFor(plan: Plan, state: State | undefined): RolloutTarget {
  const { target } = plan;
  if (state === undefined || (isFinal(state) && state.rollout !== plan.rollout)) return target;
  return { ...target, stable: target.stable ?? state.stable, canary: target.canary ?? state.canary };
}

/** What a read goes by besides its ports: followers that the last record named, refusals that were heard, and how far the route has come. */
type KnownFacts = Recollection & Pick<RunMemory, "refusals"> & { readonly versions: SeenVersions };
const nothingKnown: KnownFacts = {
  lastState: undefined,
  seenAt: 0,
  turn: 1,
  takesBack: undefined,
  refusals: new Map(),
  versions: newSeenVersions(),
};

/** Reads every route once. Nothing is cached: the objects are the only memory. */
export async function readRoute(
  ports: Ports,
  plan: Plan | undefined,
  options: CallOptions,
  known: KnownFacts = nothingKnown,
): Promise<RouteRead> {
  const further = plan?.target.routes.slice(1) ?? [];
  const expected = together(further, followersToRead(known.lastState));
  // Asked for beside the first route: after a cancel there is no time for one after the other.
  const early = expected.length === 0 ? undefined : readOthers(ports, expected, options);
  const first = await lookAtFirst(ports, plan, options, known);
  if (first.kind !== "seen") return first;
  const followers = followersToRead(first.state ?? first.recalled?.state);
  if (further.length + followers.length === 0) return first;
  const there = (await early) ?? [];
  const missing = together(further, followers).filter((ref) => otherOf(there, ref) === undefined);
  const others = missing.length === 0 ? there : [...there, ...(await readOthers(ports, missing, options))];
  return lookTogether(ports, plan, first, others, known, options);
}

/** The routes read apart may have been written in between: what would be drift is looked at once more. */
async function lookTogether(
  ports: Ports,
  plan: Plan | undefined,
  first: RouteSnapshot,
  others: readonly FollowerRead[],
  known: KnownFacts,
  options: CallOptions,
): Promise<RouteRead> {
  const { state } = first;
  const record = state ?? first.recalled?.state;
  const followers =
    record?.followers === undefined
      ? undefined
      : followersSeen(record, followersToRead(record), others, known.refusals);
  const odd = followers?.filter(({ standing }) => standing.kind === "differs") ?? [];
  if (odd.length > 0 && (await hasMoved(ports, first, others, odd, options)))
    return { kind: "blind", reason: reason("routes-written-meanwhile", {}), denied: false };
  const several = plan !== undefined && plan.target.routes.length > 1 && first.selected !== undefined;
  return {
    ...first,
    selected: several ? chooseAlong(plan, state, first.selected, others) : first.selected,
    others,
    followers,
    agreedAt: state === undefined || followers === undefined ? undefined : agreedAt(state, followers, first.now),
  };
}

async function hasMoved(
  ports: Ports,
  first: RouteSnapshot,
  others: readonly FollowerRead[],
  odd: readonly FollowerSeen[],
  options: CallOptions,
): Promise<boolean> {
  const again = readOthers(
    ports,
    odd.map(({ follower }) => follower),
    options,
  );
  const read = await ports.cluster.read(ports.resource, options);
  if (read.kind !== "found" || read.object.metadata.resourceVersion !== first.object.metadata.resourceVersion)
    return true;
  return (await again).some((other) => versionOf(other) !== versionOf(otherOf(others, other.ref)));
}

async function lookAtFirst(
  ports: Ports,
  plan: Plan | undefined,
  options: CallOptions,
  known: KnownFacts,
): Promise<RouteRead> {
  const read = await ports.cluster.read(ports.resource, options);
  if (read.kind === "failed") {
    const denied = read.status === 401 || read.status === 403;
    return {
      kind: "blind",
      reason: read.reason,
      denied,
      ...(read.retryAfterMs === undefined ? {} : { retryAfterMs: read.retryAfterMs }),
    };
  }
  if (read.kind === "absent") return { kind: "absent", reason: read.reason };
  const { object } = read;
  if (isStale(known.versions, object)) return { kind: "blind", reason: reason("stale-read", {}), denied: false };
  if (object.metadata.deletionTimestamp !== undefined) return { kind: "going-away" };
  const text = object.metadata.annotations?.[recordAnnotation];
  const decoded = text === undefined ? undefined : decodeRecord(text);
  if (decoded?.kind === "corrupt") return { kind: "corrupt", reason: decoded.reason, object };
  const state = decoded?.state;
  return {
    kind: "seen",
    object,
    uid: object.metadata.uid ?? "",
    now: timeNow(ports.clock, read.time),
    record: text,
    state,
    standing: state === undefined ? undefined : ports.driver.standing(object, state),
    recalled: state === undefined ? recall(known, object, ports.driver) : undefined,
    selected: plan === undefined ? undefined : chooseFirst(ports.driver.select(object, targetFor(plan, state)), object),
    others: [],
    followers: undefined,
    agreedAt: undefined,
  };
}
