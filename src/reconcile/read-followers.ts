import type { KubeObject, RouteRef } from "../base/kube-object.ts";
import type { Finding } from "../base/reasons/finding.ts";
import { reason } from "../base/reasons/index.ts";
import type { Notice } from "../base/reasons/notice.ts";
import { said } from "../base/reasons/said.ts";
import type { CallOptions } from "../ports/cluster.ts";
import type { SelectionResult } from "../ports/route-adapter.ts";
import type { RouteDiagram } from "../ports/route-diagram.ts";
import type { Ports, RoutePorts } from "../ports/run-ports.ts";
import { isFinal } from "../rollout/begin-or-supersede.ts";
import { followerFrom, standingOf, stateOn, titleOf } from "../rollout/followers.ts";
import type { ChosenFollower, FollowerSeen, FollowerStatus } from "../rollout/observation.ts";
import { withoutForced } from "../rollout/overridable-refusals.ts";
import type { Plan } from "../rollout/plan.ts";
import { followsAnnotation, recordAnnotation } from "../rollout/record/annotations.ts";
import { decodeRecord } from "../rollout/record/decode.ts";
import { readStamp } from "../rollout/record/follower-annotation.ts";
import type { Follower, State } from "../rollout/rollout-state.ts";
import { clauseOf } from "../text/index.ts";
import type { RunMemory } from "./run-memory.ts";

/** One look at a further route. */
export type FollowerRead = { readonly ref: RouteRef; readonly title: string; readonly found: Found };
type Found =
  | { readonly kind: "found"; readonly ports: RoutePorts; readonly object: KubeObject }
  | { readonly kind: "gone"; readonly because: string }
  | { readonly kind: "unread"; readonly because: string; readonly denied: boolean };

/** Each name once. */
export function together(...lists: readonly (readonly RouteRef[])[]): readonly RouteRef[] {
  const byTitle = new Map(lists.flat().map((ref) => [titleOf(ref), ref]));
  return [...byTitle.values()];
}

export const readOthers = (
  ports: Ports,
  refs: readonly RouteRef[],
  options: CallOptions,
): Promise<readonly FollowerRead[]> =>
  Promise.all(refs.map(async (ref) => ({ ref, title: titleOf(ref), found: await readOther(ports, ref, options) })));

async function readOther({ cluster, reach }: Ports, ref: RouteRef, options: CallOptions): Promise<Found> {
  const reached = await reach?.(ref, options);
  if (reached === undefined) return { kind: "unread", because: "it cannot be reached from here", denied: false };
  if (reached.kind === "failed") return { ...reached, kind: "unread" };
  const read = await cluster.read(reached.ports.resource, options);
  if (read.kind === "failed") {
    return { kind: "unread", because: clauseOf(read.reason), denied: read.status === 401 || read.status === 403 };
  }
  if (read.kind === "absent") return { kind: "gone", because: clauseOf(read.reason) };
  if (read.object.metadata.deletionTimestamp !== undefined) return { kind: "gone", because: "it is being deleted" };
  return { kind: "found", ports: reached.ports, object: read.object };
}

export const otherOf = (others: readonly FollowerRead[], ref: RouteRef): FollowerRead | undefined =>
  others.find(({ title }) => title === titleOf(ref));

export const versionOf = (other: FollowerRead | undefined): string =>
  other?.found.kind === "found" ? (other.found.object.metadata.resourceVersion ?? "") : (other?.found.kind ?? "");

/** The route as this turn read it: where it follows, with what the record asks of it. */
export function layoutOf({ title, found }: FollowerRead, state: State | undefined): RouteDiagram | undefined {
  if (found.kind !== "found") return undefined;
  const follower = state?.followers?.find((one) => titleOf(one) === title);
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
    const title = titleOf(follower);
    const other = otherOf(others, follower);
    const version = other?.found.kind === "found" ? other.found.object.metadata.resourceVersion : undefined;
    const refused = refusals.get(title);
    const rejected = refused !== undefined && refused.version === version ? { rejected: refused } : {};
    return { title, follower, standing: standing(state, follower, other), ...rejected };
  });
}

function standing(state: State, follower: Follower, other: FollowerRead | undefined): FollowerStatus {
  const title = titleOf(follower);
  if (other === undefined) return { kind: "unread", reason: reason("not-looked-at", {}) };
  const { found } = other;
  if (found.kind === "gone")
    return { kind: "gone", reason: reason("follower-gone", { follower: title, says: said(found.because) }) };
  if (found.kind === "unread") return { kind: "unread", reason: said(found.because) };
  const { object, ports } = found;
  if (object.metadata.uid !== follower.uid)
    return { kind: "gone", reason: reason("follower-recreated", { follower: title }) };
  const holder = heldBy(object);
  if (holder !== undefined && state.status !== "rolled-back")
    return { kind: "taken", reason: said(`${title} ${holder.because}`) };
  return standingOf(state, {
    follower,
    title,
    stamp: readStamp(object.metadata.annotations?.[followsAnnotation]),
    against: (record) => ports.driver.standing(object, record),
  });
}

/** A record on a route that is to follow: it is the first route of another rollout. One that has ended is history. */
function heldBy(object: KubeObject): { readonly code: Finding["code"]; readonly because: string } | undefined {
  const text = object.metadata.annotations?.[recordAnnotation];
  if (text === undefined) return undefined;
  const decoded = decodeRecord(text);
  if (decoded.kind === "corrupt") {
    const because = `carries a record that cannot be read (${decoded.reason.code}). Check its weights, then remove the annotation \`${recordAnnotation}\` by hand`;
    return { code: "corrupt-record", because };
  }
  const { state } = decoded;
  if (isFinal(state) || state.uid !== object.metadata.uid) return undefined;
  const because = `is the first route of rollout ${state.rollout}, which is ${state.status} at ${state.weight}%. Let that end or take it back, or name this route first, so that it is taken over`;
  return { code: "foreign-record", because };
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
  const problems = [
    ...(first.kind === "refused" ? first.problems : []),
    ...answers.flatMap((answer) => ("problems" in answer ? answer.problems : [])),
  ];
  if (first.kind === "refused" || problems.length > 0) return { kind: "refused", problems };
  const followers = answers.flatMap((answer) => ("chosen" in answer ? [answer.chosen] : []));
  const warnings = [...first.selection.warnings, ...answers.flatMap(({ warnings: own = [] }) => own)];
  const overridden = [...(first.selection.overridden ?? []), ...answers.flatMap(({ overridden: own = [] }) => own)];
  return {
    kind: "selected",
    selection: { ...first.selection, followers, warnings: [...new Set(warnings)], overridden },
  };
}

type Chosen = { readonly warnings?: readonly string[]; readonly overridden?: readonly Notice[] } & (
  | { readonly chosen: ChosenFollower }
  | { readonly problems: readonly Finding[] }
);

function chooseOne(plan: Plan, state: State | undefined, ref: RouteRef, other: FollowerRead | undefined): Chosen {
  const title = titleOf(ref);
  const found = other?.found ?? { kind: "unread", because: "it was not looked at", denied: false };
  if (found.kind === "gone") return { problems: [{ code: "object-not-found", message: `${title}: ${found.because}` }] };
  if (found.kind === "unread") {
    const code = found.denied ? "permission-missing" : "cluster-unreachable";
    return { problems: [{ code, message: `${title} cannot be read: ${found.because}` }] };
  }
  const { object, ports } = found;
  const holder = heldBy(object);
  if (holder !== undefined) return { problems: [{ code: holder.code, message: `${title} ${holder.because}.` }] };
  const selected = ports.driver.select(object, targetOn(plan, state, title));
  if (selected.kind === "refused") return { problems: titled(title, selected.problems) };
  const { selection } = selected;
  if (selection.created !== undefined) {
    const where = selection.created.join(", ");
    const message = `${title}: ${where} does not send to ${selection.canary}. Add it there with weight 0: of several routes \`create-destination\` adds it to the first one only.`;
    return { problems: [{ code: "canary-destination-missing", message }] };
  }
  const follower = followerFrom(plan, ref, object.metadata.uid ?? "", selection);
  const kept =
    selection.flux === undefined ? [] : ["of several routes `gitops: pause-flux` keeps Flux from the first one only"];
  const warnings = [...selection.warnings, ...kept].map((line) => `${title}: ${line}`);
  const overridden = noticedOn(ref, selection.overridden ?? []);
  return { chosen: { follower, title, share: selection.share }, warnings, overridden };
}

/** With both versions in traffic nobody could tell them apart: what the record calls them there holds, as on the first route. */
function targetOn({ target, rollout }: Plan, state: State | undefined, title: string): Plan["target"] {
  const known = state?.followers?.find((one) => titleOf(one) === title);
  if (state === undefined || known === undefined || (isFinal(state) && state.rollout !== rollout)) return target;
  return { ...target, stable: target.stable ?? known.stable, canary: target.canary ?? known.canary };
}

/** A finding says which route it is about. */
export const titled = (title: string, findings: readonly Finding[]): readonly Finding[] =>
  findings.map((finding) => ({ ...finding, message: `${title}: ${finding.message}` }));

/** A notice says it too. */
export const noticedOn = (route: RouteRef, notices: readonly Notice[]): readonly Notice[] =>
  notices.map((notice) => ({ ...notice, route }));

/** What the objects themselves say against a raise, and what of it is overridden. */
export const notAccepted = (others: readonly FollowerRead[], { target }: Plan) =>
  others.flatMap(({ ref, title, found }) => {
    if (found.kind !== "found") return [];
    const { left, overridden } = withoutForced(found.ports.driver.acceptance?.(found.object) ?? [], target.force);
    return [{ left: titled(title, left), overridden: noticedOn(ref, overridden) }];
  });
