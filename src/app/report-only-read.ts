import { said, saidNotice } from "../base/reasons/said.ts";
import { openDispatcher } from "../reports/dispatcher.ts";
import { makeReporters } from "../reports/index.ts";
import type { Outcome } from "../rollout/outcome.ts";
import type { Ended } from "./execute-command.ts";
import type { OnlyRead } from "./prepare-run.ts";
import { inAction, type ProcessContext } from "./process-context.ts";

/** A plan that was read and has no problems is told where that needs no network: in the log and on the run's own page. */
export async function tellOnlyRead(host: ProcessContext, { inputs, because, warnings }: OnlyRead): Promise<Ended> {
  const { clock, write, appendSummary } = host;
  const means = { clock, write, inAction: inAction(host), ...(appendSummary === undefined ? {} : { appendSummary }) };
  const office = openDispatcher(makeReporters(["log", "summary"], means), { clock, log: write });
  const outcome: Outcome = { name: "ready", exitCode: 0, reason: said(because) };
  const progress = await office.finish({
    at: undefined,
    command: inputs.command,
    routes: inputs.routes,
    // Its id would depend on a namespace that only the kubeconfig may name.
    plan: undefined,
    state: undefined,
    kind: "finish",
    reason: outcome.reason,
    warnings: warnings.map((warning) => saidNotice(warning)),
    isOnlyRead: true,
    links: host.circumstances.links,
    outcome,
  });
  return { outcome, progress };
}
