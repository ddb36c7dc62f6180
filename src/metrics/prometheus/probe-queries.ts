import { momentStepMs, wholeSecond } from "../../base/moment.ts";
import { type Reason, reason } from "../../base/reasons/index.ts";
import type { MetricCode } from "../../base/reasons/metric-reasons.ts";
import type { Millis } from "../../base/units.ts";
import type { Trial, ValueQuestion, VersionTargets } from "../../ports/metric-source.ts";
import type { RangeQueries, RangeQuery } from "../../ports/range-queries.ts";
import { nameOf } from "../version-name.ts";
import { valueQuery } from "./check-queries.ts";
import { familiesOf, planes, selectorsOf, strangersIn } from "./data-planes/index.ts";
import { series } from "./presets.ts";
import { spellingsOf } from "./version-selectors.ts";

type Found = Reason<MetricCode>;
/** What came of asking a query once. `empty`: nothing at all matched. */
type Tried = { readonly kind: "ok"; readonly empty: boolean } | { readonly kind: "problem"; readonly found: Found };
type Asking = { readonly queries: RangeQueries; readonly at: Millis; readonly signal: AbortSignal | undefined };

/**
 * Tries every query of every check. A canary without traffic may be empty; stable, which has the traffic, may not: then a
 * label, the reporter or the scrape is wrong, and an empty canary would never be noticed.
 */
export async function probeQueries(
  queries: RangeQueries,
  trials: readonly Trial[],
  at: Millis,
  signal?: AbortSignal,
): Promise<readonly Found[]> {
  const asking: Asking = { queries, at: wholeSecond(at), signal };
  const found: Found[] = [];
  for (const trial of trials) found.push(...(await tryCheck(asking, trial)));
  const preset = trials.find(({ value }) => "preset" in value.ask);
  if (preset !== undefined) found.push(...(await trySelectors(asking, preset.value.versions)));
  return found;
}

async function tryCheck(asking: Asking, { value, count }: Trial): Promise<readonly Found[]> {
  const { name: check, versions } = value;
  const own = await tryQuestion(asking, check, value);
  const counted = count === undefined ? [] : await tryQuestion(asking, check, count, "count");
  // The source has just refused this query; asking the same of stable would only repeat its words.
  const found = [own, counted].flat();
  if (found.length > 0) return found;
  const [query, swapped] = [valueQuery(value), valueQuery(withStable(value))];
  if (swapped.kind !== "query" || query.kind !== "query" || swapped.query === query.query) return [];
  const present = isConnections(value) ? counterOf(versions, "stable") : numberOf(swapped.query);
  const tried = await tryQuery(asking, check, present, "stable");
  if (tried.kind === "problem") return [tried.found];
  return tried.empty ? [labelsMissing(value)] : [];
}

const withStable = (question: ValueQuestion): ValueQuestion => {
  const { versions } = question;
  return { ...question, versions: { ...versions, canary: versions.stable, stable: versions.canary } };
};

async function tryQuestion(
  asking: Asking,
  check: string,
  question: ValueQuestion,
  asked?: "count",
): Promise<readonly Found[]> {
  const query = valueQuery(question);
  if (query.kind === "refused") return [query.reason];
  const tried = await tryQuery(asking, check, numberOf(query.query), asked);
  return tried.kind === "problem" ? [tried.found] : [];
}

const numberOf = (query: string): RangeQuery => ({ kind: "number", query, stepMs: momentStepMs });

/** Asks a query for one moment: an error now would be an error in every turn, and so would a query of the wrong kind. */
async function tryQuery(
  { queries, at, signal }: Asking,
  check: string,
  query: RangeQuery,
  asked?: "count" | "stable",
): Promise<Tried> {
  const answer = await queries.measure(query, at, at, signal);
  const about = { check, ...(asked === undefined ? {} : { asked }) };
  if (answer.kind === "error") {
    return { kind: "problem", found: reason("query-failed", { ...about, cause: answer.reason }) };
  }
  if (answer.kind === "series") return { kind: "ok", empty: answer.series.length === 0 };
  if (answer.unfit !== undefined) {
    return { kind: "problem", found: reason("query-unfit", { ...about, cause: answer.unfit }) };
  }
  return { kind: "ok", empty: answer.seriesCount === 0 };
}

function labelsMissing({ name: check, ask, versions }: ValueQuestion): Found {
  const isPreset = "preset" in ask;
  const selectors = isPreset ? selectorsOf(versions) : undefined;
  const label = selectors?.kind === "selectors" ? selectors.label : `stable (${nameOf(versions.stable)})`;
  const plane = familiesOf(versions);
  if (isPreset && plane !== planes.istio) {
    return reason("query-without-series", { check, label, plane: plane.title, counter: counterName(versions) });
  }
  const strangers = isPreset ? strangersIn(versions) : [];
  return reason("query-without-series", { check, label, ...(strangers.length === 0 ? {} : { strangers }) });
}

/** Connections that never end have no series of closed ones, so whether they are counted is told by those that were opened. */
const isConnections = ({ ask }: ValueQuestion) => "preset" in ask && ask.preset === "connections";

export function counterName(versions: VersionTargets): string {
  const plane = familiesOf(versions);
  const isTcp = versions.protocol === "tcp" || versions.protocol === "tls";
  return (isTcp ? plane.connections?.opened : undefined) ?? plane.requests(versions).metric;
}

/** The raw counters of one version. */
function counterOf(versions: VersionTargets, version: "canary" | "stable"): RangeQuery {
  const selectors = selectorsOf(versions);
  const metric = counterName(versions);
  const spellings = selectors.kind === "refused" ? [] : spellingsOf(selectors, version);
  return { kind: "counters", query: spellings.map((by) => series(metric, by)).join(" or "), stepMs: momentStepMs };
}

/** With a wrong label one selector finds the series of both versions, and the canary would be judged by stable's traffic. */
async function trySelectors({ queries, at, signal }: Asking, versions: VersionTargets): Promise<readonly Found[]> {
  const selectors = selectorsOf(versions);
  if (selectors.kind === "refused") return [];
  const canary = await queries.measure(counterOf(versions, "canary"), at, at, signal);
  const stable = await queries.measure(counterOf(versions, "stable"), at, at, signal);
  if (canary.kind !== "series" || stable.kind !== "series") return [];
  const known = new Set(stable.series.map((one) => JSON.stringify(one.labels)));
  if (!canary.series.some((one) => known.has(JSON.stringify(one.labels)))) return [];
  const cause = reason("versions-alike", { problem: "same-series", others: [selectors.label] });
  return [reason("versions-not-separable", { cause })];
}
