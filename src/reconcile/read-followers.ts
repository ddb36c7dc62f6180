import type { KubeObject, RouteRef } from "../base/kube-object.ts";
import { routeTitle } from "../base/kube-object.ts";
import { type Finding, finding } from "../base/reasons/finding.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import { eachOnce, type Notice, notice } from "../base/reasons/notice.ts";
import type { CallOptions } from "../ports/cluster.ts";
import type { SelectionResult } from "../ports/route-adapter.ts";
import type { RouteDiagram } from "../ports/route-diagram.ts";
import type { Ports, RoutePorts } from "../ports/run-ports.ts";
import { isFinal } from "../rollout/begin-or-supersede.ts";
import { followerFrom, standingOf, stateOn } from "../rollout/followers.ts";
import type { ChosenFollower, FollowerSeen, FollowerStatus } from "../rollout/observation.ts";
import { withoutForced } from "../rollout/overridable-refusals.ts";
import type { Plan } from "../rollout/plan.ts";
import { followsAnnotation, recordAnnotation } from "../rollout/record/annotations.ts";
import { decodeRecord } from "../rollout/record/decode.ts";
import { readStamp } from "../rollout/record/follower-annotation.ts";
import type { Follower, State } from "../rollout/rollout-state.ts";
import type { RunMemory } from "./run-memory.ts";

/** One look at a further route. */
export type FollowerRead = { readonly ref: RouteRef; readonly title: string; readonly found: Found };
type Found =
  | { readonly kind: "found"; readonly ports: RoutePorts; readonly object: KubeObject }
  | { readonly kind: "gone"; readonly reason: Reason }
  | { readonly kind: "unread"; readonly reason: Reason; readonly denied: boolean };

/** Each name once. */
export function together(...lists: readonly (readonly RouteRef[])[]): readonly RouteRef[] {
  const byTitle = new Map(lists.flat().map((ref) => [routeTitle(ref), ref]));
  return [...byTitle.values()];
}

export const readOthers = (
  ports: Ports,
  refs: readonly RouteRef[],
  options: CallOptions,
): Promise<readonly FollowerRead[]> =>
  Promise.all(refs.map(async (ref) => ({ ref, title: routeTitle(ref), found: await readOther(ports, ref, options) })));

async function readOther({ cluster, reach }: Ports, ref: RouteRef, options: CallOptions): Promise<Found> {
  const reached = await reach?.(ref, options);
  if (reached === undefined) return { kind: "unread", reason: reason("route-unreachable", {}), denied: false };
  if (reached.kind === "failed") return { kind: "unread", reason: reached.reason, denied: reached.denied };
  const read = await cluster.read(reached.ports.resource, options);
  if (read.kind === "failed") {
    return { kind: "unread", reason: read.reason, denied: read.status === 401 || read.status === 403 };
  }
  if (read.kind === "absent") return { kind: "gone", reason: read.reason };
  if (read.object.metadata.deletionTimestamp !== undefined)
    return { kind: "gone", reason: reason("route-deleting", { route: routeTitle(ref) }) };
  return { kind: "found", ports: reached.ports, object: read.object };
}

export const otherOf = (others: readonly FollowerRead[], ref: RouteRef): FollowerRead | undefined =>
  others.find(({ title }) => title === routeTitle(ref));

export const versionOf = (other: FollowerRead | undefined): string =>
  other?.found.kind === "found" ? (other.found.object.metadata.resourceVersion ?? "") : (other?.found.kind ?? "");

/** The route as this turn read it: where it follows, with what the record asks of it. */
export function layoutOf({ title, found }: FollowerRead, state: State | undefined): RouteDiagram | undefined {
  if (found.kind !== "found") return undefined;
  const follower = state?.followers?.find((one) => routeTitle(one) === title);
  const record = state === undefined || follower === undefined ? undefined : stateOn(state, follower);
  return found.ports.driver.layout?.(found.object, record);
}

/** The record's followers as this turn saw them. */
export function followersSeen(
  state: State,
  followers: readonly Follower[],
  others: readonly FollowerRead[],
  refusals: RunMemory["refusals"],
): readonly FollowerSeen[] {
  return followers.map((follower) => {
    const title = routeTitle(follower);
    const other = otherOf(others, follower);
    const version = other?.found.kind === "found" ? other.found.object.metadata.resourceVersion : undefined;
    const refused = refusals.get(title);
    const rejected = refused !== undefined && refused.version === version ? { rejected: refused } : {};
    return { title, follower, standing: standing(state, follower, other), ...rejected };
  });
}

function standing(state: State, follower: Follower, other: FollowerRead | undefined): FollowerStatus {
  const title = routeTitle(follower);
  if (other === undefined) return { kind: "unread", reason: reason("not-looked-at", {}) };
  const { found } = other;
  if (found.kind === "gone")
    return { kind: "gone", reason: reason("follower-gone", { follower: title, says: found.reason }) };
  if (found.kind === "unread") return { kind: "unread", reason: found.reason };
  const { object, ports } = found;
  if (object.metadata.uid !== follower.uid)
    return { kind: "gone", reason: reason("follower-recreated", { follower: title }) };
  const holder = heldBy(object);
  if (holder !== undefined && state.status !== "rolled-back") return { kind: "taken", reason: holder.reason };
  return standingOf(state, {
    follower,
    title,
    stamp: readStamp(object.metadata.annotations?.[followsAnnotation]),
    against: (record) => ports.driver.standing(object, record),
  });
}

/** A record on a route that is to follow: it is the first route of another rollout. One that has ended is history. */
function heldBy(object: KubeObject): Finding | undefined {
  const text = object.metadata.annotations?.[recordAnnotation];
  if (text === undefined) return undefined;
  const decoded = decodeRecord(text);
  if (decoded.kind === "corrupt") {
    return finding("corrupt-record", { why: "unreadable", says: decoded.reason });
  }
  const { state } = decoded;
  if (isFinal(state) || state.uid !== object.metadata.uid) return undefined;
  const { rollout, status, weight } = state;
  return finding("foreign-record", { rollout, status, weight });
}

/** A route that still shows the weights of another one's rollout says whose. */
export function chooseFirst(selected: SelectionResult, object: KubeObject): SelectionResult {
  const stamp = readStamp(object.metadata.annotations?.[followsAnnotation]);
  if (selected.kind === "refused" || stamp === undefined || stamp.phase === 0) return selected;
  const follows = `${stamp.route} (rollout ${stamp.rollout})`;
  return { kind: "selected", selection: { ...selected.selection, follows } };
}

/** What a new rollout would move besides the first route, or every reason why it cannot. */
export function chooseAlong(
  plan: Plan,
  state: State | undefined,
  first: SelectionResult,
  others: readonly FollowerRead[],
): SelectionResult {
  const answers = plan.target.routes.slice(1).map((ref) => chooseOne(plan, state, ref, otherOf(others, ref)));
  const findings = [
    ...(first.kind === "refused" ? first.findings : []),
    ...answers.flatMap((answer) => ("findings" in answer ? answer.findings : [])),
  ];
  if (first.kind === "refused" || findings.length > 0) return { kind: "refused", findings };
  const followers = answers.flatMap((answer) => ("chosen" in answer ? [answer.chosen] : []));
  const warnings = [...first.selection.warnings, ...answers.flatMap(({ warnings: own = [] }) => own)];
  return { kind: "selected", selection: { ...first.selection, followers, warnings: eachOnce(warnings) } };
}

type Chosen = { readonly warnings?: readonly Notice[] } & (
  | { readonly chosen: ChosenFollower }
  | { readonly findings: readonly Finding[] }
);

function chooseOne(plan: Plan, state: State | undefined, ref: RouteRef, other: FollowerRead | undefined): Chosen {
  const title = routeTitle(ref);
  const found = other?.found ?? ({ kind: "unread", reason: reason("not-looked-at", {}), denied: false } as const);
  if (found.kind !== "found") {
    const about = { object: title, says: found.reason };
    if (found.kind === "gone") return { findings: [finding("object-not-found", about)] };
    return found.denied
      ? { findings: [finding("permission-missing", { asked: "read", verbs: ["get"], ...about })] }
      : { findings: [finding("cluster-unreachable", { asked: "read", ...about })] };
  }
  const { object, ports } = found;
  const holder = heldBy(object);
  if (holder !== undefined) return { findings: aboutRoute(ref, [holder]) };
  const selected = ports.driver.select(object, targetOn(plan, state, title));
  if (selected.kind === "refused") return { findings: aboutRoute(ref, selected.findings) };
  const { selection } = selected;
  if (selection.created !== undefined) {
    const lacks = { canary: selection.canary, where: "follower", rules: selection.created } as const;
    return { findings: aboutRoute(ref, [finding("canary-destination-missing", lacks)]) };
  }
  const follower = followerFrom(plan, ref, object.metadata.uid ?? "", selection);
  const kept = selection.flux === undefined ? [] : [notice("flux-pause", { fate: "first-only" })];
  const warnings = aboutRoute(ref, [...selection.warnings, ...kept]);
  return { chosen: { follower, title, share: selection.share }, warnings };
}

/** With both versions in traffic nobody could tell them apart: what the record calls them there holds, as on the first route. */
function targetOn({ target, rollout }: Plan, state: State | undefined, title: string): Plan["target"] {
  const known = state?.followers?.find((one) => routeTitle(one) === title);
  if (state === undefined || known === undefined || (isFinal(state) && state.rollout !== rollout)) return target;
  return { ...target, stable: target.stable ?? known.stable, canary: target.canary ?? known.canary };
}

/** Findings and notices say which route they are about. */
export const aboutRoute = <T extends Finding | Notice>(
  { kind, namespace, name }: RouteRef,
  told: readonly T[],
): readonly T[] => told.map((one) => ({ ...one, route: { kind, namespace, name } }));

/** What the objects themselves say against a raise, and what of it is overridden. */
export const notAccepted = (others: readonly FollowerRead[], { target }: Plan) =>
  others.flatMap(({ ref, found }) => {
    if (found.kind !== "found") return [];
    const { left, notices } = withoutForced(found.ports.driver.acceptance?.(found.object) ?? [], target.force);
    return [{ left: aboutRoute(ref, left), notices: aboutRoute(ref, notices) }];
  });
