import type { RouteRef } from "../base/kube-object.ts";
import { routeTitle } from "../base/kube-object.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { Millis, Percent } from "../base/units.ts";
import type { FollowerSeen, FollowerStatus, Observation, Selection, SyncStatus } from "./observation.ts";
import type { Plan } from "./plan.ts";
import { type FollowerAnnotation, isOf } from "./record/follower-annotation.ts";
import type { Follower, State } from "./rollout-state.ts";
import { totalFor } from "./transitions.ts";

/**
 * Several routes that move together. The first holds the record, the others follow it: up after it, down before it. What a
 * follower shall show is a function of the record, so everything here is told from the record and one look at each.
 */

export function followerFrom(plan: Plan, ref: RouteRef, uid: string, selection: Selection): Follower {
  const { kind, namespace, name } = ref;
  const { stable, canary, rules } = selection;
  return { kind, namespace, name, uid, stable, canary, rules, total: totalFor(plan, selection) };
}

/** The record as it reads on a follower: its lens computes weights from this as from any record. */
export function stateOn(state: State, { stable, canary, rules, total }: Follower): State {
  // What was added to the first route, and who is kept from it, is said of that one alone.
  const alone = { followers: undefined, created: undefined, flux: undefined };
  const { followers: _, created: __, flux: ___, ...own } = { ...alone, ...state };
  return { ...own, stable, canary, rules, total };
}

/** The same record in another phase, or at home: what the follower's weights are compared with. */
const inPhase = (state: State, phase: number, weight: Percent): State => {
  const { cause: _, endedAt: __, ...rest } = { cause: undefined, endedAt: undefined, ...state };
  return { ...rest, status: "progressing", phase, weight };
};
export const atHome = (state: State): State => {
  const { cause: _, ...rest } = { cause: undefined, ...state };
  return { ...rest, status: "rolled-back", endedAt: 0 };
};

export type FollowerSnapshot = {
  readonly follower: Follower;
  readonly title: string;
  readonly stamp: FollowerAnnotation | undefined;
  /** How its weights stand against a record, by its own lens. */
  readonly against: (state: State) => SyncStatus;
};

/** How a follower that was read stands against the record. A follower may show the present or the previous weights, and nothing else. */
export function standingOf(state: State, look: FollowerSnapshot): FollowerStatus {
  return state.status === "rolled-back" ? afterwards(state, look) : underWay(state, look);
}

const shows = ({ follower, against }: FollowerSnapshot, state: State): boolean =>
  against(stateOn(state, follower)).kind === "as-recorded";

function underWay(state: State, look: FollowerSnapshot): FollowerStatus {
  const { stamp } = look;
  if (stamp === undefined || !isOf(stamp, state)) {
    if (state.phase === 1 && shows(look, atHome(state))) return { kind: "behind" };
    if (stamp !== undefined && stamp.at >= state.startedAt) {
      const holder = { route: stamp.route, rollout: stamp.rollout };
      return { kind: "taken", reason: reason("follower-taken", { follower: look.title, holder }) };
    }
    return differs(state, look);
  }
  if (stamp.phase === 0) return shows(look, atHome(state)) ? { kind: "home" } : differs(atHome(state), look);
  if (stamp.phase === state.phase && shows(look, inPhase(state, state.phase, state.weight)))
    return { kind: "agrees", since: stamp.at };
  if (stamp.phase === state.phase - 1 && shows(look, inPhase(state, stamp.phase, stamp.weight)))
    return { kind: "behind" };
  return differs(state, look);
}

/** The rollout has gone home. A follower that went along is history; one that was left out, or was overtaken by a late write, is not. */
function afterwards(state: State, look: FollowerSnapshot): FollowerStatus {
  const { stamp, follower } = look;
  const own = stamp !== undefined && isOf(stamp, state);
  if (own && stamp.phase > 0) {
    return shows(look, inPhase(state, stamp.phase, stamp.weight)) ? { kind: "astray" } : differs(atHome(state), look);
  }
  // Home as it is, it has yet to be stamped: a step up that is still under way would find it as it was.
  return !own && follower.away === true && shows(look, state) ? { kind: "astray" } : { kind: "home" };
}

function differs(state: State, { follower, title, stamp, against }: FollowerSnapshot): FollowerStatus {
  const found = against(stateOn(state, follower));
  const ours = stamp !== undefined && isOf(stamp, state);
  if (found.kind === "differs") return { ...found, ours };
  if (found.kind === "rule-gone") return { kind: "differs", reason: found.reason, weights: [], ours };
  const why = ours
    ? reason("follower-in-other-phase", { follower: title, phase: stamp.phase, recordPhase: state.phase })
    : reason("follower-unstamped", { follower: title });
  return { kind: "differs", reason: why, weights: [], ours };
}

/** The server's date has whole seconds, and a patch takes its time. */
const sameMomentMs = 1_000;

/**
 * When the last follower showed the present weight, where that was after the phase was entered: watch and hold count from it. It is
 * found again in each reconcile and stands in no record: an entry is written once, and the deadline stays what it is.
 */
export function agreedAt(
  state: State,
  followers: readonly FollowerSeen[],
  now: Millis | undefined,
): Millis | undefined {
  const times = followers.flatMap(({ standing }) => (standing.kind === "agrees" ? standing.since : []));
  const entered = state.entered.at(-1);
  if (times.length < followers.length || entered === undefined) return undefined;
  const last = Math.min(Math.max(entered, ...times), Math.max(entered, now ?? entered));
  return last - entered <= sameMomentMs ? undefined : last;
}

/** The record as the metrics of its present phase are asked by: only to look at, and never to be written. */
export const asWatched = (state: State, agreed: Millis | undefined): State =>
  agreed === undefined ? state : { ...state, entered: [...state.entered.slice(0, -1), agreed] };

const named = (seen: Observation, ...kinds: readonly FollowerStatus["kind"][]): readonly FollowerSeen[] =>
  seen.followers?.filter(({ standing }) => kinds.includes(standing.kind)) ?? [];

export const titlesOf = (followers: readonly FollowerSeen[]): readonly string[] => followers.map(({ title }) => title);

/** Followers that the last step up has not reached. */
export const behind = (seen: Observation): readonly FollowerSeen[] => named(seen, "behind");

/** A record alone raises nothing elsewhere: whoever may patch one route could else have another one moved. */
export const namesRoute = ({ target }: Plan, title: string): boolean =>
  target.routes.some((ref) => routeTitle(ref) === title);

/** What one follower says for the whole rollout: it cannot be moved along any more, so nothing is moved any further. */
export function followerLost(seen: Observation): Reason | undefined {
  const begun = wayBackBegun(seen);
  if (begun !== undefined) return begun;
  for (const { title, standing, rejected } of seen.followers ?? []) {
    if (standing.kind === "gone" || standing.kind === "taken")
      return reason("follower-lost", { follower: title, says: standing.reason });
    if (rejected !== undefined && rejected.times >= 2)
      return reason("step-rejected", { says: rejected.reason, follower: title });
  }
  return undefined;
}

/** A follower has its original weights while the record still says a phase: that rollback is to be finished. */
export function wayBackBegun(seen: Observation): Reason | undefined {
  const [home] = named(seen, "home");
  return home === undefined ? undefined : reason("follower-restored", { follower: home.title });
}

/** What keeps a rollout from its next step besides evidence: all routes show the present weight first. */
export function notTogether(seen: Observation): Reason | undefined {
  const unread = named(seen, "unread")[0];
  if (unread?.standing.kind === "unread")
    return reason("follower-unread", { follower: unread.title, says: unread.standing.reason });
  const lacking = seen.followers?.filter(({ standing }) => standing.kind !== "agrees") ?? [];
  return lacking.length === 0 ? undefined : reason("follower-behind", { followers: titlesOf(lacking) });
}

/** Followers that a record which went home left out there, and those of which nobody knows. */
export function leftOut(state: State, seen: Observation, forced: boolean) {
  if (state.status !== "rolled-back") return { astray: [], unknown: [] };
  const forcedToo = named(seen, "differs").filter(({ standing }) => standing.kind === "differs" && standing.ours);
  const astray = [...named(seen, "astray"), ...(forced ? forcedToo : [])];
  return { astray, unknown: named(seen, "unread").filter(({ follower }) => follower.away === true) };
}

/** Followers of an older record that have to be home before a newer one begins. */
export function toBringHome(before: State, seen: Observation) {
  if (before.status === "promoted") return { due: [], unknown: [] };
  if (before.status === "rolled-back") {
    const { astray, unknown } = leftOut(before, seen, false);
    return { due: astray, unknown };
  }
  return { due: named(seen, "agrees", "behind"), unknown: named(seen, "unread") };
}

/** The record of a rollout that goes home without these: the next one who looks takes them along. */
export function without(state: State, titles: readonly string[]): State {
  if (state.followers === undefined || titles.length === 0) return state;
  const followers = state.followers.map((one) =>
    titles.includes(routeTitle(one)) ? { ...one, away: true as const } : one,
  );
  return { ...state, followers };
}

/** Whether the followers of this record are looked at: of one that went home only those that were left out are. */
export const followersToRead = (state: State | undefined): readonly Follower[] => {
  const all = state?.followers ?? [];
  return state?.status === "rolled-back" ? all.filter(({ away }) => away === true) : all;
};
