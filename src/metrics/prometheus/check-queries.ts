import type { Problem } from "../../base/problem.ts";
import type { Millis } from "../../base/units.ts";
import type { Question, VersionTargets } from "../../ports/metric-source.ts";
import type { Check } from "../../rollout/plan.ts";
import type { DataPlaneMetrics } from "./data-planes/data-plane-metrics.ts";
import { familiesOf, selectorsOf } from "./data-planes/index.ts";
import { render } from "./placeholders.ts";
import { anyOf, endedWell, latency, type PresetQueries, presetRequests, successRate } from "./presets.ts";
import { nameOf, spellingsOf } from "./version-selectors.ts";

/** The number of requests behind a value, and how many a point needs to count. */
type Minimum = { readonly count: Question; readonly requests: number };

/** What to ask a source for one check. */
export type CheckQuery =
  | { readonly kind: "asked"; readonly value: Question; readonly minimum?: Minimum }
  | { readonly kind: "refused"; readonly problem: Problem };

type Preset = Extract<Check["ask"], { readonly preset: string }>;

/** Turns a check into questions. `{{window}}` is one step, so that no point reads data from before the phase. */
export function ask(check: Check, arms: VersionTargets): CheckQuery {
  return "preset" in check.ask ? askPreset(check, check.ask, arms) : askQuery(check, check.ask.query, arms);
}

/**
 * The step of a question for a single moment, which is a whole second: a source that rounds to the step moves it nowhere,
 * as it would to a multiple of the check's own step.
 */
export const momentStepMs: Millis = 1000;

/** The whole second that a moment lies in. */
export const wholeSecond = (at: Millis): Millis => momentStepMs * Math.floor(at / momentStepMs);

function number(query: string, stepMs: Millis): Question {
  return { kind: "number", query, stepMs };
}

function refused(code: Problem["code"], message: string): CheckQuery {
  return { kind: "refused", problem: { code, message } };
}

function askPreset(check: Check, preset: Preset, arms: VersionTargets): CheckQuery {
  const { name, everyMs, requests = presetRequests } = check;
  const plane = familiesOf(arms);
  const wrong = mismatch(preset.preset, arms, plane);
  if (wrong !== undefined) return refused("metric-protocol-mismatch", `${wrong} for check ${name}.`);
  const selectors = selectorsOf(arms);
  if (selectors.kind === "refused") {
    const why = `${preset.preset} cannot tell canary from stable here: ${selectors.because}.`;
    return refused(selectors.code, `${why} Use application metrics or your own query.`);
  }
  const queries = spellingsOf(selectors, "canary").map((selector) => queriesOf(preset, plane, arms, selector, everyMs));
  const minimum = { count: number(anyOf(queries.map(({ count }) => count)), everyMs), requests };
  return { kind: "asked", value: number(anyOf(queries.map(({ value }) => value)), everyMs), minimum };
}

/** Why a preset has no meaning for what the moved rules carry; undefined where it has. */
function mismatch(preset: Preset["preset"], arms: VersionTargets, plane: DataPlaneMetrics): string | undefined {
  const { protocol = "http" } = arms;
  if (preset === "connections") {
    if (protocol === "http") return "connections counts connections; this is http. Use success-rate or your own query";
    if (plane.connections !== undefined) return undefined;
    return `connections needs counters of connections by version, which ${plane.title} does not have. Use your own query`;
  }
  if (protocol !== "http") {
    return `${preset} needs HTTP; this is ${protocol}. Use the TCP preset, \`connections\`, or your own query`;
  }
  const { unseen } = plane.requests(arms);
  if (preset === "latency" || unseen === undefined) return undefined;
  return `${preset} needs HTTP; this is gRPC: ${unseen}. Use your own query`;
}

function queriesOf(
  preset: Preset,
  plane: DataPlaneMetrics,
  arms: VersionTargets,
  selector: string,
  windowMs: Millis,
): PresetQueries {
  const { connections } = plane;
  if (preset.preset === "connections" && connections !== undefined) return endedWell(connections, selector, windowMs);
  const counter = plane.requests(arms);
  if (preset.preset !== "latency") return successRate(counter, selector, windowMs);
  return latency(plane.durations(arms), counter, selector, preset.quantile, windowMs);
}

function askQuery(check: Check, query: string, arms: VersionTargets): CheckQuery {
  const { name, everyMs, requests } = check;
  const values = {
    canary: nameOf(arms.canary),
    stable: nameOf(arms.stable),
    namespace: arms.namespace,
    windowMs: everyMs,
  };
  const value = render(query, values);
  if (value.kind === "refused") return refused("input", `Check ${name}, query: ${value.because}`);
  const asked = { kind: "asked", value: number(value.query, everyMs) } as const;
  if (check.count === undefined || requests === undefined) return asked;
  const count = render(check.count, values);
  if (count.kind === "refused") return refused("input", `Check ${name}, count: ${count.because}`);
  return { ...asked, minimum: { count: number(count.query, everyMs), requests } };
}
