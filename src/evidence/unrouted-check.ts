import type { Sample } from "../base/judging-types.ts";
import { momentStepMs, wholeSecond } from "../base/moment.ts";
import type { Millis } from "../base/units.ts";
import { standingsOf } from "../judge/check-status.ts";
import type { MetricSource, VersionTargets } from "../ports/metric-source.ts";
import type { MetricReporter } from "../rollout/data-planes-and-reporters.ts";
import type { RecordedCalibration } from "./calibration-record.ts";
import type { AnyCheck } from "./measure-checks.ts";

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

/** The check of the present phase; none where there is nothing to hold it against, or no requests to speak of. */
export function unroutedCheck(
  source: MetricSource,
  baseline: RecordedCalibration | undefined,
  arms: VersionTargets,
  scrapeMs: Millis,
): readonly AnyCheck[] {
  if (baseline?.kind !== "compared" || !source.facts(arms).hasUnrouted) return [];
  const everyMs = pointMs(scrapeMs);
  return [
    {
      name: unroutedName,
      ask: { preset: "unrouted" },
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
  checks: readonly AnyCheck[],
  samples: ReadonlyMap<string, readonly Sample[]>,
  from: Millis,
  now: Millis,
): readonly AnyCheck[] {
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
  const versions = { ...arms, reporter };
  if (!source.facts(versions).hasUnrouted) return 0;
  const question = { name: unroutedName, versions, windowMs: historyMs, ask: { preset: "unrouted" } } as const;
  const at = wholeSecond(now);
  const answer = await source.values(question, { from: at, to: at, stepMs: momentStepMs }, signal);
  const [sample] = answer.kind === "values" ? answer.samples : [];
  return sample?.kind === "value" && sample.value >= 0 && sample.value <= 1 ? sample.value : 0;
}
