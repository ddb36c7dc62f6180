import type { RunId } from "../rollout/rollout-state.ts";
import { countIn, shaIn, textIn } from "./payload-fields.ts";

/** The run whose end started this one. */
export type EndedRun = {
  readonly run: RunId;
  /** For finding the pull request, and what is rolled out where nothing speaks against the run. */
  readonly headSha?: string;
  /** What keeps it from being a success of this repository's default branch, as the ends of a sentence; empty if nothing does. */
  readonly doubts: readonly string[];
};

const trustedCauses = ["push", "schedule", "release", "workflow_dispatch", "repository_dispatch"];

/** Of a `workflow_run` that completed. Its event runs with all rights after any other run, a fork's too. */
export function endedRunIn(payload: unknown, repository: string | undefined): EndedRun | undefined {
  const id = countIn(payload, "workflow_run", "id");
  if (id === undefined || textIn(payload, "action") !== "completed") return undefined;
  const headSha = shaIn(payload, "workflow_run", "head_sha");
  const run = { id: String(id), attempt: countIn(payload, "workflow_run", "run_attempt") ?? 1 };
  return {
    run,
    ...(headSha === undefined ? {} : { headSha }),
    doubts: headSha === undefined ? ["names no commit"] : doubtsAbout(payload, repository),
  };
}

function doubtsAbout(payload: unknown, repository: string | undefined): readonly string[] {
  const of = (...keys: readonly string[]) => textIn(payload, "workflow_run", ...keys);
  const [conclusion, cause] = [of("conclusion") ?? "", of("event") ?? ""];
  const head = of("head_repository", "full_name")?.toLowerCase();
  const main = textIn(payload, "repository", "default_branch");
  return [
    ...(conclusion === "success" ? [] : [`ended as ${wordOf(conclusion)}`]),
    ...(trustedCauses.includes(cause) ? [] : [`was started by ${wordOf(cause)}`]),
    ...(head !== undefined && head === repository?.toLowerCase() ? [] : ["belongs to another repository"]),
    ...(main !== undefined && of("head_branch") === main ? [] : ["did not run on the default branch"]),
  ];
}

/** A word of the payload, where it is one: nothing else of it is repeated. */
const wordOf = (text: string): string => (/^[a-z_]{1,60}$/.test(text) ? text : "something unknown");
