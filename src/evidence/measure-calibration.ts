import type { Finding } from "../base/reasons/finding.ts";
import type { Millis } from "../base/units.ts";
import { freeze } from "../judge/calibrate.ts";
import type { Calibration } from "../judge/types.ts";
import { familiesOf } from "../metrics/prometheus/data-planes/index.ts";
import type { MetricSource, VersionTargets } from "../ports/metric-source.ts";
import { packBaseline, type RecordedCalibration, type Shown } from "./calibration-record.ts";
import { judgePlanOf, neverEmpty } from "./derive-judge-plan.ts";
import { outlookLines } from "./forecast-notices.ts";
import { fullChecks, fullWords, shownByStable } from "./full-weight.ts";
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
import { unroutedBefore } from "./unrouted-check.ts";

/** What was measured before the first write: what goes into the record, what speaks against beginning, what to tell. */
type Freezing = {
  readonly frozen: unknown;
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
};

/** A write must land soon after it was decided: what is not measured by then is assumed. */
const limitMs: Millis = 8_000;

/** Measures once, before the first look, what evidence is weighed with later. */
export async function measureBaseline(
  source: MetricSource,
  plan: ComparingPlan,
  arms: VersionTargets,
  options: Survey["options"],
): Promise<Freezing> {
  const over = new AbortController();
  const done = new AbortController();
  const late = options.clock.sleep(limitMs, done.signal).then(() => over.abort());
  const signal = AbortSignal.any([options.signal, over.signal]);
  const freezing = await surveyed({ source, plan, arms, options: { ...options, signal } });
  done.abort();
  await late;
  return freezing;
}

async function surveyed(survey: Survey): Promise<Freezing> {
  const { plan } = survey;
  const choice = await chooseReporter(survey);
  if (choice.kind !== "chosen") return withoutCounters(survey, choice);
  const missing = await missingMetric(survey);
  if (missing !== undefined) {
    const finding = typeof missing === "string" ? emptyMetric(missing) : refusalOf(missing, survey);
    return { frozen: null, findings: [finding], notes: [] };
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
    const message = `${shown.because} It judges at 100%. Mend it, or see that the source can be reached.`;
    return { frozen: null, findings: [{ code: "metric-query-failed", message }], notes: [] };
  }
  const judged = judgePlanOf(plan, plan.compare, plan.metrics);
  const frozen = roundedUp(freeze(judged, history, edges));
  const compared: RecordedCalibration = { kind: "compared", reporter, frozen, perSecond, unrouted };
  const baseline: RecordedCalibration = shown === undefined ? compared : { ...compared, atFull: shown.shown };
  const notes = [
    ...(reporter === "destination" ? [callersUnheard] : []),
    ...(hasNoBuckets(survey, frozen) ? [noBuckets(familiesOf(arms).durations(arms).metric)] : []),
    ...outlookLines(neverEmpty(judged, frozen), frozen, perSecond),
    ...fullLines(plan, shown?.shown),
  ];
  return { frozen: packBaseline(baseline), findings: [], notes };
}

/** What judges the phases at 100 %, said before anything is moved. */
function fullLines(plan: ComparingPlan, shown: readonly Shown[] | undefined): readonly string[] {
  return plan.phases.flatMap((phase, i) => {
    if (phase.weight < 100 || shown === undefined) return [];
    return [`phase ${i + 1}, 100%: ${fullWords(fullChecks(shown, plan, phase), shown)}`];
  });
}

/** Where nobody asked for the comparison by name and there are other checks, these judge alone; else nothing begins. */
function withoutCounters(survey: Survey, choice: Exclude<Choice, { kind: "chosen" }>): Freezing {
  const finding = refusalOf(choice, survey);
  const isAnswered = choice.kind !== "error" || choice.unusable === true;
  if (!isAnswered || survey.plan.compare.optional !== true) {
    return { frozen: null, findings: [finding], notes: [] };
  }
  const baseline: RecordedCalibration = { kind: "not-compared", because: finding.message };
  return { frozen: packBaseline(baseline), findings: [], notes: [notCompared(baseline.because)] };
}

export const notCompared = (because: string): string =>
  `canary and stable are not compared, your own checks judge alone: ${because}`;

const callersUnheard =
  "requests are counted by the server's own proxy (reporter=destination), since no caller's proxy counts them: a canary " +
  "that cannot be reached reports no failure";
const noBuckets = (metric: string) => `stable has no latency buckets (${metric}): latency is not compared`;

function hasNoBuckets({ plan, arms }: Survey, { boundariesMs }: Calibration): boolean {
  const isTcp = arms.protocol === "tcp" || arms.protocol === "tls";
  return boundariesMs.length === 0 && plan.compare.weights.latency > 0 && !isTcp;
}

function refusalOf(choice: Exclude<Choice, { kind: "chosen" }>, { arms }: Survey): Finding {
  switch (choice.kind) {
    case "error": {
      const because = `The comparison's query failed: ${choice.because} Mend it, or see that the source can be reached.`;
      return { code: "metric-query-failed", message: because };
    }
    case "impossible": {
      const remedy = "Use checks with queries of your own, and write `compare: off`.";
      return { code: "metric-not-separable", message: `Nothing can be compared: ${choice.because}. ${remedy}` };
    }
    case "none": {
      const isTcp = arms.protocol === "tcp" || arms.protocol === "tls";
      const plane = familiesOf(arms);
      const metric = (isTcp ? plane.connections?.opened : undefined) ?? plane.requests(arms).metric;
      const stable = arms.stable.subset ?? arms.stable.service;
      const because = `The comparison finds no series of ${metric} for stable (${stable}).`;
      const remedy = "Check Telemetry settings, reporter and scrape, or write `compare: off`.";
      return { code: "metric-labels-missing", message: `${because} ${remedy}` };
    }
  }
}

function emptyMetric(name: string): Finding {
  const message = `The counter \`total\` of ${name} finds no series for stable. Check its labels and the scrape.`;
  return { code: "metric-labels-missing", message };
}

/** Rounded up, so that the record's shorter figures never make evidence out of nothing. */
function roundedUp(frozen: Calibration): Calibration {
  const phi = Object.entries(frozen.phi).map(([name, value]) => [name, Math.ceil(value * 100) / 100] as const);
  return { ...frozen, phi: Object.fromEntries(phi) };
}
