import { resolve } from "node:path";
import type { PreparedRun } from "../app/prepare-run.ts";
import type { ProcessContext } from "../app/process-context.ts";

/** Where a page goes that nobody named a place for. */
const usualFile = "sluice-report.html";

/** `sluice report`: the page about a rollout, whoever drove it. 0: it is written; 1: it is not. */
export async function reportCommand(
  host: ProcessContext,
  prepared: PreparedRun,
  file: string | undefined,
  warn: (line: string) => void,
): Promise<0 | 1> {
  const { pageFromRecord } = await import("../app/page-from-record.ts");
  const name = file ?? usualFile;
  const made = await pageFromRecord(host, prepared, resolve(host.workspace, name));
  if (made.kind === "not-written") {
    warn(`The page ${name} was not written: ${made.because}`);
    return 1;
  }
  for (const note of made.notes) warn(`Note: ${note}`);
  host.write(`The page: ${name}`);
  return 0;
}
