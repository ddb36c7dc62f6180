import type { Problem } from "../../base/problem.ts";
import type { Millis } from "../../base/units.ts";
import type { MetricSource, Question, VersionTargets } from "../../ports/metric-source.ts";
import type { Check } from "../../rollout/plan.ts";
import { ask, momentStepMs, wholeSecond } from "./check-queries.ts";
import { familiesOf, planes, selectorsOf, strangersIn } from "./data-planes/index.ts";
import { series } from "./presets.ts";
import { nameOf, spellingsOf } from "./version-selectors.ts";

/** What came of asking a question once, before anything is written. `empty`: nothing at all matched. */
export type Tried =
  | { readonly kind: "ok"; readonly empty: boolean }
  | { readonly kind: "problem"; readonly problem: Problem };

/** Asks a question for one moment: an error now would be an error in every turn, and so would a query of the wrong kind. */
export async function tryQuery(
  source: MetricSource,
  name: string,
  question: Question,
  at: Millis,
  signal?: AbortSignal,
): Promise<Tried> {
  const second = wholeSecond(at);
  const measured = await source.measure({ ...question, stepMs: momentStepMs }, second, second, signal);
  if (measured.kind === "error") {
    return failed(`Query ${name} failed: ${measured.because} Mend it, or see that the source can be reached.`);
  }
  if (measured.kind === "series") return { kind: "ok", empty: measured.series.length === 0 };
  if (measured.unfit !== undefined) return failed(`Query ${name} does not give one number: ${measured.unfit}.`);
  return { kind: "ok", empty: measured.seriesCount === 0 };
}

function failed(message: string): Tried {
  return { kind: "problem", problem: { code: "metric-query-failed", message } };
}

/**
 * Tries every query of every check. A canary without traffic may be empty; stable, which has the traffic, may not: then a
 * label, the reporter or the scrape is wrong, and an empty canary would never be noticed.
 */
export async function tryChecks(
  source: MetricSource,
  checks: readonly Check[],
  arms: VersionTargets,
  at: Millis,
  signal?: AbortSignal,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const attempt = async (name: string, question: Question) => {
    const tried = await tryQuery(source, name, question, at, signal);
    if (tried.kind === "problem") problems.push(tried.problem);
    return tried.kind === "ok" && tried.empty;
  };
  for (const check of checks) {
    const asked = ask(check, arms);
    if (asked.kind === "refused") {
      problems.push(asked.problem);
      continue;
    }
    const before = problems.length;
    await attempt(check.name, asked.value);
    if (asked.minimum !== undefined) await attempt(`${check.name} (count)`, asked.minimum.count);
    // The source has just refused this query; asking the same of stable would only repeat its words.
    if (problems.length > before) continue;
    const swapped = ask(check, { ...arms, canary: arms.stable, stable: arms.canary });
    if (swapped.kind !== "asked" || swapped.value.query === asked.value.query) continue;
    const present = isConnections(check) ? counterOf(arms, "stable") : swapped.value;
    if (await attempt(`${check.name} (stable)`, present)) problems.push(noSeries(check.name, check, arms));
  }
  if (checks.some((check) => "preset" in check.ask)) problems.push(...(await trySelectors(source, arms, at, signal)));
  return problems;
}

function noSeries(name: string, check: Check, arms: VersionTargets): Problem {
  const selectors = "preset" in check.ask ? selectorsOf(arms) : undefined;
  const label = selectors?.kind === "selectors" ? selectors.label : `stable (${nameOf(arms.stable)})`;
  const message = `Query ${name} finds no series for ${label}. ${remedyFor(check, arms)}`;
  return { code: "metric-labels-missing", message };
}

function remedyFor(check: Check, arms: VersionTargets): string {
  const plane = familiesOf(arms);
  if (!("preset" in check.ask) || plane === planes.istio) {
    const strangers = "preset" in check.ask ? strangersIn(arms) : [];
    const remedy = "Check Telemetry settings, reporter and scrape.";
    if (strangers.length === 0) return remedy;
    const who = strangers.join(", ");
    return `${remedy} The route is served by ${who}: if that is no Istio, write \`prometheus.data-plane\` or use your own query.`;
  }
  return `Check that ${plane.title} is scraped: its counter is ${counterName(arms)}.`;
}

/** Connections that never end have no series of closed ones, so whether they are counted is told by those that were opened. */
const isConnections = ({ ask: asked }: Check) => "preset" in asked && asked.preset === "connections";

function counterName(arms: VersionTargets): string {
  const plane = familiesOf(arms);
  const isTcp = arms.protocol === "tcp" || arms.protocol === "tls";
  return (isTcp ? plane.connections?.opened : undefined) ?? plane.requests(arms).metric;
}

/** The raw counters of one version. */
function counterOf(arms: VersionTargets, version: "canary" | "stable"): Question {
  const selectors = selectorsOf(arms);
  const metric = counterName(arms);
  const spellings = selectors.kind === "refused" ? [] : spellingsOf(selectors, version);
  return { kind: "counters", query: spellings.map((by) => series(metric, by)).join(" or "), stepMs: momentStepMs };
}

/** With a wrong label one selector finds the series of both versions, and the canary would be judged by stable's traffic. */
async function trySelectors(
  source: MetricSource,
  arms: VersionTargets,
  at: Millis,
  signal: AbortSignal | undefined,
): Promise<readonly Problem[]> {
  const selectors = selectorsOf(arms);
  if (selectors.kind === "refused") return [];
  const second = wholeSecond(at);
  const canary = await source.measure(counterOf(arms, "canary"), second, second, signal);
  const stable = await source.measure(counterOf(arms, "stable"), second, second, signal);
  if (canary.kind !== "series" || stable.kind !== "series") return [];
  const known = new Set(stable.series.map((one) => JSON.stringify(one.labels)));
  if (!canary.series.some((one) => known.has(JSON.stringify(one.labels)))) return [];
  const why = `${selectors.label} does not tell them apart, the same series stand on both sides`;
  const message = `The presets cannot tell canary from stable here: ${why}. Use application metrics or your own query.`;
  return [{ code: "metric-not-separable", message }];
}
