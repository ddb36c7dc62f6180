import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { codes } from "../src/base/reasons/codes.ts";
import { commandsWithHelp, helpText } from "../src/cli/help.ts";
import { planFile } from "../src/inputs/input-schema.ts";
import { forcible } from "../src/rollout/forcible.ts";
import { outcomes } from "../src/rollout/outcome.ts";
import { errorsPage } from "./reference/errors-page.ts";
import { inputsPage, type Manifest } from "./reference/inputs-page.ts";
import { Gap } from "./reference/markdown.ts";
import { outcomesPage } from "./reference/outcomes-page.ts";
import type { Schema } from "./reference/plan-keys.ts";
import { planPage } from "./reference/plan-page.ts";

/**
 * Writes the pages of the reference: docs/plan.md, inputs.md, outcomes.md and errors.md. With `--check` it only compares. It
 * ends with 1, and writes nothing, where a key, a code or an outcome lacks its text or its example.
 */

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(`${root}${path}`, "utf8");

export async function pages(): Promise<Readonly<Record<string, string>>> {
  const schema = planFile.schema as Schema;
  const planKeys = Object.keys(schema.properties ?? {});
  const commands = Object.fromEntries(commandsWithHelp.map((name) => [name, helpText(name)]));
  return {
    "docs/plan.md": await planPage(schema, read("scripts/reference/plan-intro.md")),
    "docs/inputs.md": inputsPage(parse(read("action.yml")) as Manifest, planKeys, {
      usage: helpText(undefined),
      commands,
    }),
    "docs/outcomes.md": outcomesPage(outcomes),
    "docs/errors.md": errorsPage({ codes, forcible, provoked: read("test/fixtures/refusals.txt") }, planKeys),
  };
}

async function main(isCheck: boolean): Promise<void> {
  const made = Object.entries(await pages());
  const different = made.filter(([path, text]) => !existsSync(`${root}${path}`) || read(path) !== text);
  if (!isCheck) for (const [path, text] of different) writeFileSync(`${root}${path}`, text);
  else if (different.length > 0) {
    console.error(
      `${different.map(([path]) => path).join(", ")}: not what the sources say. Run 'make reference' and commit.`,
    );
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await main(process.argv.includes("--check"));
  } catch (error) {
    if (!(error instanceof Gap)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
