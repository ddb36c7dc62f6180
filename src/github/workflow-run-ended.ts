import { reason } from "../base/reasons/index.ts";
import type { GitHub } from "../ports/github.ts";
import type { RunId } from "../rollout/rollout-state.ts";
import type { TellReason } from "./find-pull-request.ts";
import { textIn } from "./payload-fields.ts";
import type { Circumstances } from "./workflow-event.ts";

/** Whether the run that a record names still lives. Needs `actions: read`; without it the answer is `unknown`. */
export async function runEnded(
  github: GitHub | undefined,
  circumstances: Circumstances,
  run: RunId,
  tell: TellReason,
): Promise<"ended" | "alive" | "unknown"> {
  const ended = circumstances.endedRun?.run;
  if (ended !== undefined && ended.id === run.id && ended.attempt >= run.attempt) return "ended";
  const { repository } = circumstances;
  if (github === undefined || repository === undefined || !/^\d{1,15}$/.test(run.id)) return "unknown";
  const answer = await github.ask("GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}", {
    owner: repository.owner,
    repo: repository.name,
    run_id: Number(run.id),
    attempt_number: run.attempt,
  });
  if (answer.kind === "failed") {
    tell(reason("run-end-unknown", { run: run.id, cause: answer.reason }));
    return "unknown";
  }
  const status = textIn(answer.data, "status");
  if (status === undefined) return "unknown";
  return status === "completed" ? "ended" : "alive";
}
