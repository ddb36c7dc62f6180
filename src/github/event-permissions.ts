import type { Problem } from "../base/problem.ts";
import type { Command } from "../rollout/command-names.ts";
import { type AllowableEvent, isAllowable, isTrusted } from "./event-names.ts";
import type { Circumstances } from "./workflow-event.ts";

/** What a command may do on the event that started it. */
export type Rights =
  | { readonly kind: "all" }
  /** The plan is read, and nothing else: no variable, no plugin, no request. `because` says so. */
  | { readonly kind: "only-read"; readonly because: string }
  | { readonly kind: "refused"; readonly problem: Problem };

/** Why a command may not simply write here. */
type Doubt = {
  /** Goes on after "… on the event NAME". */
  readonly why: string;
  /** What to do, where it is not to start the command elsewhere. */
  readonly remedy?: string;
};

/** Asked before anything is contacted. `allowed`: the events that the step allows besides. */
export function rightsOn(command: Command, circumstances: Circumstances, allowed: readonly string[]): Rights {
  const { event } = circumstances;
  const doubt = event === undefined ? undefined : doubtOf(event, circumstances);
  if (doubt === undefined || command === "status") return { kind: "all" };
  const on = event === "" ? "an event without a name" : `the event ${event}`;
  if (command === "preflight") return { kind: "only-read", because: onlyRead(on) };
  if (command === "sweep" && maySweep(circumstances)) return { kind: "all" };
  if (isAllowed(circumstances, allowed)) return { kind: "all" };
  const { why, remedy = `Start \`${command}\` on push or workflow_dispatch instead.` } = doubt;
  const message = `\`${command}\` is refused on ${on}${why} ${remedy} \`status\` may run here, and \`preflight\` reads the plan.`;
  return { kind: "refused", problem: { code: "event-refused", message } };
}

function onlyRead(on: string): string {
  return (
    `read only: the plan has no problems. On ${on} it may come from a fork, so no variable was read, no credential plugin was ` +
    "run, and neither the cluster nor the metric source nor GitHub was contacted. Start `preflight` on push or " +
    "workflow_dispatch to check the rest."
  );
}

/** Anybody can bring these about with a word or a click, and the run they start has all rights. */
const openEvents: readonly string[] = [
  "issue_comment",
  "issues",
  "discussion",
  "discussion_comment",
  "commit_comment",
  "watch",
  "fork",
  "gollum",
];

const causes: Readonly<Record<AllowableEvent, string>> = {
  check_suite: ", which the checks of any commit bring about, a fork's too.",
  registry_package: ", which every published package brings about.",
  create: ", which every new branch or tag brings about.",
  deployment_status: ", which every tool that reports on a deployment brings about.",
};

function doubtOf(event: string, { fork, dependabot, endedRun }: Circumstances): Doubt | undefined {
  if (event === "pull_request_target") return { why: ", which gives a pull request from anywhere all rights." };
  if (fork) return { why: " of a pull request from a fork: it must not move traffic." };
  if (dependabot) return { why: " by Dependabot, which GitHub gives neither secrets nor a token that writes." };
  if (event === "workflow_run") return doubtAboutRun(endedRun);
  if (isTrusted(event)) return undefined;
  if (isAllowable(event)) {
    const remedy = `If that is meant, add \`allow-event: ${event}\` to the step, or start it on push or workflow_dispatch.`;
    return { why: causes[event], remedy };
  }
  if (openEvents.includes(event)) return { why: ", which anybody can bring about." };
  if (event === "") return { why: ": GITHUB_EVENT_NAME is empty or not the name of an event." };
  return { why: ", which is not one of those that may move traffic." };
}

function doubtAboutRun(ended: Circumstances["endedRun"]): Doubt | undefined {
  if (ended?.doubts.length === 0) return undefined;
  const what = ended === undefined ? "has not completed" : ended.doubts.join(" and ");
  return {
    why: `: the run that it follows ${what}.`,
    remedy:
      "Only a success of this repository's default branch, by push, schedule, release or dispatch, may be rolled out; " +
      "`sweep` may run after any run.",
  };
}

/** A sweep only lowers what has lost its run, so it needs less: no event that anybody can bring about, and no fork. */
function maySweep({ event = "", fork, dependabot }: Circumstances): boolean {
  const isOpen = event === "pull_request_target" || openEvents.includes(event);
  return /^[a-z_]+$/.test(event) && !fork && !dependabot && !isOpen;
}

function isAllowed({ event = "", dependabot }: Circumstances, allowed: readonly string[]): boolean {
  return isAllowable(event) && allowed.includes(event) && !dependabot;
}
