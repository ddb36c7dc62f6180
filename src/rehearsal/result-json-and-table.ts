import { forLog } from "../text/escape.ts";
import { columns, duration, percent } from "../text/format.ts";
import { textOf } from "../text/index.ts";
import type { Rehearsed } from "./index.ts";
import { since, spoiledRequests } from "./narrative.ts";

/** One rehearsal as one object. The keys are those of a run's `result-json`. */
export function rehearsalResult(rehearsed: Rehearsed) {
  const seconds = (at: number) => Math.max(0, Math.round((at - rehearsed.startMs) / 1000));
  return {
    outcome: rehearsed.outcome.name,
    weight: rehearsed.weight,
    phase: rehearsed.phase,
    reason: forLog(textOf(rehearsed.outcome.reason), 2000),
    reasonCode: rehearsed.outcome.reason.code,
    reasonData: rehearsed.outcome.reason.data,
    seconds: seconds(rehearsed.endMs),
    badRequests: spoiledRequests(rehearsed),
    timeline: rehearsed.moments.map(({ at, phase, weight, verdict, reason }) => ({
      at: at === undefined ? null : seconds(at),
      phase,
      weight,
      verdict,
      because: forLog(textOf(reason), 300),
    })),
  };
}

export type NamedRehearsal = { readonly scenario: string; readonly rehearsed: Rehearsed };

/** One plan under many scenarios. `width` cuts the reasons, which are the last column. */
export function tableLines(all: readonly NamedRehearsal[], width: number): readonly string[] {
  const head = ["scenario", "outcome", "weight", "after", "bad requests", "reason"];
  const rows = all.map(({ scenario, rehearsed }) => [
    scenario,
    rehearsed.outcome.name,
    percent(rehearsed.weight).padStart(head[2]?.length ?? 0),
    since(rehearsed.endMs - rehearsed.startMs).padStart(7),
    String(spoiledRequests(rehearsed)).padStart(head[4]?.length ?? 0),
    forLog(textOf(rehearsed.outcome.reason).split("\n")[0] ?? "", 300),
  ]);
  return columns([head, ...rows]).map((line) =>
    [...line].length > width ? `${[...line].slice(0, width - 1).join("")}…` : line,
  );
}

/** How long the longest of them would have taken in reality. */
export const spanWords = (all: readonly NamedRehearsal[]): string =>
  duration(Math.max(0, ...all.map(({ rehearsed }) => rehearsed.endMs - rehearsed.startMs)));
