import type { Millis, Percent } from "../base/units.ts";
import type { RequestsServed, SimulatedTraffic } from "../simulator/traffic/index.ts";

/** How a rehearsal stood at one time: the weight, and the share of requests that really failed since the point before. */
export type ErrorPoint = {
  readonly at: Millis;
  readonly weight: Percent;
  /** Undefined where no request was served. */
  readonly stable: number | undefined;
  readonly canary: number | undefined;
};

type Curve = {
  readonly points: readonly ErrorPoint[];
  /** To be called often; adds a point where enough time has gone by. */
  look(now: Millis, weight: Percent): ErrorPoint | undefined;
};

/** A rate over less than this would jump about with every single failure. */
const leastMs = 10_000;
const mostPoints = 2_000;

/** The truth about both versions as time goes by. `spanMs` is what the plan takes at its pace: it sets how fine the curve is. */
export function curveOf(world: SimulatedTraffic, startMs: Millis, spanMs: Millis): Curve {
  const stepMs = Math.max(Math.min(leastMs, Math.max(1_000, spanMs / 100)), spanMs / mostPoints);
  const points: ErrorPoint[] = [];
  let next = startMs + stepMs;
  let before = { stable: { requests: 0, bad: 0 }, canary: { requests: 0, bad: 0 } };
  return {
    points,
    look(now, weight) {
      if (now < next) return undefined;
      world.advanceTo(now);
      const truth = world.truth();
      const point = {
        at: now,
        weight,
        stable: rate(before.stable, truth.stable),
        canary: rate(before.canary, truth.canary),
      };
      before = truth;
      next = now + stepMs;
      points.push(point);
      return point;
    },
  };
}

function rate(from: RequestsServed, to: RequestsServed): number | undefined {
  const requests = to.requests - from.requests;
  return requests > 0 ? (to.bad - from.bad) / requests : undefined;
}
