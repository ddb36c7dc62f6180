import type { Constants } from "./constants.ts";
import type { ArmCounts } from "./types.ts";

/** What one pod of the stable version counted in each minute before the start; all pods over the same minutes. */
export type PodMinutes = readonly ArmCounts[];

type Dispersion = { readonly phi: number; readonly rate: number; readonly from: "history" | "default" };

const POINT_MINUTES = [1, 2, 5];

/**
 * How many requests fail together, measured on the stable version alone: a bad canary would hide itself.
 * Each point has its own pooled rate, so that an incident which all pods share cancels.
 */
export function dispersionOf(constants: Constants, history: readonly PodMinutes[]): Dispersion {
  const pods = lately(constants, history);
  const total = pooled(pods.flat());
  const rate = total.n === 0 ? 0 : total.x / total.n;
  const unknown = { phi: constants.defaultPhi, rate, from: "default" as const };
  if (total.x < constants.badForPhi) return unknown;
  const [perMinute, ...longer] = POINT_MINUTES.map((minutes) => spread(pointsOf(pods, minutes), rate));
  if (perMinute === undefined || perMinute.freedom === 0) return unknown;
  const { phiDoubt, phiDeviations } = constants;
  const points = [perMinute, ...longer].filter(({ freedom }) => freedom > 0);
  const isCalm = points.every(({ sum, freedom }) => !(sum / freedom > 1 + phiDoubt * Math.sqrt(2 / freedom)));
  if (phiDoubt > 0 && isCalm) return { phi: 1, rate, from: "history" };
  const phi =
    Math.max(...points.map(({ sum, freedom }) => sum / freedom)) *
    (1 + phiDeviations * Math.sqrt(2 / perMinute.freedom));
  return { phi: Math.min(Math.max(phi, 1), constants.largestPhi), rate, from: "history" };
}

/** The last hour, doubled up to a day until it holds enough bad requests: the nearer, the more like the present. */
function lately({ badForPhi }: Constants, history: readonly PodMinutes[]): readonly PodMinutes[] {
  const windows = [60, 120, 240, 480, 960].map((minutes) => history.map((pod) => pod.slice(-minutes)));
  return windows.find((pods) => pooled(pods.flat()).x >= badForPhi) ?? history.map((pod) => pod.slice(-1440));
}

/** One list of arms a point: of the pods that had requests in it. */
function pointsOf(pods: readonly PodMinutes[], minutes: number): readonly (readonly ArmCounts[])[] {
  const length = Math.max(...pods.map((pod) => pod.length));
  return Array.from({ length: Math.ceil(length / minutes) }, (_, m) =>
    pods.map((pod) => pooled(pod.slice(m * minutes, (m + 1) * minutes))).filter((arm) => arm.n > 0),
  );
}

/** Squared deviations over their expectation, and how many of them are free. */
function spread(points: readonly (readonly ArmCounts[])[], rate: number): { sum: number; freedom: number } {
  const onePod = points.every((pods) => pods.length <= 1);
  let sum = 0;
  let freedom = onePod ? -1 : 0;
  for (const pods of points) {
    const { n, x } = pooled(pods);
    // One pod has no neighbour to be compared with: its own mean then counts shared swings as dispersion, which errs on the safe side.
    const p = onePod ? rate : x / n;
    if (!(p > 0 && p < 1)) continue;
    for (const arm of pods) sum += (arm.x - arm.n * p) ** 2 / (arm.n * p * (1 - p));
    freedom += onePod ? pods.length : pods.length - 1;
  }
  return { sum, freedom: Math.max(0, freedom) };
}

function pooled(arms: readonly ArmCounts[]): ArmCounts {
  return { n: arms.reduce((sum, arm) => sum + arm.n, 0), x: arms.reduce((sum, arm) => sum + arm.x, 0) };
}
