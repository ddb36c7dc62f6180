import { type Problem, SluiceError } from "../../base/problem.ts";
import { nearest } from "./clause-reader.ts";
import { readClause } from "./clauses.ts";
import type { Scenario } from "./scenario.ts";
import { emptyDraft, finished } from "./scenario-draft.ts";

export type ReadyScenario = { readonly text: string; readonly shows: string };

/** Scenarios by name. Each is written in the language that users write. */
export const scenarios = {
  good: {
    text: "traffic 50 rps; errors 0.2%; latency 40ms",
    shows: "a canary that is as good as stable: the schedule runs to its end",
  },
  "errors-at-20": {
    text: "traffic 50 rps; errors 0.2%; canary errors 0.2% until phase 20, then 4%",
    shows: "a canary that fails only under load: the fault appears with the phase of 20 %",
  },
  "slow-leak": {
    text: "traffic 50 rps; errors 0.1%; canary errors 0.1% rising to 5% over 30m; canary latency 1x rising to 4x over 30m",
    shows: "a canary that gets worse and worse: nothing to see in the first minutes, much after half an hour",
  },
  "prometheus-down": {
    text: "traffic 50 rps; errors 0.2%; prometheus down from 7m",
    shows: "metrics that stop in the middle of a rollout and stay away: no data never passes",
  },
  "no-traffic": {
    text: "traffic 0 rps",
    shows: "a service that nobody calls: there is nothing to judge, and nothing is promoted for it",
  },
  "runner-dies": {
    text: "traffic 50 rps; errors 0.2%; runner dies at 7m and returns after 2m",
    shows: "a runner that is lost without a word: the next run goes on from the record on the route",
  },
  "someone-edits-the-route": {
    text: "traffic 50 rps; errors 0.2%; someone sets canary to 30% at 7m",
    shows: "a person who moves the weights by hand: the rollout stops and does not fight",
  },
  "gitops-reverts": {
    text: "traffic 50 rps; errors 0.2%; gitops reverts every 3m from 4m",
    shows: "a GitOps tool that puts the weights of its repository back",
  },
} as const satisfies Record<string, ReadyScenario>;

export type ScenarioRead =
  | { readonly kind: "scenario"; readonly scenario: Scenario }
  | { readonly kind: "refused"; readonly problems: readonly Problem[] };

/** A scenario by its name or in words: clauses between semicolons, commas or line ends. Every problem is told at once. */
export function readScenario(text: string): ScenarioRead {
  const name = text.trim().toLowerCase();
  if (Object.hasOwn(scenarios, name)) return readText(scenarios[name as keyof typeof scenarios].text);
  if (/^[a-z][\w-]*$/.test(name)) return { kind: "refused", problems: [unknownName(text.trim())] };
  return readText(text);
}

function unknownName(name: string): Problem {
  const names = Object.keys(scenarios);
  const meant = nearest(name, names);
  const message =
    `there is no scenario "${name}"${meant === undefined ? "." : `; did you mean "${meant}"?`} ` +
    `Known are ${names.join(", ")}; or write one in words, as "errors 0.2% until phase 20, then 4%"`;
  return { code: "input", message, place: { input: "scenario" } };
}

function readText(text: string): ScenarioRead {
  const problems: Problem[] = [];
  const draft = emptyDraft();
  const clauses = clausesOf(text);
  if (clauses.length === 0) {
    const message = `the scenario is empty; name one of ${Object.keys(scenarios).join(", ")}, or write one in words, as "errors 0.2%"`;
    problems.push({ code: "input", message, place: { input: "scenario" } });
  }
  for (const { clause, line } of clauses) {
    try {
      readClause(clause, draft);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      const message = `in the clause "${clause}": ${error.message}`;
      problems.push({ code: "input", message, place: { input: "scenario", line } });
    }
  }
  return problems.length > 0 ? { kind: "refused", problems } : { kind: "scenario", scenario: finished(draft) };
}

/** A comma separates clauses too, unless what follows continues the sentence with `then` or `and`. */
function clausesOf(text: string): { clause: string; line: number }[] {
  return text.split("\n").flatMap((row, index) => {
    const sentence = row.replace(/#.*$/, "").replaceAll(/,\s*(?=(?:then|and)\b)/gi, " ");
    const clauses = sentence.split(/[;,]/).map((clause) => clause.trim().replaceAll(/\s+/g, " "));
    return clauses.filter((clause) => clause !== "").map((clause) => ({ clause, line: index + 1 }));
  });
}
