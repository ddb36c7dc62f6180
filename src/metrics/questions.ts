import type { Problem } from "../errors.ts";
import type { Check, Millis } from "../rollout/plan.ts";
import { type Arms, nameOf, selectorsOf } from "./arms.ts";
import { latency, presetRequests, successRate } from "./presets.ts";
import type { Question } from "./provider.ts";
import { render } from "./query.ts";

/** The number of requests behind a value, and how many a point needs to count. */
export type Minimum = { readonly count: Question; readonly requests: number };

/** What to ask a source for one check. */
export type Asked =
  | { readonly kind: "asked"; readonly value: Question; readonly minimum?: Minimum }
  | { readonly kind: "refused"; readonly problem: Problem };

type Preset = Extract<Check["ask"], { readonly preset: string }>;

/** Turns a check into questions. `{{window}}` is one step, so that no point reads data from before the phase. */
export function ask(check: Check, arms: Arms): Asked {
  return "preset" in check.ask ? askPreset(check, check.ask, arms) : askQuery(check, check.ask.query, arms);
}

function number(query: string, stepMs: Millis): Question {
  return { kind: "number", query, stepMs };
}

function refused(code: Problem["code"], message: string): Asked {
  return { kind: "refused", problem: { code, message } };
}

function askPreset({ name, everyMs, requests = presetRequests }: Check, preset: Preset, arms: Arms): Asked {
  if (arms.protocol === "tcp" || arms.protocol === "tls") {
    const message = `${preset.preset} needs HTTP; this is ${arms.protocol}. Use your own query for check ${name}.`;
    return refused("metric-protocol-mismatch", message);
  }
  const selectors = selectorsOf(arms);
  if (selectors.kind === "refused") {
    const why = `${preset.preset} cannot tell canary from stable here: ${selectors.because}.`;
    return refused("metric-not-separable", `${why} Use application metrics or your own query.`);
  }
  const { canary } = selectors;
  const queries =
    preset.preset === "latency" ? latency(canary, preset.quantile, everyMs) : successRate(canary, everyMs);
  const minimum = { count: number(queries.count, everyMs), requests };
  return { kind: "asked", value: number(queries.value, everyMs), minimum };
}

function askQuery(check: Check, query: string, arms: Arms): Asked {
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
