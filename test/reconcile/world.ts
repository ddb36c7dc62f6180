import type { KubeObject } from "../../src/base/kube-object.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { evidenceFrom } from "../../src/evidence/index.ts";
import type { InspectedRoute } from "../../src/inspection/inspected-route.ts";
import { preflightPort } from "../../src/inspection/preflight/index.ts";
import { readinessPort } from "../../src/inspection/version-lookup.ts";
import type { Evidence, Judged, Ports, ProgressUpdate } from "../../src/ports/run-ports.ts";
import { reconcile } from "../../src/reconcile/index.ts";
import type { RunOptions } from "../../src/reconcile/run-context.ts";
import type { Outcome } from "../../src/rollout/outcome.ts";
import type { Plan } from "../../src/rollout/plan.ts";
import { recordAnnotation } from "../../src/rollout/record/annotations.ts";
import { decodeRecord } from "../../src/rollout/record/decode.ts";
import type { RunId, State } from "../../src/rollout/rollout-state.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import { type Admission, istioValidation } from "../../src/simulator/cluster/admission.ts";
import { type Fault, type FaultPoint, faulty } from "../../src/simulator/cluster/fault-injection.ts";
import { rehearsalCluster } from "../../src/simulator/cluster/in-memory-cluster.ts";
import { createStore, type ObjectDraft } from "../../src/simulator/cluster/object-store.ts";
import type { Rule } from "../../src/simulator/cluster/rbac.ts";
import { type Actor, createScheduler } from "../../src/simulator/engine/scheduler.ts";
import { noticeText, textOf } from "../../src/text/index.ts";
import { plan as samplePlan } from "../rollout/samples.ts";
import { furnish, virtualService as resource, shop } from "../servers/shop.ts";

/** The server's date when virtual time is 0. */
export const epoch = 1_700_000_000_000;

export type Started = {
  /** Undefined while it runs. */
  readonly outcome: Outcome | undefined;
  readonly endedAt: number | undefined;
  readonly tellings: readonly ProgressUpdate[];
  readonly calls: readonly (FaultPoint & { readonly at: number })[];
  readonly announced: readonly State[];
  cancel(): void;
  kill(): void;
};

export type Start = Partial<RunOptions> & {
  readonly at?: number;
  readonly plan?: Plan | undefined;
  readonly evidence?: Evidence;
  /** What goes wrong with the call of this number, counted from 0. */
  readonly pick?: (call: FaultPoint, index: number, self: Started) => Fault | undefined;
  readonly rights?: readonly Rule[];
  readonly date?: (serverNow: number) => number | undefined;
  readonly hasEnded?: (run: RunId) => Promise<boolean>;
  readonly ports?: Partial<Ports>;
};

type Scene = {
  readonly objects?: readonly KubeObject[];
  readonly admissions?: readonly Admission[];
  /** How long a request is under way, there and back each. */
  readonly latencyMs?: number;
};

export const verdicts: Readonly<Record<Judged["kind"], Judged>> = {
  pass: { kind: "pass", reason: reason("passed-unmeasured", {}), checks: [] },
  fail: {
    kind: "fail",
    reason: reason("combined-evidence", { metric: "errors", logE: 6, alpha: 0.01 }),
    checks: [],
    culprit: null,
  },
  inconclusive: {
    kind: "inconclusive",
    reason: reason("too-little-per-half", { need: 50, first: 3, second: 0 }),
    lacking: "traffic",
    checks: [],
  },
};

export const judged =
  (kind: Judged["kind"]): Evidence =>
  async () =>
    verdicts[kind];

/** What the sentences of others say in an outcome's reason. */
export const wordsOf = ({ outcome }: { readonly outcome: Outcome | undefined }): string =>
  outcome === undefined ? "" : textOf(outcome.reason);

/** The notes of the last telling, as people read them. */
export const notesOf = ({ tellings }: Started): string =>
  (tellings.at(-1)?.notes ?? []).map((note) => noticeText(note)).join("\n");

/** One route, one API server and any number of runs, in virtual time. */
export function world({ objects = shop(), admissions = [istioValidation], latencyMs = 20 }: Scene = {}) {
  const scheduler = createScheduler();
  const serverNow = () => epoch + scheduler.now();
  const store = furnish(createStore({ seed: 1, admissions }), epoch, objects);
  const before = store.history.length;
  let born = 0;

  function start({
    at = 0,
    plan = samplePlan(),
    evidence,
    pick,
    rights,
    date,
    hasEnded,
    ports,
    ...order
  }: Start = {}): Started {
    born += 1;
    const me: RunId = { id: `${born}`, attempt: 1 };
    const cancel = new AbortController();
    const started: { -readonly [Key in keyof Started]: Started[Key] } & { actor?: Actor } = {
      outcome: undefined,
      endedAt: undefined,
      tellings: [],
      calls: [],
      announced: [],
      cancel: () => cancel.abort(),
      kill: () => started.actor?.kill(),
    };
    scheduler.at(at, () => {
      started.actor = scheduler.actor(`run ${me.id}`, async (clock) => {
        const around = faulty({
          clock,
          latencyMs,
          pick: (call, index) => {
            (started.calls as (FaultPoint & { at: number })[]).push({ ...call, at: scheduler.now() });
            return pick?.(call, index, started) ?? { kind: "none" };
          },
          crash: () => started.actor?.kill(),
          later: (ms, act) => scheduler.at(scheduler.now() + ms, act),
        });
        const cluster = rehearsalCluster({
          store,
          clock,
          serverNow,
          around,
          ...(rights === undefined ? {} : { rights }),
          ...(date === undefined ? {} : { date }),
        });
        const site: InspectedRoute = { cluster, driver: virtualservice, resource };
        const outcome = await reconcile(
          {
            cluster,
            driver: virtualservice,
            resource,
            route: "shop/virtualservice/reviews",
            clock,
            random: () => 0.5,
            preflight: preflightPort(site, []),
            readiness: readinessPort(site),
            evidence: evidence ?? evidenceFrom(undefined, () => Promise.reject(new Error("nothing is measured"))),
            hasEnded: hasEnded ?? (async () => false),
            announce: (state) => (started.announced as State[]).push(state),
            tell: (telling) => (started.tellings as ProgressUpdate[]).push(telling),
            signal: cancel.signal,
            ...ports,
          },
          plan,
          {
            command: "run",
            me,
            repository: "owner/shop",
            pullRequest: null,
            revision: plan?.revision ?? "",
            revisionGiven: false,
            byHand: true,
            onlyContinues: order.turns !== undefined,
            dryRun: false,
            ...order,
          },
        );
        started.outcome = outcome;
        started.endedAt = scheduler.now();
        return outcome;
      });
    });
    return started;
  }

  return {
    store,
    scheduler,
    start,
    /** Goes on until that time, or until nothing is left to happen. */
    async pass(untilMs?: number) {
      await scheduler.run(untilMs);
      for (const actor of scheduler.actors) if (actor.state === "failed") throw actor.error;
      if (scheduler.violations.length > 0) throw new Error(scheduler.violations.join("; "));
    },
    /** Somebody else changes the route. */
    edit: (at: number, change: (draft: ObjectDraft) => void, by = "kubectl-edit") =>
      scheduler.at(at, () => void store.edit(serverNow(), resource, change, by)),
    /** Another program writes to the route again and again, and never to its weights. */
    busy(fromMs: number, everyMs: number, untilMs: number): void {
      for (let at = fromMs; at < untilMs; at += everyMs) {
        scheduler.at(at, () => void store.edit(serverNow(), resource, (draft) => touched(draft, at), "busy"));
      }
    },
    object: () => store.object(resource),
    record: () => recordOn(store.object(resource)),
    weights: () => weightsOn(store.object(resource)),
    /** Every version of the route that was written since the scene was set. */
    steps: () =>
      store.history
        .slice(before)
        .flatMap(({ after: object }) => (object?.kind === "VirtualService" ? [stepOf(object)] : [])),
  };
}

export type World = ReturnType<typeof world>;

export function recordOn(object: KubeObject | undefined): State | undefined {
  const text = object?.metadata.annotations?.[recordAnnotation];
  const decoded = text === undefined ? undefined : decodeRecord(text);
  return decoded?.kind === "state" ? decoded.state : undefined;
}

type Weighted = { readonly http: readonly { readonly route: readonly { readonly weight?: number }[] }[] };
export const weightsOn = (object: KubeObject | undefined): readonly number[] =>
  (object?.spec as Weighted | undefined)?.http[0]?.route.map(({ weight }) => weight ?? 0) ?? [];

/** A version of the route in a few words, as `20 progressing 2`. */
function stepOf(object: KubeObject): string {
  const state = recordOn(object);
  return `${weightsOn(object)[1]} ${state === undefined ? "without a record" : `${state.status} ${state.phase}`}`;
}

export const setWeights = (stable: number, canary: number) => (draft: ObjectDraft) => {
  const [rule] = (draft.spec as unknown as { http: { route: { weight: number }[] }[] }).http;
  for (const [index, weight] of [stable, canary].entries()) {
    const entry = rule?.route[index];
    if (entry !== undefined) entry.weight = weight;
  }
};

const touched = (draft: ObjectDraft, at: number) => {
  draft.metadata["labels"] = { ...(draft.metadata["labels"] as object | undefined), touched: `${at}` };
};

export const dropRecord = (draft: ObjectDraft) => {
  const annotations = { ...(draft.metadata["annotations"] as Record<string, string>) };
  delete annotations[recordAnnotation];
  draft.metadata["annotations"] = annotations;
};

/** Calls about the route itself: reads and real patches. */
export const routeCalls = ({ calls }: Started, kind: "read" | "patch" | "dry-run") =>
  calls.filter((call) => call.kind === kind && call.resource?.plural === resource.plural);
