import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { rehearseCommand } from "../../src/cli/rehearse-command.ts";
import { usualPlan } from "./rehearsed.ts";

/** Runs the command in a folder with these files, and hands back what it wrote. */
export async function command(
  words: readonly string[],
  files: Readonly<Record<string, string>> = {},
  terminal: { readonly isInteractive?: boolean; readonly columns?: number; readonly rows?: number } = {},
) {
  const workspace = mkdtempSync(join(tmpdir(), "sluice-"));
  onTestFinished(() => rmSync(workspace, { recursive: true, force: true }));
  for (const [name, text] of Object.entries({ "plan.yml": usualPlan, ...files })) {
    mkdirSync(dirname(join(workspace, name)), { recursive: true });
    writeFileSync(join(workspace, name), text);
  }
  let [out, warned] = ["", ""];
  const exitCode = await rehearseCommand(words, {
    workspace,
    terminal: {
      write: (text) => {
        out += text;
      },
      isInteractive: false,
      hasColour: false,
      ...terminal,
    },
    warn: (line) => {
      warned += `${line}\n`;
    },
  });
  return { exitCode, out, warned };
}
