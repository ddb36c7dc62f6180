import type { RouteRef } from "../base/kube-object.ts";
import type { Problem } from "../base/problem.ts";
import type { Reason } from "../base/reasons/index.ts";
import { saidNotice } from "../base/reasons/said.ts";
import { findPullRequest } from "../github/find-pull-request.ts";
import { gitHub } from "../github/rest-client.ts";
import { runEnded } from "../github/workflow-run-ended.ts";
import { boundedFetch } from "../network/bounded-fetch.ts";
import { scrubber } from "../network/redact.ts";
import type { GitHub } from "../ports/github.ts";
import type { Progress } from "../ports/reporter.ts";
import type { Ports, ProgressUpdate } from "../ports/run-ports.ts";
import { reconcile } from "../reconcile/index.ts";
import type { RunOptions } from "../reconcile/run-context.ts";
import { openDispatcher, type ReporterDispatcher } from "../reports/dispatcher.ts";
import { makeReporters, type ReporterName } from "../reports/index.ts";
import type { ReporterContext } from "../reports/reporter-context.ts";
import { problemsIn, reasonLine, refusalOf } from "../reports/told-reason.ts";
import type { Outcome } from "../rollout/outcome.ts";
import type { Plan } from "../rollout/plan.ts";
import type { RunId, State } from "../rollout/rollout-state.ts";
import { sameRun } from "../rollout/run-request.ts";
import { chooseAdapters } from "./assemble-ports.ts";
import { type PageOutput, pageOutput } from "./page-output.ts";
import type { PreparedRun } from "./prepare-run.ts";
import { inAction, type ProcessContext } from "./process-context.ts";

export type Ended = { readonly outcome: Outcome; readonly progress: Progress };

/** What main and post ask for differently. */
type Errand = {
  /** A status that is looked at again and again. */
  readonly watches?: true;
  readonly command: RunOptions["command"];
  readonly rollout?: string;
  /** A run that is known to have ended: post knows it of its own main. */
  readonly endedRun?: RunId;
  /** Told before the first write, so that whoever comes after a crash knows what to look for. */
  readonly onRollout?: (state: State) => void;
};

const lookupLimitMs = 5_000;

/** Carries out one command against the cluster, and tells about it. */
export async function executeCommand(host: ProcessContext, prepared: PreparedRun, errand: Errand): Promise<Ended> {
  const secrets = new Set(prepared.secrets);
  let scrub = scrubber([...secrets]);
  const learn = (more: readonly string[]) => {
    for (const secret of more) {
      secrets.add(secret);
      host.mask(secret);
    }
    scrub = scrubber([...secrets]);
  };
  const wire = boundedFetch({ env: host.env, clock: host.clock });
  const github = connect(host, prepared, wire.fetch as never);
  const tell = (why: Reason) => host.write(scrub(reasonLine(why)));
  const pullRequest = await withinLimit(
    host,
    findPullRequest(github, host.circumstances, prepared.inputs.pullRequest, tell),
  );
  // After a crash or a cancellation nobody is left to take a page along.
  const page = errand.endedRun === undefined ? pageOutput(host) : undefined;
  const office = open(host, prepared, github, pullRequest, (text) => scrub(text), page);
  const teller = tellerOf(host, prepared, errand, office, page);
  const staging = await chooseAdapters(host, prepared, learn, (state) => errand.onRollout?.(state));
  if (staging.kind === "refused") {
    const { code, reason } = staging;
    const outcome: Outcome = { name: "refused", exitCode: 2, code, reason };
    teller.tell({
      at: undefined,
      state: undefined,
      kind: "finish",
      reason: outcome.reason,
      warnings: [],
      outcome,
    });
    return teller.end(outcome, wire.close);
  }
  const { stage } = staging;
  const { driver, resource } = stage.ports;
  teller.movesOn({ kind: driver.kind, namespace: resource.namespace, name: resource.name });
  const hasEnded = async (who: RunId) => {
    if (errand.endedRun !== undefined && sameRun(errand.endedRun, who)) return true;
    return (await runEnded(github, host.circumstances, who, tell)) === "ended";
  };
  const order = orderOf(host, prepared, errand, pullRequest ?? null);
  const ports = { ...stage.ports, hasEnded, tell: teller.tell };
  const { plan } = prepared.inputs;
  const outcome = errand.watches === true ? await watched(ports, plan, order) : await reconcile(ports, plan, order);
  stage.close();
  return teller.end(outcome, wire.close);
}

/** Whoever watches is interrupted between two looks: neither of them is a command that could be cancelled. */
async function watched(ports: Ports, plan: Plan | undefined, order: RunOptions): Promise<Outcome> {
  const { watchStatus } = await import("./watch-status.ts");
  const { signal } = new AbortController();
  return watchStatus(ports, plan, (tell) => reconcile({ ...ports, signal, tell }, plan, order));
}

function connect(host: ProcessContext, { inputs }: PreparedRun, fetch: never): GitHub | undefined {
  const { githubToken } = inputs;
  const { apiUrl, graphqlUrl } = host.circumstances;
  if (githubToken === undefined || host.circumstances.repository === undefined) return undefined;
  return gitHub({
    token: githubToken,
    apiUrl,
    ...(graphqlUrl === undefined ? {} : { graphqlUrl }),
    clock: host.clock,
    fetch,
  });
}

/** GitHub may be slow or gone: the rollout does not wait for it. */
async function withinLimit<T>(host: ProcessContext, work: Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  const late = host.clock.sleep(lookupLimitMs, over.signal).then(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}

function open(
  host: ProcessContext,
  { inputs }: PreparedRun,
  github: GitHub | undefined,
  pullRequest: number | undefined,
  scrub: (text: string) => string,
  page: PageOutput | undefined,
): ReporterDispatcher {
  const { repository, revision } = host.circumstances;
  const names: readonly ReporterName[] = inAction(host)
    ? ["log", "annotations", "summary", "pull-request", "deployment", "page"]
    : ["terminal", "json", "page"];
  const means: ReporterContext = {
    clock: host.clock,
    write: host.write,
    inAction: inAction(host),
    scrub,
    ...(host.terminal === undefined ? {} : { terminal: host.terminal }),
    ...(host.writeTurn === undefined ? {} : { writeTurn: host.writeTurn }),
    ...(page === undefined ? {} : { writePage: page.write }),
    ...(host.appendSummary === undefined ? {} : { appendSummary: host.appendSummary }),
    ...(github === undefined ? {} : { github }),
    ...(repository === undefined ? {} : { repository }),
    ...(pullRequest === undefined ? {} : { pullRequest }),
    ...(inputs.environment === undefined ? {} : { environment: inputs.environment }),
    ...(revision === undefined ? {} : { commit: revision }),
  };
  return openDispatcher(makeReporters(names, means), { clock: host.clock, log: (line) => host.write(scrub(line)) });
}

/** After a signal only what needs no network is told; comment and deployment are left to post. */
const quickReporters = ["log", "terminal", "json", "annotations", "summary"];
const quickLimitMs = 500;

function tellerOf(
  host: ProcessContext,
  prepared: PreparedRun,
  errand: Errand,
  office: ReporterDispatcher,
  page: PageOutput | undefined,
) {
  const { inputs } = prepared;
  let [moved, ...along] = inputs.routes;
  // The record knows what moves with the first route, though this run may have named only that one.
  const routesOf = (record: State | undefined): readonly RouteRef[] =>
    moved === undefined ? [] : [moved, ...(record?.followers ?? along)];
  let last: Progress | undefined;
  let state: State | undefined;
  return {
    /** The object that is moved is another than was named: what is told, and the commands in it, are about that one. */
    movesOn(delegate: RouteRef) {
      moved = delegate;
    },
    tell(telling: ProgressUpdate) {
      const { findings, ...rest } = telling;
      state = telling.state ?? state;
      const warnings = [...prepared.warnings.map((warning) => saidNotice(warning)), ...telling.warnings];
      const progress: Progress = {
        ...rest,
        ...problemsIn(findings),
        warnings,
        command: errand.command,
        routes: routesOf(telling.state),
        plan: inputs.plan,
        links: host.circumstances.links,
        ...(errand.endedRun === undefined ? {} : { isAfterMain: true }),
      };
      last = progress;
      if (progress.outcome === undefined) office.tell(progress);
    },
    async end(outcome: Outcome, close: () => void): Promise<Ended> {
      const progress =
        last ??
        ({
          at: undefined,
          command: errand.command,
          routes: routesOf(undefined),
          plan: inputs.plan,
          state: undefined,
          kind: "finish",
          reason: outcome.reason,
          warnings: [],
          links: {},
        } as const);
      const inHurry = host.signal.aborted ? { only: quickReporters, limitMs: quickLimitMs } : undefined;
      const report = inHurry === undefined && state !== undefined ? page?.placeFor(state) : undefined;
      const place = report === undefined ? {} : { report };
      const told = await office.finish({ ...progress, outcome, ...problemsOf(progress, outcome), ...place }, inHurry);
      close();
      const { report: planned, ...rest } = told;
      return { outcome, progress: planned !== undefined && page?.isWritten() === true ? told : rest };
    },
  };
}

/** Whatever refuses a run is told as a problem, in one way. */
function problemsOf({ problems }: Progress, outcome: Outcome): { readonly problems?: readonly Problem[] } {
  return problems === undefined ? refusalOf(outcome) : {};
}

function orderOf(
  host: ProcessContext,
  { inputs }: PreparedRun,
  errand: Errand,
  pullRequest: number | null,
): RunOptions {
  const { circumstances } = host;
  const { repository, event, run: me } = circumstances;
  const rollout = errand.rollout ?? inputs.rollout;
  return {
    command: errand.command,
    ...(inputs.until === undefined ? {} : { until: inputs.until }),
    ...(inputs.turns === undefined ? {} : { turns: inputs.turns }),
    ...(rollout === undefined ? {} : { rollout }),
    me,
    repository: repository === undefined ? "" : `${repository.owner}/${repository.name}`,
    pullRequest,
    revision: inputs.revision ?? "",
    revisionGiven: inputs.revisionGiven,
    byHand: !inAction(host) || event === "workflow_dispatch",
    onlyContinues: inputs.turns !== undefined || event === "schedule",
    dryRun: inputs.dryRun,
  };
}
