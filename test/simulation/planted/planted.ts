import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inProcess } from "../jobs.ts";
import type { Catch } from "./suite.ts";

/** A defect as a small patch of the sources, the invariants that it breaks, and the scene in which it does. */
export type Planted = {
  readonly number: number;
  readonly title: string;
  readonly breaks: readonly string[];
  readonly edits: readonly { readonly file: string; readonly find: string; readonly replace: string }[];
  readonly scene: string;
};

const root = fileURLToPath(new URL("../../..", import.meta.url));
export const planted = JSON.parse(readFileSync(new URL("bugs.json", import.meta.url), "utf8")) as readonly Planted[];

/** Runs the scene over a copy of the sources with the bug in them. Answers with what was broken, or null. */
export async function plant(bug: Planted): Promise<Catch | null> {
  const copy = mkdtempSync(join(tmpdir(), "sluice-planted-"));
  try {
    for (const part of ["src", "test/simulation", "package.json"]) {
      cpSync(join(root, part), join(copy, part), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    for (const { file, find, replace } of bug.edits) {
      const text = readFileSync(join(copy, file), "utf8");
      if (text.split(find).length !== 2) {
        throw new Error(
          `bug ${bug.number} finds its place in ${file} ${text.split(find).length - 1} times: mend its patch`,
        );
      }
      writeFileSync(
        join(copy, file),
        text.replace(find, () => replace),
      );
    }
    const job = { kind: "suite", invariants: bug.breaks, scenes: [bug.scene] } as const;
    const { result } = await inProcess<Catch | null>(job, join(copy, "test/simulation/worker.ts"));
    return result;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
