import type { Clock } from "../base/clock.ts";
import { momentStepMs } from "../base/moment.ts";
import type { Millis } from "../base/units.ts";
import { constants } from "../judge/constants.ts";
import type { PodMinutes } from "../judge/dispersion.ts";
import { latencyName } from "../judge/judge-plan.ts";
import type { CountQuestion, MetricSource, VersionTargets } from "../ports/metric-source.ts";
import type { MetricReporter } from "../rollout/data-planes-and-reporters.ts";
import type { Compare, MetricsPlan, Plan } from "../rollout/plan.ts";
import { type Counted, countAll, type Points } from "./count-requests.ts";
import { asOne, edgesOf, type History, minutesOf, totalOf } from "./history-counts.ts";

export type ComparingPlan = Plan & { readonly metrics: MetricsPlan; readonly compare: Compare };

/** One look into the past, before the first write. */
export type Survey = {
  readonly source: MetricSource;
  readonly plan: ComparingPlan;
  readonly arms: VersionTargets;
  readonly options: { readonly now: Millis; readonly clock: Clock; readonly signal: AbortSignal };
};

const minuteMs = 60_000;
const minutesOfHour = 60;
const minutesOfDay = 1440;

/** Who may count here: whom the user names alone, else first whom the cluster suggests. */
function reportersFor({ source, plan, arms }: Survey): readonly MetricReporter[] {
  const { reporters } = source.facts(arms);
  const { reporter } = plan.metrics;
  if (reporter !== undefined && reporters.includes(reporter)) return [reporter];
  return reporters.toSorted((a, b) => Number(b === arms.reporter) - Number(a === arms.reporter));
}

/** The past is looked at minute by minute, or as finely as the source counts. */
const stepOf = ({ bucketMs }: MetricSource): Millis => Math.max(minuteMs, bucketMs);

type What = Pick<CountQuestion, "of"> & Partial<Pick<CountQuestion, "requests" | "boundariesMs" | "metrics">>;

async function countMinutes({ source, plan, arms, options }: Survey, what: What, minutes: number): Promise<Counted> {
  const staleAfterMs = Math.max(minuteMs, 2 * plan.metrics.scrapeIntervalMs + 15_000);
  const stepMs = stepOf(source);
  const counting = { requests: false, boundariesMs: [], metrics: [], ...what, arms, stepMs, staleAfterMs };
  const to = stepMs * Math.floor((options.now - plan.metrics.lagMs) / stepMs);
  const steps = Math.ceil((minutes * minuteMs) / stepMs);
  const points: Points = { from: to - steps * stepMs, to, points: steps + 1 };
  return countAll(source, counting, [points], options);
}

export const reportedBy = (survey: Survey, reporter: MetricReporter): Survey => ({
  ...survey,
  arms: { ...survey.arms, reporter },
});

export type Choice =
  | { readonly kind: "chosen"; readonly reporter: MetricReporter; readonly perSecond: number | null }
  | { readonly kind: "none" }
  | Exclude<Counted, { kind: "counted" }>;

/** Exactly one reporter counts, the same for both versions and for the whole rollout: the first that knows stable. */
export async function chooseReporter(survey: Survey): Promise<Choice> {
  let impossible: Choice | undefined;
  for (const reporter of reportersFor(survey)) {
    const counted = await countMinutes(reportedBy(survey, reporter), { of: "both", requests: true }, minutesOfHour);
    if (counted.kind === "error") return counted;
    // What one reporter's labels cannot tell apart another's may.
    if (counted.kind === "impossible") impossible ??= counted;
    const [phase] = counted.kind === "counted" ? counted.phases : [];
    if (phase === undefined || !phase.counters.some(({ arm }) => arm === "stable")) continue;
    const both = (["stable", "canary"] as const).flatMap((arm) => {
      return minutesOf(phase, arm, ["errors"], []).get("errors") ?? [];
    });
    return { kind: "chosen", reporter, perSecond: perSecondOf(both, stepOf(survey.source)) };
  }
  return (await reporterNow(survey)) ?? impossible ?? { kind: "none" };
}

/** A service that has been counted for less than a minute has no past to look at, but it has a present. */
async function countNow({ source, plan, arms, options }: Survey, what: What): Promise<Counted> {
  const stepMs = Math.max(momentStepMs, source.bucketMs);
  // What a source has counted by itself is known once it is complete.
  const complete = source.increments === undefined ? options.now : options.now - plan.metrics.lagMs;
  const to = stepMs * Math.floor(complete / stepMs);
  const staleAfterMs = 2 * plan.metrics.scrapeIntervalMs + 15_000;
  const counting = {
    requests: false,
    boundariesMs: [],
    metrics: [],
    ...what,
    arms,
    stepMs,
    staleAfterMs,
  };
  return countAll(source, counting, [{ from: to - stepMs, to, points: 2 }], options);
}

async function reporterNow(survey: Survey): Promise<Choice | undefined> {
  for (const reporter of reportersFor(survey)) {
    const counted = await countNow(reportedBy(survey, reporter), { of: "both", requests: true });
    if (counted.kind === "error") return counted;
    const isKnown = phaseOf(counted).some(({ counters }) => counters.some(({ arm }) => arm === "stable"));
    if (isKnown) return { kind: "chosen", reporter, perSecond: null };
  }
  return undefined;
}

/** Requests a second since the first one; before that the service may not have been there. */
function perSecondOf(pods: readonly PodMinutes[], stepMs: Millis): number | null {
  const { n } = totalOf(pods);
  const first = Math.min(...pods.map((pod) => pod.findIndex((minute) => minute.n > 0)));
  const steps = (pods[0]?.length ?? 0) - first;
  return n === 0 ? null : n / ((steps * stepMs) / 1000);
}

/** The name of a user's metric whose `total` has no series of stable; or what its question came to. */
export async function missingMetric(
  survey: Survey,
): Promise<string | Exclude<Counted, { kind: "counted" }> | undefined> {
  const { metrics } = survey.plan.compare;
  if (metrics.length === 0) return undefined;
  const before = await countMinutes(survey, { of: "stable", metrics }, 1);
  if (before.kind !== "counted") return before;
  if (uncounted(metrics, before) === undefined) return undefined;
  const now = await countNow(survey, { of: "stable", metrics });
  return now.kind === "counted" ? uncounted(metrics, now) : now;
}

function uncounted(metrics: Compare["metrics"], counted: Counted): string | undefined {
  const rows = phaseOf(counted).flatMap(({ counters }) => counters);
  const isCounted = (name: string) =>
    rows.some((row) => row.kind === "count" && row.process === name && row.adds === "total");
  return metrics.find(({ name }) => !isCounted(name))?.name;
}

const hasLatency = ({ source, plan, arms }: Survey): boolean =>
  plan.compare.weights.latency > 0 && source.facts(arms).durations !== undefined;

/** The bucket edges that the reporter has for stable. */
export async function edgesBy(survey: Survey, reporter: MetricReporter): Promise<ReadonlySet<Millis>> {
  if (!hasLatency(survey)) return new Set();
  const of = reportedBy(survey, reporter);
  const what: What = { of: "stable", boundariesMs: "all" };
  const edges = edgesIn(await countMinutes(of, what, 1));
  return edges.size > 0 ? edges : edgesIn(await countNow(of, what));
}

const edgesIn = (counted: Counted): ReadonlySet<Millis> =>
  new Set(phaseOf(counted).flatMap((phase) => [...edgesOf(phase, "stable")]));

/**
 * What each pod of stable counted minute by minute. The server's own proxy is asked, since a caller's spreads what one pod
 * does over all callers; where it counts nothing, the caller's counts are taken as those of a single pod.
 */
export async function historyOf(survey: Survey, reporter: MetricReporter): Promise<History> {
  const { perPod } = survey.source.facts(survey.arms);
  const pods = perPod === undefined ? new Map() : await meshHistory(reportedBy(survey, perPod));
  const known = totalOf(pods.get("errors")).n > 0;
  const mesh = known ? pods : asOne(await meshHistory(reportedBy(survey, reporter)));
  const { metrics } = survey.plan.compare;
  const own =
    metrics.length === 0
      ? new Map()
      : await untilBad(
          survey,
          { of: "stable", metrics },
          metrics.map(({ name }) => name),
        );
  return new Map([...mesh, ...own]);
}

async function meshHistory(survey: Survey): Promise<History> {
  const [errors, latency] = await Promise.all([
    untilBad(survey, { of: "stable", requests: true }, ["errors"]),
    slowHistory(survey),
  ]);
  return new Map([...latency, ...errors]);
}

/** The last hour of every bucket: a day of them would be a long answer, and slow requests are not rare. */
async function slowHistory(survey: Survey): Promise<History> {
  const { boundariesMs } = constants;
  if (!hasLatency(survey)) return new Map();
  const counted = await countMinutes(survey, { of: "stable", boundariesMs }, minutesOfHour);
  const [phase] = phaseOf(counted);
  if (phase === undefined) return new Map();
  const edges = edgesOf(phase, "stable");
  const shared = boundariesMs.filter((edge) => edges.has(edge));
  const names = new Set(shared.map(latencyName));
  return new Map([...minutesOf(phase, "stable", [], shared)].filter(([name]) => names.has(name)));
}

/** The last hour, or the last day where an hour holds too little that is bad. */
async function untilBad(survey: Survey, what: What, names: readonly string[]): Promise<History> {
  const read = async (minutes: number): Promise<History> => {
    const [phase] = phaseOf(await countMinutes(survey, what, minutes));
    return phase === undefined ? new Map() : minutesOf(phase, "stable", names, []);
  };
  const hour = await read(minutesOfHour);
  const isScarce = names.some((name) => totalOf(hour.get(name)).x < constants.badForPhi);
  if (!isScarce || names.every((name) => totalOf(hour.get(name)).n === 0)) return hour;
  const day = await read(minutesOfDay);
  return day.size === 0 ? hour : day;
}

const phaseOf = (counted: Counted) => (counted.kind === "counted" ? counted.phases : []);
