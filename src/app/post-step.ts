import { executeCommand } from "./execute-command.ts";
import type { PreparedRun } from "./prepare-run.ts";
import type { ProcessContext } from "./process-context.ts";

const limitMs = 120_000;

/**
 * Post, after a main that was cancelled or crashed: one sweep of this very rollout, which takes back what main drove and
 * left behind, and the reports that main had no time for.
 */
export async function runPostStep(host: ProcessContext, prepared: PreparedRun, rollout: string): Promise<0 | 1> {
  const endedRun = host.circumstances.run;
  host.write("The step before did not end by itself: it was cancelled, or it crashed. This is what it left behind.");
  const late = host.clock.sleep(limitMs).then(() => undefined);
  const ended = await Promise.race([executeCommand(host, prepared, { command: "sweep", rollout, endedRun }), late]);
  return ended === undefined || ended.outcome.exitCode !== 0 ? 1 : 0;
}
