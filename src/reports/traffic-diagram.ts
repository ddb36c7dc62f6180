import type { Millis, Percent } from "../base/units.ts";
import type { Progress } from "../ports/reporter.ts";
import type { LaidRule, RouteDiagram } from "../ports/route-diagram.ts";
import type { EndpointHealth } from "../rollout/observation.ts";
import type { DestinationId, State } from "../rollout/rollout-state.ts";
import { placeOf } from "../rollout/same-destination.ts";
import { isUnknown, recordOf, shortNames } from "./status-text.ts";

/** The picture of the traffic, before anybody draws it: where requests enter, by which rules they go, and where to. */

export type Role = "stable" | "canary" | "other";

/** What the metrics saw of the present phase, out of the requests of both versions. */
type SeenShare = {
  readonly share: Percent;
  /** The share that was asked for while these requests were counted. */
  readonly asked: Percent;
  /** Requests of both versions. */
  readonly requests: number;
  /** Another share is asked for by now. */
  readonly isPast?: true;
};

export type PicturedDestination = {
  readonly id: DestinationId;
  /** Short, and no other destination of the picture has it. */
  readonly name: string;
  readonly role: Role;
  readonly seen?: SeenShare;
  /** Ready endpoints, where they were counted. */
  readonly ready?: number;
  /** Absent for destinations that nobody looks behind. */
  readonly side?: EndpointHealth;
};

export type PicturedRule = LaidRule & {
  /** The object shows other weights than the record asks for. */
  readonly differs: boolean;
  /** How many destinations are left out. */
  readonly moreDestinations: number;
};

export type PicturedRoute = Omit<RouteDiagram, "rules"> & {
  readonly rules: readonly PicturedRule[];
  /** How many rules are left out. */
  readonly moreRules: number;
};

export type Picture = {
  readonly routes: readonly PicturedRoute[];
  readonly moreRoutes: number;
  /** All that the rules of the picture send to, canary and stable first. */
  readonly destinations: readonly PicturedDestination[];
  /** Nobody could look now: the picture is as old as this. Null where not even that is known. */
  readonly lastSeenAt?: Millis | null;
};

type PictureLimits = { readonly mostRoutes: number; readonly mostRules: number };

const usualLimits: PictureLimits = { mostRoutes: 5, mostRules: 8 };

const mostDestinations = 8;

/** Undefined where the route was never seen, or is gone. */
export function picture(progress: Progress, { mostRoutes, mostRules } = usualLimits): Picture | undefined {
  const layouts = progress.sight?.layouts ?? [];
  if (layouts.length === 0 || progress.outcome?.code === "route-gone") return undefined;
  const routes = layouts.slice(0, mostRoutes).map((layout) => routeOf(layout, mostRules));
  const ids = routes.flatMap(({ rules }) => rules.flatMap(({ destinations }) => destinations.map(({ id }) => id)));
  return {
    routes,
    moreRoutes: layouts.length - routes.length,
    destinations: destinationsOf(progress, ids),
    ...(isUnknown(progress) ? { lastSeenAt: progress.lastSeen?.at ?? null } : {}),
  };
}

/** Where there are too many rules those that move are kept, in their order. */
function routeOf(layout: RouteDiagram, most: number): PicturedRoute {
  const places = [...layout.rules.entries()].toSorted(([, a], [, b]) => Number(moves(b)) - Number(moves(a)));
  const kept = new Set(places.slice(0, most).map(([place]) => place));
  const rules = layout.rules
    .filter((_, place) => kept.has(place))
    .map((rule) => ({
      ...rule,
      differs: differs(rule),
      destinations: rule.destinations.slice(0, mostDestinations),
      moreDestinations: Math.max(0, rule.destinations.length - mostDestinations),
    }));
  return { ...layout, rules, moreRules: layout.rules.length - rules.length };
}

const moves = ({ part }: LaidRule): boolean => part === "moved";

/** Weights are whole units of a hundred or a thousand: less than half of one is rounding. */
const differs = ({ destinations }: LaidRule): boolean =>
  destinations.some(({ shown, asked }) => asked !== undefined && Math.abs(shown - asked) > 0.04);

const order: Readonly<Record<Role, number>> = { canary: 0, stable: 1, other: 2 };

function destinationsOf(progress: Progress, ids: readonly DestinationId[]): readonly PicturedDestination[] {
  const record = recordOf(progress);
  const short = shortNames(ids);
  const seen = record === undefined ? undefined : seenShare(progress, record);
  return [...short]
    .map(([id, name]): PicturedDestination => {
      const role = record === undefined ? "other" : roleOf(id, record);
      const known = role === "other" ? undefined : progress.health;
      const [side, ready] = role === "other" ? [] : [known?.[role], known?.ready?.[role]];
      const share = role === "other" ? undefined : seen?.[role];
      return {
        id,
        name,
        role,
        ...(share === undefined ? {} : { seen: share }),
        ...(ready === undefined ? {} : { ready }),
        ...(side === undefined ? {} : { side }),
      };
    })
    .toSorted((a, b) => order[a.role] - order[b.role]);
}

const isAt = (id: DestinationId, named: DestinationId): boolean => placeOf([id], named) >= 0;

const roleOf = (id: DestinationId, { stable, canary }: State): Role =>
  isAt(id, canary) ? "canary" : isAt(id, stable) ? "stable" : "other";

/** The requests of both versions that the present phase has counted, and what share of them each has served. */
export function seenShare(
  { judged }: Progress,
  { phase, weight }: Pick<State, "phase" | "weight">,
): { readonly canary: SeenShare; readonly stable: SeenShare } | undefined {
  const looks = (judged?.numbers?.looks ?? []).filter((look) => look.phase === phase && !look.settling);
  const asked = looks.at(-1)?.weight;
  let [canary, stable] = [0, 0];
  for (const { pairs } of looks) {
    const [ofCanary, , ofStable] = pairs["errors"] ?? [0, 0, 0, 0];
    canary += ofCanary;
    stable += ofStable;
  }
  const requests = canary + stable;
  if (asked === undefined || requests <= 0) return undefined;
  // Between two versions and beside third ones the same weight differs, but never down to nothing.
  const past = weight === 0 && asked > 0 ? ({ isPast: true } as const) : {};
  return {
    canary: { share: (100 * canary) / requests, asked, requests, ...past },
    stable: { share: (100 * stable) / requests, asked: 100 - asked, requests, ...past },
  };
}

/** The canary's share as the routes themselves show it, where all that move show the same. */
export function shownShare(progress: Progress): Percent | undefined {
  const record = recordOf(progress);
  const moved = (progress.sight?.layouts ?? []).flatMap(({ rules }) => rules.filter(moves));
  const shares = moved.flatMap(({ destinations }) =>
    destinations.filter(({ id }) => record !== undefined && isAt(id, record.canary)).map(({ shown }) => shown),
  );
  const [share, ...others] = new Set(shares);
  return others.length === 0 ? share : undefined;
}
