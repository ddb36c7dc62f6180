import { type ClauseTokens, misread, readMoment, readShare, readSpan, readSpell } from "./clause-reader.ts";
import type { MetricsFault, ScenarioArm } from "./scenario.ts";
import type { ScenarioDraft } from "./scenario-draft.ts";

export function readNo(words: ClauseTokens, draft: ScenarioDraft): void {
  if (words.take("noise")) {
    draft.noise = false;
  } else if (words.take("data")) {
    draft.noData = [...draft.noData, readSpan(words)];
  } else if (words.take("traffic")) {
    draft.traffic = [...draft.traffic, { value: 0, ...readSpan(words) }];
  } else throw misread('"no" must be followed by data, traffic or noise');
}

const answers: readonly (readonly [words: readonly string[], kind: MetricsFault["kind"]])[] = [
  [["nan"], "nan"],
  [["html"], "html"],
  [["two", "series"], "two-series"],
  [["slowly"], "slow"],
  [["nothing"], "empty"],
  [["500"], "server-error"],
];

export function readPrometheus(words: ClauseTokens, draft: ScenarioDraft): void {
  let kind: MetricsFault["kind"] | undefined;
  if (words.take("down") || words.take("is", "down")) kind = "down";
  else if (words.take("answers")) kind = answers.find(([expected]) => words.take(...expected))?.[1];
  if (kind === undefined) {
    const known = answers.map(([expected]) => expected.join(" ")).join(", ");
    throw misread(`say "prometheus down", or "prometheus answers" with one of ${known}`);
  }
  draft.faults = [...draft.faults, { kind, ...readSpan(words) }];
}

export function readRestart(words: ClauseTokens, draft: ScenarioDraft, of: ScenarioArm | "gateway"): void {
  if (!words.take("at")) throw misread(`say when, as "${of} restarts at 8m"`);
  draft.restarts = [...draft.restarts, { of, at: readMoment(words, "the time of the restart") }];
}

export function readRunner(words: ClauseTokens, draft: ScenarioDraft): void {
  if (!words.take("dies", "at")) throw misread('say when, as "runner dies at 7m"');
  const at = readMoment(words, "the time of the runner's death");
  words.take("and");
  const returns = words.take("returns", "after");
  const returnsAfterMs = returns ? readSpell(words, "the time until the runner returns") : null;
  draft.events = [...draft.events, { kind: "runner-dies", at, returnsAfterMs }];
}

const deeds = [
  [["pauses"], "pause"],
  [["promotes"], "promote"],
  [["resumes"], "resume"],
  [["rolls", "back"], "rollback"],
] as const;

export function readSomeone(words: ClauseTokens, draft: ScenarioDraft): void {
  const deed = deeds.find(([expected]) => words.take(...expected))?.[1];
  let weight = 0;
  if (deed === undefined) {
    if (!words.take("sets", "canary", "to")) {
      throw misread('someone "sets canary to 30%", "pauses", "promotes", "resumes" or "rolls back"');
    }
    weight = readShare(words, "the canary's weight") * 100;
  }
  if (!words.take("at")) throw misread('say when, as "at 6m" or "at phase 20"');
  const at = readMoment(words, "the time");
  const event =
    deed === undefined
      ? ({ kind: "weight-set", weight, at } as const)
      : ({ kind: "command", command: deed, at } as const);
  draft.events = [...draft.events, event];
}

/** Another program that keeps writing to the route, and never to its weights. */
export function readRoute(words: ClauseTokens, draft: ScenarioDraft): void {
  if (!words.take("written", "every")) throw misread('say how often, as "route written every 1s"');
  const everyMs = readSpell(words, "the time between two writes");
  const { from, until } = readSpan(words);
  draft.events = [...draft.events, { kind: "route-written", everyMs, at: from ?? { afterMs: everyMs }, until }];
}

export function readRecord(words: ClauseTokens, draft: ScenarioDraft): void {
  if (!words.take("removed", "at")) throw misread('a record can only be removed; write it as "record removed at 6m"');
  draft.events = [...draft.events, { kind: "record-removed", at: readMoment(words, "the time of the removal") }];
}

export function readGitops(words: ClauseTokens, draft: ScenarioDraft): void {
  if (!words.take("reverts")) throw misread('GitOps can only revert; write it as "gitops reverts every 3m from 4m"');
  const everyMs = words.take("every") ? readSpell(words, "the time between two reverts") : null;
  const { from, until } = readSpan(words);
  if (everyMs === null && from === null) throw misread('say when, as "at 6m" or "every 3m"');
  draft.events = [...draft.events, { kind: "gitops-reverts", everyMs, at: from ?? { afterMs: everyMs ?? 0 }, until }];
}
