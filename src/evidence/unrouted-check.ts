import type { Sample } from "../base/judging-types.ts";
import type { Millis } from "../base/units.ts";
import { standingsOf } from "../judge/check-status.ts";
import { momentStepMs, wholeSecond } from "../metrics/prometheus/check-queries.ts";
import { familiesOf } from "../metrics/prometheus/data-planes/index.ts";
import { unrouted } from "../metrics/prometheus/presets.ts";
import { areTwoServices } from "../metrics/prometheus/version-selectors.ts";
import type { MetricSource, VersionTargets } from "../ports/metric-source.ts";
import type { MetricReporter } from "../rollout/data-planes-and-reporters.ts";
import type { Check } from "../rollout/plan.ts";
import type { RecordedCalibration } from "./calibration-record.ts";

/**
 * Requests that reach neither version belong to none and would be compared with nothing. Their share of the route's
 * requests is watched by itself: it can take a rollout back, and never holds one up.
 */

/** How far above its share in the past it may rise. */
const mostAbove = 0.005;
const scrapesPerPoint = 4;
const historyMs = 3_600_000;
export const unroutedName = "unrouted";

/** The shortest time that a rate can be taken over. */
export const pointMs = (scrapeMs: Millis): Millis => 1000 * Math.ceil((scrapesPerPoint * scrapeMs) / 1000);

function queryOf(arms: VersionTargets, reporter: MetricReporter, windowMs: Millis): string {
  const { canary, stable } = arms;
  const twoServices = areTwoServices(arms);
  // Of two Services each is charged with its own requests for which there was no endpoint.
  const flags = twoServices && reporter !== "destination" ? ["NC", "NR"] : ["NC", "NR", "UH", "UF"];
  // Every host would also be every other route's.
  const served = (arms.hosts ?? []).filter((host) => host !== "*");
  return unrouted(reporter, [...new Set([canary.host, stable.host, ...served])].sort(), flags, windowMs);
}

function isCounted(arms: VersionTargets): boolean {
  return (arms.protocol === undefined || arms.protocol === "http") && familiesOf(arms).countsUnrouted;
}

/** The check of the present phase; none where there is nothing to hold it against, or no requests to speak of. */
export function unroutedCheck(
  baseline: RecordedCalibration | undefined,
  arms: VersionTargets,
  scrapeMs: Millis,
): readonly Check[] {
  if (baseline?.kind !== "compared" || !isCounted(arms)) return [];
  const everyMs = pointMs(scrapeMs);
  return [
    {
      name: unroutedName,
      ask: { query: queryOf(arms, baseline.reporter, everyMs) },
      max: Number((baseline.unrouted + mostAbove).toPrecision(4)),
      everyMs,
      failAfter: { consecutive: 3, total: 5 },
      silentAfter: { consecutive: 5, total: 10 },
      onSilent: "wait",
    },
  ];
}

/** The check, if it has failed: otherwise it has nothing to say. */
export function failedIn(
  checks: readonly Check[],
  samples: ReadonlyMap<string, readonly Sample[]>,
  from: Millis,
  now: Millis,
): readonly Check[] {
  const failing = standingsOf(checks, samples, from, now).filter(({ kind }) => kind === "failing");
  return checks.filter(({ name }) => failing.some((one) => one.name === name));
}

/** Its share in the last hour; without an answer it was none. */
export async function unroutedBefore(
  source: MetricSource,
  arms: VersionTargets,
  reporter: MetricReporter,
  now: Millis,
  signal: AbortSignal,
): Promise<number> {
  if (!isCounted(arms)) return 0;
  const question = { kind: "number", query: queryOf(arms, reporter, historyMs), stepMs: momentStepMs } as const;
  const at = wholeSecond(now);
  const measured = await source.measure(question, at, at, signal);
  const [sample] = measured.kind === "samples" ? measured.samples : [];
  return sample?.kind === "value" && sample.value >= 0 && sample.value <= 1 ? sample.value : 0;
}
