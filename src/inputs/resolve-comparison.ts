import type { RouteRef } from "../base/kube-object.ts";
import type { SourceLocation } from "../base/problem.ts";
import type { Millis } from "../base/units.ts";
import type { Compare, ComparisonLimits } from "../rollout/plan.ts";
import { formatDuration } from "../schema/duration.ts";
import { broken, type Stated, valueOr } from "../schema/shape.ts";
import { subject, type Tell } from "../schema/source-value.ts";
import type { WrittenCompare, WrittenLimit, WrittenSplit } from "./compare-schema.ts";
import type { SourcePace } from "./resolve-metric-source.ts";

type Tolerance = ComparisonLimits["tolerance"];
type Told = { readonly tell: Tell; readonly warn: (message: string) => void };

const toleranceByDefault: Tolerance = { ratio: 1.1, difference: 0.0005 };
const marginByDefault: Tolerance = { ratio: 1, difference: 0.005 };
/** Slow requests are rarely as grave as failed ones: the gate that a user sets by naming an objective is wider. */
const sloMarginByDefault: Tolerance = { ratio: 1, difference: 0.01 };
const lookByDefaultMs: Millis = 15_000;
const restartByDefaultMs: Millis = 900_000;
const shortestRestartMs: Millis = 60_000;

/** Kinds of routes whose two versions a mesh's metrics tell apart wherever such a route works. */
const comparedKinds: readonly string[] = ["virtualservice"];

type Around = {
  readonly pace: SourcePace | undefined;
  readonly routes: readonly RouteRef[] | undefined;
  readonly hasChecks: boolean;
};

/** How canary and stable are compared, with every default filled in. */
export function resolveCompare(
  stated: Stated<"off" | WrittenCompare> | undefined,
  { pace, routes, hasChecks }: Around,
  told: Told,
): "off" | Compare {
  if (stated === undefined) {
    // What is measured is measured of the first route.
    const isKnown = routes?.slice(0, 1).every(({ kind }) => comparedKinds.includes(kind)) ?? true;
    if (pace === undefined || pace.provider.comparison === "none") return "off";
    if (pace.provider.comparison === "counters" && !isKnown) return "off";
    return { ...comparisonOf({}, pace, told), ...(hasChecks ? { optional: true } : {}) };
  }
  if (stated.value === broken || stated.value === "off") return "off";
  if (pace === undefined) {
    told.tell(stated.at, "There is a comparison, and no metric source to ask. Set `prometheus`, or remove `compare`.");
    return "off";
  }
  if (pace.provider.comparison === "none") {
    const why = `${pace.provider.title} does not count canary and stable apart`;
    told.tell(
      stated.at,
      `${why}: nothing can be compared. Remove \`compare\`, and name \`checks\`.`,
      "metric-not-separable",
    );
    return "off";
  }
  return comparisonOf(stated.value, pace, told);
}

type ComparisonPace = Pick<SourcePace, "scrapeMs" | "bucketMs" | "word"> &
  Partial<Pick<SourcePace, "name" | "provider">>;

/** The comparison as it was written, for counters that come from wherever they may. */
export function comparisonOf(written: WrittenCompare, pace: ComparisonPace, told: Told): Compare {
  const errors = valueOr(written.errors, {});
  const latency = valueOr(written.latency, {});
  const slo = valueOr<Millis | undefined>(latency.slo, undefined);
  const latencyMargin = slo === undefined ? marginByDefault : sloMarginByDefault;
  const metrics = valueOr(written.metrics, []).flatMap(({ at, value }) => (value === broken ? [] : [{ at, value }]));
  const weights = valueOr(written.weights, {});
  const lookMs = lookOf(written.look, pace, told);
  const hasLatency = checkOffered(written, pace, told.tell);
  const compare: Compare = {
    falseRollback: riskOf(written["false-rollback"], 0.01, told.tell),
    falsePromotion: riskOf(written["false-promotion"], 0.05, told.tell),
    weights: {
      errors: valueOr(weights.errors, 0.5),
      latency: hasLatency ? valueOr(weights.latency, 0.3) : 0,
      metrics: valueOr(weights.metrics, 0.2),
    },
    errors: comparedOf("errors", errors, marginByDefault, told),
    latency: {
      ...comparedOf("latency", latency, latencyMargin, told),
      ...(slo === undefined ? {} : { sloMs: slo }),
    },
    metrics: metrics.map(({ value }) => ({
      name: valueOr(value.name, ""),
      total: valueOr(value.total, ""),
      bad: valueOr(value.bad, ""),
      gate: valueOr(value.gate, false),
      ...comparedOf(valueOr(value.name, "the metric"), value, marginByDefault, told),
    })),
    dispersion: valueOr<"auto" | number>(written.dispersion, "auto"),
    split: splitOf(written.split, told.tell),
    requests: valueOr(written.requests, 50),
    lookMs,
    restartEveryMs: restartOf(written["restart-every"], lookMs, told.tell),
  };
  checkWeights(written.weights, compare, told.tell);
  return compare;
}

function comparedOf(
  name: string,
  written: { readonly tolerance?: Stated<WrittenLimit>; readonly margin?: Stated<WrittenLimit> },
  margin: Tolerance,
  { tell, warn }: Told,
): ComparisonLimits {
  const compared = {
    tolerance: toleranceOf(written.tolerance, toleranceByDefault),
    limit: toleranceOf(written.margin, margin),
  };
  const { tolerance, limit } = compared;
  if (written.margin !== undefined && written.margin.value !== broken && !(limit.difference > 0)) {
    const { at } = valueOr(written.margin, {}).points ?? written.margin;
    tell(at, `${subject(at)} is 0. A margin of nothing can never be shown: write one above 0, as 0.5%.`);
  } else if (limit.difference < tolerance.difference && limit.ratio <= tolerance.ratio) {
    warn(
      `The margin of ${name}, ${inPoints(limit)}, lies below its tolerance of ${inPoints(tolerance)}: a canary between ` +
        "the two can be neither rolled back nor promoted. Raise the margin or lower the tolerance.",
    );
  }
  return compared;
}

const inPoints = ({ ratio, difference }: Tolerance): string =>
  `${ratio === 1 ? "" : `x${ratio} and `}${Number((difference * 100).toPrecision(12))} points`;

function toleranceOf(stated: Stated<WrittenLimit> | undefined, byDefault: Tolerance): Tolerance {
  const { ratio, points } = valueOr(stated, {});
  return { ratio: valueOr(ratio, byDefault.ratio), difference: valueOr(points, byDefault.difference) };
}

function riskOf(stated: Stated<number> | undefined, byDefault: number, tell: Tell): number {
  const risk = valueOr(stated, byDefault);
  if (stated !== undefined && !(risk > 0 && risk <= 0.5)) {
    tell(
      stated.at,
      `${subject(stated.at)} is ${Number((risk * 100).toPrecision(12))}%. It takes a share above 0 and up to 50%.`,
    );
  }
  return risk;
}

/** What the source does not count cannot be compared. Tells whether it knows how long requests take. */
function checkOffered(written: WrittenCompare, { name, provider }: ComparisonPace, tell: Tell): boolean {
  if (provider === undefined) return true;
  const { metrics, latency } = written;
  const hasLatency = provider.presets.includes("latency");
  const no = (at: SourceLocation, what: string) => tell(at, `${name} counts no ${what}. Remove ${subject(at)}.`);
  if (metrics !== undefined && !provider.hasQueries) no(metrics.at, "counters of your own");
  if (latency !== undefined && !hasLatency) no(latency.at, "latency");
  return hasLatency;
}

function lookOf(stated: Stated<Millis> | undefined, pace: ComparisonPace, { tell, warn }: Told): Millis {
  const { name, scrapeMs, bucketMs, word } = pace;
  const unit = bucketMs ?? 1000;
  const least = unit * Math.ceil(scrapeMs / unit);
  const lookMs = valueOr(stated, unit * Math.ceil(Math.max(lookByDefaultMs, least) / unit));
  if (stated === undefined && bucketMs !== undefined && lookMs > lookByDefaultMs) {
    warn(
      `\`${name}\` has counts of ${formatDuration(bucketMs)} each, so the comparison looks every ${formatDuration(lookMs)}.`,
    );
  }
  if (stated === undefined || stated.value === broken) return lookMs;
  const written = `${subject(stated.at)} is ${formatDuration(lookMs)}`;
  if (lookMs % 1000 !== 0 || lookMs === 0) tell(stated.at, `${written}. It takes whole seconds, as 15s.`);
  else if (lookMs < scrapeMs) {
    const scrape = formatDuration(scrapeMs);
    tell(
      stated.at,
      `${written}, shorter than one ${word} of ${scrape}: there is nothing new to look at. Write ${scrape} or more.`,
    );
  } else if (lookMs % unit !== 0) {
    tell(stated.at, `${written}, which is no multiple of the ${word} of ${formatDuration(unit)}. Write one.`);
  }
  return lookMs;
}

function restartOf(stated: Stated<Millis> | undefined, lookMs: Millis, tell: Tell): Millis {
  const restartMs = valueOr(stated, restartByDefaultMs);
  const least = Math.max(shortestRestartMs, lookMs);
  if (stated !== undefined && stated.value !== broken && restartMs < least) {
    const written = `${subject(stated.at)} is ${formatDuration(restartMs)}`;
    tell(stated.at, `${written}. Every start takes its part of the evidence: write ${formatDuration(least)} or more.`);
  }
  return restartMs;
}

function splitOf(stated: Stated<WrittenSplit> | undefined, tell: Tell): Compare["split"] {
  const written = valueOr<WrittenSplit>(stated, {});
  if (written === "off") return "off";
  return { tolerance: valueOr(written.tolerance, 1.1), falseAlarm: riskOf(written["false-alarm"], 0.001, tell) };
}

function checkWeights(stated: Stated<unknown> | undefined, { weights, metrics }: Compare, tell: Tell): void {
  const at: SourceLocation | undefined = stated?.at;
  const sum = weights.errors + weights.latency + (metrics.length === 0 ? 0 : weights.metrics);
  if (at === undefined || sum > 0) return;
  tell(at, `${subject(at)} leaves nothing to compare. Give one of them a weight above 0, or write \`compare: off\`.`);
}
