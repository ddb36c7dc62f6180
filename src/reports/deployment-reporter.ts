import { visibleLine } from "../base/foreign.ts";
import { routeTitles } from "../base/kube-object.ts";
import { idOf, member, textOf } from "../base/read-fields.ts";
import type { Millis } from "../base/units.ts";
import type { GitHub, GitHubError } from "../ports/github.ts";
import type { Progress } from "../ports/reporter.ts";
import { asLine } from "../text/escape.ts";
import { ofHold } from "../text/format.ts";
import { gitHubCircuitBreaker } from "./github-circuit-breaker.ts";
import { isElsewhere, type ReportScope, subjectOf } from "./reported-rollout.ts";
import { type MakeReporter, type ReporterContext, type Repository, scrubbed } from "./reporter-context.ts";
import { isUnknown, stands } from "./status-text.ts";
import { whyLine } from "./told-reason.ts";
import { warningLine } from "./workflow-annotations.ts";

/** A status is added, never edited, so without an event there is one only this often. */
const statusPaceMs: Millis = 5 * 60_000;
const descriptionLimit = 140;

type DeploymentState = "in_progress" | "success" | "failure" | "error" | "inactive";

/** `success`: promoted; `failure`: rolled back; `error`: could not judge or act; `inactive`: a newer one has taken over. */
export function deploymentState(progress: Progress): DeploymentState {
  switch (progress.outcome?.name) {
    case "superseded":
      return "inactive";
    case "drifted":
    case "failed":
    case "refused":
      return "error";
    default:
      break;
  }
  if (isUnknown(progress)) return "error";
  switch (progress.state?.status) {
    case "promoted":
      return "success";
    case "rolled-back":
      return "failure";
    case "held":
      return "error";
    case "progressing":
    case "paused":
    case undefined:
      return "in_progress";
  }
}

function holdWords(progress: Progress): string {
  const { state, plan, at } = progress;
  const phase = state === undefined ? undefined : plan?.phases[state.phase - 1];
  const entered = state?.entered[state.phase - 1];
  if (phase === undefined || entered === undefined || at === undefined) return "watching";
  return `watching, ${ofHold(Math.max(0, at - entered), phase.holdMs)}`;
}

/** As `20 %: watching, 4 of 10 min`. */
export function deploymentDescription(progress: Progress): string {
  const { state, outcome } = progress;
  const because = whyLine(progress);
  if (isUnknown(progress)) return visibleLine(`unknown: ${because}`, descriptionLimit);
  if (state === undefined || outcome?.name === "superseded") return visibleLine(because, descriptionLimit);
  const weight = `${Number((outcome?.weight ?? state.weight).toFixed(1))} %`;
  const isWatching = outcome === undefined && state.status === "progressing";
  const name = outcome?.name ?? state.status;
  const words = isWatching
    ? holdWords(progress)
    : because.toLowerCase().startsWith(name)
      ? because
      : `${name}: ${because}`;
  return visibleLine(`${weight}: ${words}`, descriptionLimit);
}

type Found = { readonly kind: "ok"; readonly id: number | undefined } | GitHubError;
type Desk = { readonly github: GitHub; readonly repository: Repository; readonly environment: string };

const place = ({ repository }: Desk) => ({ owner: repository.owner, repo: repository.name });

/** A payload comes back as it was sent, or as its text. */
function rolloutIn(value: unknown): string | undefined {
  const payload = member(value, "payload");
  if (typeof payload !== "string") return textOf(member(payload, "rollout"));
  try {
    return textOf(member(JSON.parse(payload), "rollout"));
  } catch {
    return undefined;
  }
}

async function find(desk: Desk, rollout: string, signal: AbortSignal): Promise<Found> {
  const route = "GET /repos/{owner}/{repo}/deployments";
  const isOurs = (value: unknown) => rolloutIn(value) === rollout;
  const listed = await desk.github.list(
    route,
    { ...place(desk), environment: desk.environment },
    { signal, enough: (items) => items.some(isOurs) },
  );
  if (listed.kind === "failed") return listed;
  return { kind: "ok", id: idOf(member(listed.items.find(isOurs), "id")) };
}

/** Without these two GitHub would merge the base branch into the ref, or refuse while other checks run. */
const asItIs = { auto_merge: false, required_contexts: [] };

async function create(
  desk: Desk,
  subject: ReportScope,
  route: string,
  ref: string,
  signal: AbortSignal,
): Promise<Found> {
  const answer = await desk.github.ask(
    "POST /repos/{owner}/{repo}/deployments",
    {
      ...place(desk),
      ...asItIs,
      ref,
      environment: desk.environment,
      description: visibleLine(`Sluice: ${route}`, descriptionLimit),
      payload: { rollout: subject.rollout, route },
    },
    { creates: true, signal },
  );
  return answer.kind === "failed" ? answer : { kind: "ok", id: idOf(member(answer.data, "id")) };
}

const isAddress = (url: string | undefined): url is string => url !== undefined && /^https?:\/\//.test(url);

export const deploymentReporter: MakeReporter = (means: ReporterContext) => {
  const { github, repository, environment, clock } = means;
  if (github === undefined || repository === undefined || environment === undefined || environment === "")
    return undefined;
  const desk: Desk = { github, repository, environment };
  const log = (line: string) => means.write(asLine(scrubbed(means, line)));
  const warn = (line: string) => means.write(scrubbed(means, warningLine(means.inAction, line)));
  const channel = gitHubCircuitBreaker({
    what: `The deployment in the environment ${environment}`,
    permission: "deployments: write",
    clock,
    log,
    warn,
  });
  let known: { rollout: string; id: number } | undefined;
  let told: { about: string; text: string; at: Millis } | undefined;

  async function findOrCreate(subject: ReportScope, progress: Progress, signal: AbortSignal): Promise<Found> {
    if (known?.rollout === subject.rollout) return { kind: "ok", id: known.id };
    const found = await find(desk, subject.rollout, signal);
    if (found.kind === "failed" || found.id !== undefined || signal.aborted) return found;
    // What never began here needs no deployment to say that it is over.
    if (deploymentState(progress) === "inactive") return found;
    const made = await create(desk, subject, routeTitles(progress.routes), subject.revision, signal);
    const other = means.commit;
    const isNoRef = made.kind === "failed" && made.status === 422;
    if (!isNoRef || other === undefined || other === subject.revision || signal.aborted) return made;
    return create(desk, subject, routeTitles(progress.routes), other, signal);
  }

  async function addStatus(id: number, progress: Progress, description: string, signal: AbortSignal) {
    const { run } = progress.links;
    return github?.ask(
      "POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses",
      {
        ...place(desk),
        deployment_id: id,
        state: deploymentState(progress),
        description,
        auto_inactive: false,
        ...(isAddress(run) ? { log_url: run } : {}),
        ...(isAddress(means.environmentUrl) ? { environment_url: means.environmentUrl } : {}),
      },
      { creates: true, signal },
    );
  }

  return {
    name: "deployment",
    async tell(progress, signal) {
      const subject = subjectOf(progress, means);
      // A turn that saw nothing changes nothing; only the end of a run has to say that nobody knows.
      if (subject === undefined || isElsewhere(subject, means) || progress.kind === "trouble") return;
      const description = scrubbed(means, deploymentDescription(progress));
      const about = `${subject.rollout}/${progress.state?.phase}/${progress.state?.status}/${stands(progress)}`;
      const isEarly = told?.about === about && clock.now() - told.at < statusPaceMs;
      if (!channel.isOpen() || isEarly || (told?.about === about && told.text === description)) return;
      const found = await findOrCreate(subject, progress, signal);
      if (signal.aborted) return;
      if (found.kind === "failed") return channel.failed(found);
      if (found.id === undefined) return;
      known = { rollout: subject.rollout, id: found.id };
      told = { about, text: description, at: clock.now() };
      const answer = await addStatus(found.id, progress, description, signal);
      if (answer?.kind === "failed" && !signal.aborted) channel.failed(answer);
    },
  };
};
