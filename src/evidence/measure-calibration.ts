import { reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import { freeze } from "../judge/calibrate.ts";
import type { Calibration } from "../judge/types.ts";
import type { MetricSource, VersionTargets } from "../ports/metric-source.ts";
import type { CalibrationResult } from "../ports/run-ports.ts";
import { packBaseline, type RecordedCalibration, type Shown } from "./calibration-record.ts";
import { judgePlanOf, neverEmpty } from "./derive-judge-plan.ts";
import { outlookNotices } from "./forecast-notices.ts";
import { fullChecks, fullNotice, shownByStable } from "./full-weight.ts";
import {
  type Choice,
  type ComparingPlan,
  chooseReporter,
  edgesBy,
  historyOf,
  missingMetric,
  reportedBy,
  type Survey,
} from "./history-queries.ts";
import { type MetricRefusal, metricRefusal } from "./metric-finding.ts";
import { unroutedBefore } from "./unrouted-check.ts";

type Notices = CalibrationResult["notes"];

/** A write must land soon after it was decided: what is not measured by then is assumed. */
const limitMs: Millis = 8_000;

/** Measures once, before the first look, what evidence is weighed with later. */
export async function measureBaseline(
  source: MetricSource,
  plan: ComparingPlan,
  arms: VersionTargets,
  options: Survey["options"],
): Promise<CalibrationResult> {
  const over = new AbortController();
  const done = new AbortController();
  const late = options.clock.sleep(limitMs, done.signal).then(() => over.abort());
  const signal = AbortSignal.any([options.signal, over.signal]);
  const freezing = await surveyed({ source, plan, arms, options: { ...options, signal } });
  done.abort();
  await late;
  return freezing;
}

async function surveyed(survey: Survey): Promise<CalibrationResult> {
  const { plan } = survey;
  const choice = await chooseReporter(survey);
  if (choice.kind !== "chosen") return withoutCounters(survey, choice);
  const missing = await missingMetric(survey);
  if (missing !== undefined) {
    const found = typeof missing === "string" ? emptyMetric(missing) : refusalOf(missing, survey);
    return { frozen: null, findings: [found], notes: [] };
  }
  const { source, arms, options } = survey;
  const { reporter, perSecond } = choice;
  const edging = edgesBy(survey, reporter);
  const [history, edges, unrouted, shown] = await Promise.all([
    historyOf(survey, reporter),
    edging,
    unroutedBefore(source, arms, reporter, options.now, options.signal),
    plan.checks.length > 0 ? undefined : shownByStable(reportedBy(survey, reporter), edging),
  ]);
  if (shown?.kind === "failed") {
    return { frozen: null, findings: [metricRefusal("metric-query-failed", shown.reason)], notes: [] };
  }
  const judged = judgePlanOf(plan, plan.compare, plan.metrics);
  const frozen = roundedUp(freeze(judged, history, edges));
  const compared: RecordedCalibration = { kind: "compared", reporter, frozen, perSecond, unrouted };
  const baseline: RecordedCalibration = shown === undefined ? compared : { ...compared, atFull: shown.shown };
  const notes: Notices = [
    // No caller's proxy counts: a canary that cannot be reached reports no failure.
    ...(reporter === "destination" ? [reason("counted-by-server", {})] : []),
    ...latencyNotices(survey, frozen),
    ...outlookNotices(neverEmpty(judged, frozen), frozen, perSecond),
    ...fullNotices(plan, shown?.shown),
  ];
  return { frozen: packBaseline(baseline), findings: [], notes };
}

/** What judges the phases at 100 %, said before anything is moved. */
function fullNotices(plan: ComparingPlan, shown: readonly Shown[] | undefined): Notices {
  return plan.phases.flatMap((phase, i) => {
    if (phase.weight < 100 || shown === undefined) return [];
    return [fullNotice(fullChecks(shown, plan, phase), shown, { phase: i + 1, weight: phase.weight })];
  });
}

/** Where nobody asked for the comparison by name and there are other checks, these judge alone; else nothing begins. */
function withoutCounters(survey: Survey, choice: Exclude<Choice, { kind: "chosen" }>): CalibrationResult {
  const found = refusalOf(choice, survey);
  const isAnswered = choice.kind !== "error" || choice.unusable === true;
  if (!isAnswered || survey.plan.compare.optional !== true) {
    return { frozen: null, findings: [found], notes: [] };
  }
  const baseline: RecordedCalibration = { kind: "not-compared", reason: found.reason.data.cause };
  const notes = [reason("not-compared", { cause: found.reason.data.cause })];
  return { frozen: packBaseline(baseline), findings: [], notes };
}

function latencyNotices({ source, plan, arms }: Survey, { boundariesMs }: Calibration): Notices {
  const isTcp = arms.protocol === "tcp" || arms.protocol === "tls";
  const { durations: metric } = source.facts(arms);
  const isAsked = plan.compare.weights.latency > 0 && !isTcp;
  return boundariesMs.length === 0 && isAsked && metric !== undefined
    ? [reason("latency-buckets-missing", { metric })]
    : [];
}

function refusalOf(choice: Exclude<Choice, { kind: "chosen" }>, { source, arms }: Survey): MetricRefusal {
  switch (choice.kind) {
    case "error":
      return metricRefusal("metric-query-failed", reason("comparison-query-failed", { cause: choice.reason }));
    case "impossible":
      return metricRefusal("metric-not-separable", reason("comparison-not-separable", { cause: choice.reason }));
    case "none": {
      const { requests: metric } = source.facts(arms);
      const version = arms.stable.subset ?? arms.stable.service;
      return metricRefusal("metric-labels-missing", reason("comparison-without-series", { metric, version }));
    }
  }
}

const emptyMetric = (metric: string): MetricRefusal =>
  metricRefusal("metric-labels-missing", reason("metric-without-series", { metric }));

/** Rounded up, so that the record's shorter figures never make evidence out of nothing. */
function roundedUp(frozen: Calibration): Calibration {
  const phi = Object.entries(frozen.phi).map(([name, value]) => [name, Math.ceil(value * 100) / 100] as const);
  return { ...frozen, phi: Object.fromEntries(phi) };
}
