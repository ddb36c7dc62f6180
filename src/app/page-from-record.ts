import type { Reason } from "../base/reasons/index.ts";
import { saidNotice } from "../base/reasons/said.ts";
import type { Millis } from "../base/units.ts";
import { scrubber } from "../network/redact.ts";
import type { Progress } from "../ports/reporter.ts";
import type { Ports, ProgressUpdate } from "../ports/run-ports.ts";
import { reconcile } from "../reconcile/index.ts";
import type { RunOptions } from "../reconcile/run-context.ts";
import { reasonLine, whyLine } from "../reports/told-reason.ts";
import { isFinal } from "../rollout/begin-or-supersede.ts";
import type { Plan } from "../rollout/plan.ts";
import type { State } from "../rollout/rollout-state.ts";
import { chooseAdapters } from "./assemble-ports.ts";
import { healthNow } from "./health-now.ts";
import type { PreparedRun } from "./prepare-run.ts";
import type { ProcessContext } from "./process-context.ts";
import { writePage } from "./write-page-file.ts";

/** What became of a page that somebody asked for. */
export type Made =
  | { readonly kind: "written"; readonly file: string; readonly notes: readonly string[] }
  | { readonly kind: "not-written"; readonly because: string };

/**
 * The page about a rollout that other runs drove: the record says what was done, and the metric source is asked once more
 * for everything since its beginning. Writes nothing to the cluster.
 */
export async function pageFromRecord(host: ProcessContext, prepared: PreparedRun, file: string): Promise<Made> {
  const secrets = new Set(prepared.secrets);
  const learn = (more: readonly string[]) => {
    for (const secret of more) secrets.add(secret);
  };
  const staging = await chooseAdapters(host, prepared, learn, () => {});
  if (staging.kind === "refused") return { kind: "not-written", because: reasonLine(staging.reason) };
  const { ports, close } = staging.stage;
  try {
    const progress = await statusOf(host, prepared, ports);
    const { state } = progress;
    if (state === undefined) return { kind: "not-written", because: whyLine(progress) };
    const { judged, notes } = await judgedAgain(ports, prepared.inputs.plan, state, progress.at);
    const told = {
      progress: {
        ...progress,
        ...(judged === undefined ? {} : { judged }),
        notes: [...(progress.notes ?? []), ...notes.map((note) => saidNotice(note))],
      },
      scrub: scrubber([...secrets]),
    };
    const trouble = await writePage(file, told);
    return trouble === undefined ? { kind: "written", file, notes } : { kind: "not-written", because: trouble };
  } finally {
    close();
  }
}

const nothing: Omit<ProgressUpdate, "reason" | "state"> & { readonly reason?: Reason; readonly state?: undefined } = {
  at: undefined,
  kind: "finish",
  warnings: [],
};

/** One turn of `status`: what the route and its record say now. */
async function statusOf(
  host: ProcessContext,
  { inputs, warnings }: PreparedRun,
  ports: Omit<Ports, "tell" | "hasEnded">,
): Promise<Progress> {
  let last: ProgressUpdate | undefined;
  const tell = (telling: ProgressUpdate) => {
    last = telling;
  };
  const order: RunOptions = {
    command: "status",
    me: host.circumstances.run,
    repository: "",
    pullRequest: null,
    revision: "",
    revisionGiven: false,
    byHand: true,
    onlyContinues: false,
    dryRun: false,
  };
  const outcome = await reconcile({ ...ports, tell, hasEnded: async () => false }, inputs.plan, order);
  const [ref] = inputs.routes;
  const { reason = outcome.reason, state, ...rest } = last ?? nothing;
  const seen = state === undefined ? undefined : await ports.readiness(state, { signal: host.signal });
  return {
    ...rest,
    reason,
    state,
    outcome: rest.outcome ?? outcome,
    ...(seen === undefined ? {} : { health: healthNow(seen) }),
    command: "status",
    routes: ref === undefined ? [] : [ref],
    plan: inputs.plan,
    links: linksOf(state, host),
    warnings: [...warnings.map((warning) => saidNotice(warning)), ...rest.warnings],
  };
}

/** The record names the repository of the runs that drove it. */
function linksOf(state: State | undefined, { circumstances }: ProcessContext): Progress["links"] {
  const { repository, pullRequest } = state ?? { repository: "", pullRequest: null };
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) return circumstances.links;
  const home = `${circumstances.serverUrl}/${repository}`;
  return { repository: home, ...(pullRequest === null ? {} : { pullRequest: `${home}/pull/${pullRequest}` }) };
}

type Again = { readonly judged?: Progress["judged"]; readonly notes: readonly string[] };

/** The verdict at the end of the rollout, or now while it goes on, from everything that the source still knows. */
async function judgedAgain(
  ports: Pick<Ports, "evidence" | "signal">,
  plan: Plan | undefined,
  state: State,
  now: Millis | undefined,
): Promise<Again> {
  if (plan?.metrics === undefined || now === undefined) {
    return {
      notes: [
        "no plan with a metric source was given, so the record alone is told: add --plan FILE to see what the metrics said",
      ],
    };
  }
  if (plan.digest !== state.planDigest) {
    return {
      notes: [
        "the rollout has another plan than the one that was given, so the metrics were not asked: give the plan that it was started with",
      ],
    };
  }
  const ended = isFinal(state) ? state.endedAt + plan.metrics.lagMs : now;
  const judged = await ports.evidence(plan, state, Math.min(now, ended), ports.signal);
  return { judged, notes: [] };
}
