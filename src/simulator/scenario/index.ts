import { nearest } from "../../base/did-you-mean.ts";
import { type Problem, SluiceError } from "../../base/problem.ts";
import { scenarios } from "./built-in-scenarios.ts";
import { readClause } from "./clauses.ts";
import type { Scenario } from "./scenario.ts";
import { emptyDraft, finished } from "./scenario-draft.ts";

type ScenarioRead =
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
