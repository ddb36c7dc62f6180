import { routeTitles } from "../base/kube-object.ts";
import type { Progress } from "../ports/reporter.ts";
import type { PauseCause } from "../rollout/rollout-state.ts";
import { forShell } from "../text/escape.ts";
import { percent } from "../text/format.ts";
import { isUnknown, names, recordOf, type Say } from "./status-text.ts";

/** One thing that a person can do now: what it brings about, the workflow's word for it, and the line for a terminal. */
type NextCommand = { readonly to: string; readonly command?: string; readonly line: string };

/** The command line is bound to this very rollout: copied from an old comment, it never touches a newer one. */
function lineFor(progress: Progress, command: string, bound = true): string {
  const rollout = recordOf(progress)?.rollout;
  const only = bound && rollout !== undefined ? ` --rollout ${forShell(rollout)}` : "";
  return `sluice ${command} --route ${forShell(routeTitles(progress.routes))}${only}`;
}

const step = (progress: Progress, command: string, to: string): NextCommand => ({
  to,
  command,
  line: lineFor(progress, command),
});

function onward(progress: Progress): string {
  const record = recordOf(progress);
  const next = record === undefined ? undefined : progress.plan?.phases[record.phase];
  if (next !== undefined) return `Go on to ${percent(next.weight)} now`;
  const isLast = record !== undefined && progress.plan !== undefined && record.phase >= progress.plan.phases.length;
  return isLast ? `Declare the rollout finished at ${percent(record.weight)}` : "Go on to the next weight now";
}

const back = (progress: Progress, say: Say): NextCommand =>
  step(progress, "rollback", `Take all traffic back to ${say(names(progress).stable)}`);

const resumeWords: Readonly<Record<PauseCause, string | undefined>> = {
  person: "Go on watching where it stands",
  evidence: "Watch once more where it stands",
  schedule: undefined,
  until: undefined,
};

function pausedSteps(progress: Progress, cause: PauseCause, say: Say): NextCommand[] {
  const watch = resumeWords[cause];
  return [
    ...(cause === "until"
      ? [{ to: "Go on as scheduled: start or approve the next job", line: lineFor(progress, "run") }]
      : []),
    ...(watch === undefined ? [] : [step(progress, "resume", watch)]),
    step(progress, "promote", onward(progress)),
    back(progress, say),
  ];
}

function driftSteps(progress: Progress, say: Say): NextCommand[] {
  const [{ namespace, kind, name } = { namespace: "", kind: "", name: "" }] = progress.routes;
  const words = ["kubectl", "annotate", "--namespace", namespace, kind, name, "sluice.dev/rollout-"];
  return [
    back(progress, say),
    { to: "Keep the weights as they are and forget the rollout", line: words.map(forShell).join(" ") },
  ];
}

/** What can be done from here. Empty where there is nothing left to do. */
export function nextSteps(progress: Progress, say: Say): readonly NextCommand[] {
  const look = { to: "See what the route says", command: "status", line: lineFor(progress, "status", false) };
  if (isUnknown(progress)) return [look, back(progress, say)];
  // Without a record no command of Sluice leads anywhere: the notes have those that do.
  if (progress.outcome?.code === "record-missing") return [];
  if (progress.outcome?.name === "drifted") return driftSteps(progress, say);
  if (progress.outcome?.name === "superseded") return [look];
  const state = progress.state;
  switch (state?.status) {
    case "progressing":
      return [
        step(progress, "promote", onward(progress)),
        step(progress, "pause", `Stop at ${percent(state.weight)} and stay there`),
        back(progress, say),
      ];
    case "paused":
      return pausedSteps(progress, state.cause, say);
    case "held":
      return [back(progress, say)];
    case "promoted":
      return [back(progress, say)];
    case "rolled-back":
    case undefined:
      return [];
  }
}

const planWords =
  "the rollout's plan: add `--config FILE` in a terminal, `config` in a workflow, or the same inputs as the run.";

/** What to know besides: whether a command needs the plan, and what happens if nobody does anything. */
export function stepNote(progress: Progress): string | undefined {
  if (isUnknown(progress)) return undefined;
  const state = progress.state;
  if (progress.outcome?.name === "superseded") return "The newer rollout is told in its own comment.";
  if (progress.outcome?.name === "drifted") return undefined;
  switch (state?.status) {
    case "progressing":
      return `\`promote\` needs ${planWords}`;
    case "paused": {
      const commands = resumeWords[state.cause] === undefined ? "`promote` needs" : "`promote` and `resume` need";
      return `Nobody is watching while it is paused. ${commands} ${planWords}`;
    }
    case "held":
      return "The traffic goes back by itself as soon as stable is ready, while a run drives the rollout or a `sweep` looks at it.";
    case "promoted":
      return "`rollback` works after the promotion too, as long as the old version still runs.";
    case "rolled-back":
      return "Nothing is left to do on the route. A new `run` begins anew, from the first weight.";
    case undefined:
      return undefined;
  }
}
