import type { KubeObject } from "../base/kube-object.ts";
import { routeTitle } from "../base/kube-object.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import type { PatchResult } from "../ports/cluster.ts";
import type { RoutePorts } from "../ports/run-ports.ts";
import { isLowering } from "../rollout/begin-or-supersede.ts";
import * as endings from "../rollout/build-outcomes.ts";
import { namesRoute, stateOn } from "../rollout/followers.ts";
import type { FollowerSeen, FollowerStatus } from "../rollout/observation.ts";
import { followsAnnotation } from "../rollout/record/annotations.ts";
import { stampFor } from "../rollout/record/follower-annotation.ts";
import type { Follower, State } from "../rollout/rollout-state.ts";
import { followersSeen, otherOf } from "./read-followers.ts";
import type { RouteSnapshot } from "./read-route.ts";
import type { PatchAttempt, RunContext } from "./run-context.ts";

/** The patches of followers: each with its own guard, and never one that would stand above the record. */

type FollowerPatch = {
  readonly title: string;
  readonly result:
    | { readonly kind: "applied" }
    | { readonly kind: "refused"; readonly reason: Reason; readonly status: number; readonly retryAfterMs?: Millis }
    | { readonly kind: "unknown" | "altered"; readonly reason: Reason };
};

const tooManyRequests = 429;
const patchesPerPhase = 60;
/** Turns in which followers are given the chance to go home before the first route does. */
const homeTriesAtMost = 3;

/** How many patches up each may still get: past it, nothing is sent any more. */
function isTooMany({ memory }: RunContext, title: string, state: State): boolean {
  if (isLowering(state)) return false;
  const key = `${title} ${state.rollout}/${state.phase}`;
  const count = (memory.followerPatches.get(key) ?? 0) + 1;
  memory.followerPatches.set(key, count);
  return count > patchesPerPhase;
}

/** Server time at this very moment: the first route's patch may have taken its time. */
function timeOf({ ports, memory }: RunContext, { now }: RouteSnapshot): Millis {
  return now === undefined || memory.serverAheadMs === undefined
    ? 0
    : Math.max(now, Math.floor(ports.clock.now() + memory.serverAheadMs));
}

async function writeOne(
  trip: RunContext,
  sight: RouteSnapshot,
  follower: Follower,
  state: State,
): Promise<FollowerPatch> {
  const { ports, order, inHurry, memory } = trip;
  const title = routeTitle(follower);
  const found = otherOf(sight.others, follower)?.found;
  if (found?.kind !== "found")
    return {
      title,
      result: { kind: "unknown", reason: unreadReason(title, found === undefined ? undefined : found.reason) },
    };
  const stamp = stampFor(state, ports.route, timeOf(trip, sight));
  const own = stateOn(state, follower);
  const planned = found.ports.driver.write(found.object, own, stamp, followsAnnotation);
  const refused = (why: Reason): FollowerPatch => ({ title, result: { kind: "refused", status: 0, reason: why } });
  if (planned.kind === "refused") return noted(trip, found.object, refused(onRoute(title, planned.finding.reason)));
  if (!order.dryRun && isTooMany(trip, title, state))
    return refused(reason("too-many-patches", { patches: patchesPerPhase, follower: title }));
  const options = { ...inHurry.patchOptions(), dryRun: order.dryRun };
  const sent = ports.cluster.patch(found.ports.resource, planned.operations, options);
  const result = await inHurry.cutShort<PatchResult>(sent, {
    kind: "unknown",
    reason: reason("network-cancelled", {}),
  });
  if (order.dryRun) {
    const snippet = JSON.stringify(planned.operations, null, 2);
    memory.notes = [...memory.notes, { reason: reason("dry-run-patch", { follower: title }), snippet }];
  }
  return noted(trip, found.object, landedAs(title, found.ports, own, stamp, result));
}

function landedAs(
  title: string,
  { driver }: RoutePorts,
  own: State,
  stamp: string,
  result: PatchResult,
): FollowerPatch {
  if (result.kind !== "applied") return { title, result: { ...result, reason: onRoute(title, result.reason) } };
  const landed = driver.landed(result.object, own, stamp, followsAnnotation);
  if (landed.kind === "as-recorded") return { title, result: { kind: "applied" } };
  return { title, result: { kind: "altered", reason: landed.reason } };
}

const onRoute = (follower: string, says: Reason): Reason => reason("on-follower", { follower, says });

const unreadReason = (follower: string, says: Reason = reason("not-looked-at", {})): Reason =>
  reason("follower-unread", { follower, says });

/** A refusal is kept with the version that it was about; being asked to slow down is no word about the patch. */
function noted({ memory, order }: RunContext, object: KubeObject, written: FollowerPatch): FollowerPatch {
  const { title, result } = written;
  if (order.dryRun) return written;
  const refusals = new Map(memory.refusals);
  if (result.kind === "applied") refusals.delete(title);
  else if (result.kind === "refused" && result.status !== tooManyRequests) {
    const version = object.metadata.resourceVersion ?? "";
    const before = refusals.get(title);
    const times = before?.version === version ? before.times + 1 : 1;
    refusals.set(title, { version, times, reason: result.reason });
  }
  memory.refusals = refusals;
  return written;
}

const failures = (written: readonly FollowerPatch[]) => written.filter(({ result }) => result.kind !== "applied");

const reasonsOf = (written: readonly FollowerPatch[]): readonly Reason[] =>
  written.flatMap(({ result }) => ("reason" in result ? [result.reason] : []));

const together = (reasons: readonly Reason[]): Reason => {
  const [only, second] = reasons;
  return only !== undefined && second === undefined ? only : reason("several", { reasons });
};

/** Why not all of these landed. */
export const failureOf = (written: readonly FollowerPatch[]): Reason => together(reasonsOf(written));

function trouble(written: readonly FollowerPatch[]): PatchAttempt {
  const why = failureOf(written);
  const altered = written.find(({ result }) => result.kind === "altered");
  if (altered !== undefined) return { kind: "ended", outcome: endings.altered(why) };
  const waits = written.flatMap(({ result }) => (result.kind === "refused" ? (result.retryAfterMs ?? []) : []));
  const retry = waits.length === 0 ? {} : { retryAfterMs: Math.max(...waits) };
  const kind = written.some(({ result }) => result.kind === "unknown") ? ("unknown" as const) : ("refused" as const);
  return { kind, reason: why, ...retry };
}

/** Brings followers to what `state` says, and leaves the record as it is. */
export async function alignFollowers(trip: RunContext, sight: RouteSnapshot, state: State): Promise<PatchAttempt> {
  const isHome = state.status === "rolled-back";
  const { plan, order } = trip;
  const due = (sight.followers ?? []).filter(({ standing, title }) => {
    if (isHome) return mayGoHome(standing, order.command === "rollback");
    return standing.kind === "behind" && plan !== undefined && namesRoute(plan, title);
  });
  if (!order.dryRun) trip.ports.announce(sight.state ?? state);
  const written = await Promise.all(due.map(({ follower }) => writeOne(trip, sight, follower, state)));
  if (failures(written).length > 0) return trouble(written);
  return { kind: "applied", object: sight.object };
}

/** What is written home: everything that may hold traffic of this rollout, and nothing that is somebody else's. */
function mayGoHome(standing: FollowerStatus, commanded: boolean): boolean {
  switch (standing.kind) {
    case "agrees":
    case "behind":
    case "astray":
      return true;
    case "differs":
      return commanded && standing.ours;
    case "home":
    case "gone":
    case "taken":
    case "unread":
      return false;
  }
}

type Lowered =
  | { readonly kind: "go"; readonly left: readonly string[]; readonly says: readonly Reason[] }
  | { readonly kind: "stop"; readonly attempt: PatchAttempt };

/**
 * The way down: followers first. One that does not answer or refuses is given a few turns; then the others go home without
 * it, since a canary that fails must not keep the traffic of all for the silence of one.
 */
export async function restoreFollowers(trip: RunContext, sight: RouteSnapshot, state: State): Promise<Lowered> {
  const { memory, inHurry, order } = trip;
  const seen = sight.followers ?? [];
  const due = seen.filter(({ standing }) => mayGoHome(standing, order.command === "rollback"));
  const unread = seen.filter(({ standing }) => standing.kind === "unread");
  const written = await Promise.all(due.map(({ follower }) => writeOne(trip, sight, follower, state)));
  const failed = failures(written);
  const left = [...failed.map(({ title }) => title), ...unread.map(({ title }) => title)];
  const says = [...reasonsOf(written), ...unread.map(unreadOf)];
  if (left.length === 0) return { kind: "go", left, says };
  memory.homeTries += 1;
  const hasTime = !inHurry.isOn() || inHurry.hasTimeForTwo();
  const mayTryAgain = memory.homeTries < homeTriesAtMost && hasTime && !order.dryRun;
  if (!mayTryAgain) return { kind: "go", left, says };
  return { kind: "stop", attempt: failed.length > 0 ? trouble(written) : { kind: "unknown", reason: together(says) } };
}

const unreadOf = ({ title, standing }: FollowerSeen): Reason =>
  unreadReason(title, "reason" in standing ? standing.reason : undefined);

/** The way up: the first route shows it already, so whoever comes next finishes what fails here. */
export async function promoteFollowers(
  trip: RunContext,
  sight: RouteSnapshot,
  state: State,
): Promise<readonly FollowerPatch[]> {
  const followers = followersSeen(state, state.followers ?? [], sight.others, new Map());
  const due = followers.filter(({ standing }) => standing.kind === "behind");
  return Promise.all(due.map(({ follower }) => writeOne(trip, sight, follower, state)));
}
