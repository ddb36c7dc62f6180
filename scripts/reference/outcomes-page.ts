import { notice, sameNames, table } from "./markdown.ts";
import { outcomeMeanings } from "./outcome-meanings.ts";

/** docs/outcomes.md: how a run can end. */
export function outcomesPage(outcomes: readonly string[]): string {
  sameNames("Outcomes", outcomes, Object.keys(outcomeMeanings), "scripts/reference/outcome-meanings.ts");
  const known = outcomes.flatMap((name) => {
    const meaning = outcomeMeanings[name];
    return meaning === undefined ? [] : [{ name, ...meaning }];
  });
  const overview = table(
    ["outcome", "exit code", "meaning"],
    known.map(({ name, exits, meaning }) => [`[\`${name}\`](#${name})`, Object.keys(exits).join(" or "), meaning]),
  );
  const entries = known.map(({ name, meaning, exits, weights, next }) => {
    const codes = Object.entries(exits).map(([code, when]) => `${code}, ${when}`);
    const lines = [`Exit code: ${codes.join("; ")}.`, `Weights: ${weights}`, `What to do: ${next}`];
    return `## ${name}\n\n${meaning}\n\n${lines.map((line) => `- ${line}`).join("\n")}`;
  });
  const intro = `The output \`outcome\` says how a run ended; for \`status\` it is the status of the record. The exit code is 0 if what was asked for came
true, 1 if it did not, and 2 if the run was refused before it wrote anything.`;
  return `# Outcomes\n\n${notice("scripts/reference/outcome-meanings.ts")}\n\n${intro}\n\n${overview}\n\n${entries.join("\n\n")}\n`;
}
