import type { Clock } from "../base/clock.ts";
import { reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import { judgeThresholds } from "../judge/verdict.ts";
import type { VerdictExtras, VerdictInput } from "../judge/verdict-input.ts";
import { judgeLedger, judgeWithNumbers } from "../judge/verdict-with-numbers.ts";
import type { CallOptions } from "../ports/cluster.ts";
import type { MetricSource, VersionTargets } from "../ports/metric-source.ts";
import type { CalibratePort, Evidence, ForecastPort, Judged, VersionPair } from "../ports/run-ports.ts";
import type { MetricsPlan, Plan } from "../rollout/plan.ts";
import type { State } from "../rollout/rollout-state.ts";
import { countedFrom, phaseOf, watchOf } from "../rollout/transitions.ts";
import { type RecordedCalibration, reporterOf, unpackBaseline } from "./calibration-record.ts";
import { judgePlanOf, neverEmpty, rememberedOf } from "./derive-judge-plan.ts";
import { outlookNotice } from "./forecast-notices.ts";
import { carried, fullChecks, fullNotice, unknownShown } from "./full-weight.ts";
import type { ComparingPlan } from "./history-queries.ts";
import { settledLooks } from "./incremental-comparison.ts";
import { measureBaseline } from "./measure-calibration.ts";
import { measureChecks } from "./measure-checks.ts";
import { askedAnew, type Comparison, type ComparisonInput, comparedOf } from "./measure-comparison.ts";
import { failedIn, unroutedCheck, unroutedName } from "./unrouted-check.ts";

/** Who counts, where the plan names them: it knows better than what the cluster suggests. */
export function namedIn(metrics: MetricsPlan | undefined): Pick<VersionTargets, "dataPlane" | "reporter"> {
  const { dataPlane, reporter } = metrics ?? {};
  return { ...(dataPlane === undefined ? {} : { dataPlane }), ...(reporter === undefined ? {} : { reporter }) };
}

/** Finds out how metric queries name the two versions. */
export type FindArms = (versions: VersionPair, options: CallOptions) => Promise<VersionTargets>;

const armsDeadlineMs = 8_000;

/**
 * The metrics of the present phase, asked for anew and judged: nothing but the start of a failing query is kept between turns.
 * `isSettled`: whether the source will go on to say of the past what it says now, as no real one does. Then only what is new
 * is asked for, and the verdicts are the same.
 */
export function evidenceFrom(
  source: MetricSource | undefined,
  findArms: FindArms,
  clock?: Clock,
  isSettled: () => boolean = () => false,
): Evidence {
  let failedFrom: ReadonlyMap<string, Millis> = new Map();
  const later = settledLooks();
  const compare = async (compared: ComparisonInput) =>
    (isSettled() ? await later(compared) : undefined) ?? (await askedAnew(compared));
  return async (plan, state, now, signal) => {
    const { metrics } = plan;
    if (source === undefined || metrics === undefined || (plan.checks.length === 0 && plan.compare === "off")) {
      const checks = source === undefined ? plan.checks : [];
      return judgeThresholds({ ...timesOf(plan, state, now), checks, samples: new Map() });
    }
    const baseline = unpackBaseline(state.frozen);
    const named = await findArms(state, { signal, deadlineMs: armsDeadlineMs });
    const arms = { ...named, reporter: reporterOf(baseline, named.reporter) };
    const watch = { watchFrom: watchOf(plan, state), now, lagMs: metrics.lagMs };
    const options = { now, signal, ...(clock === undefined ? {} : { clock }) };
    const compared = isCompared(plan, baseline) ? comparedOf(source, plan, state, arms, baseline, options) : undefined;
    const isNamed = plan.checks.some(({ name }) => name === unroutedName);
    const guards =
      compared === undefined || isNamed ? [] : unroutedCheck(source, baseline, arms, metrics.scrapeIntervalMs);
    const checks = compared === undefined ? plan.checks : checksBeside(compared, plan, state, baseline, arms);
    const [measured, comparison] = await Promise.all([
      measureChecks(source, [...checks, ...guards], arms, watch, { failedFrom, ...options }),
      compared === undefined ? undefined : compare(compared),
    ]);
    failedFrom = measured.failedFrom;
    if (compared === undefined || comparison === undefined) {
      const judged = judgeThresholds({ ...timesOf(plan, state, now), checks: plan.checks, samples: measured.samples });
      if (baseline?.kind !== "not-compared") return judged;
      return { ...judged, caveats: [reason("not-compared", { cause: baseline.reason })] };
    }
    const { trouble } = comparison;
    const pods = arms.canary.pods;
    const also = {
      ...(trouble === undefined ? {} : { trouble }),
      ...(pods === undefined ? {} : { canaryPods: pods }),
    };
    const failed = failedIn(guards, measured.samples, countedFrom(plan, state), now);
    const judged = { ...compared.judged, checks: [...checks, ...failed] };
    return told({ ...compared, judged }, comparison, measured.samples, also);
  };
}

/** Nobody reads the numbers of most turns: they are put together when they are asked for. */
function told(
  compared: ComparisonInput,
  comparison: Comparison,
  samples: VerdictInput["samples"],
  also: VerdictExtras,
): Judged {
  const { judged: plan, record } = compared;
  const { now } = compared.options;
  const { ledger, looks } = comparison;
  const found =
    ledger === undefined
      ? judgeWithNumbers(plan, record, looks(), samples, now, also)
      : judgeLedger({ plan, record, ledger, samples, now }, looks, also);
  return {
    ...found.verdict,
    get numbers() {
      return found.numbers;
    },
  };
}

/** The plan's own checks; where it has none and there is nothing to compare with, those that stand in for the comparison. */
function checksBeside(
  { source, record }: ComparisonInput,
  plan: Plan,
  state: State,
  baseline: RecordedCalibration | undefined,
  arms: VersionTargets,
): Plan["checks"] {
  if (plan.compare === "off" || plan.checks.length > 0 || !hasAllTraffic(record)) return plan.checks;
  const known = baseline?.kind === "compared" ? baseline.atFull : undefined;
  return fullChecks(known ?? unknownShown(plan.compare, carried(source, arms), baseline), plan, phaseOf(plan, state));
}

const hasAllTraffic = ({ phases }: ComparisonInput["record"]): boolean => (phases.at(-1)?.weight ?? 0) >= 100;

function timesOf(plan: Plan, state: State, now: Millis) {
  return { watchFrom: watchOf(plan, state), countedFrom: countedFrom(plan, state), weight: state.weight, now };
}

function isCompared(plan: Plan, baseline: RecordedCalibration | undefined): plan is ComparingPlan {
  return plan.compare !== "off" && plan.metrics !== undefined && baseline?.kind !== "not-compared";
}

/** What is measured once, before a rollout's first write. Nothing where nothing is compared. */
export function freezeFrom(source: MetricSource | undefined, findArms: FindArms, clock: Clock): CalibratePort {
  return async (plan, versions, now, { signal = new AbortController().signal }) => {
    if (source === undefined || !isCompared(plan, undefined)) return undefined;
    const arms = await findArms(versions, { signal, deadlineMs: armsDeadlineMs });
    return measureBaseline(source, plan, arms, { now, clock, signal });
  };
}

/** What the phase that begins can show at the traffic of the past, or by what it is judged where nothing can be compared. */
export const outlook: ForecastPort = (plan, state) => {
  const baseline = unpackBaseline(state.frozen);
  if (!isCompared(plan, baseline) || baseline === undefined || baseline.kind !== "compared") return undefined;
  const { atFull } = baseline;
  if (atFull !== undefined && hasAllTraffic(rememberedOf(plan, state, baseline))) {
    return fullNotice(fullChecks(atFull, plan, phaseOf(plan, state)), atFull, state);
  }
  const judged = neverEmpty(judgePlanOf(plan, plan.compare, plan.metrics), baseline.frozen);
  return outlookNotice(judged, baseline.frozen, baseline.perSecond, state.phase);
};
