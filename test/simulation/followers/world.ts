import type { KubeObject } from "../../../src/base/kube-object.ts";
import { reason } from "../../../src/base/reasons/index.ts";
import type { RouteAdapter } from "../../../src/ports/route-adapter.ts";
import type { Evidence, Ports, RoutePorts } from "../../../src/ports/run-ports.ts";
import { reconcile } from "../../../src/reconcile/index.ts";
import type { RunOptions } from "../../../src/reconcile/run-context.ts";
import type { Command } from "../../../src/rollout/command-names.ts";
import type { Outcome } from "../../../src/rollout/outcome.ts";
import type { Plan } from "../../../src/rollout/plan.ts";
import { drivers } from "../../../src/routes/index.ts";
import type { FaultPoint, Instead } from "../../../src/simulator/cluster/fault-injection.ts";
import { rehearsalCluster } from "../../../src/simulator/cluster/in-memory-cluster.ts";
import { createStore, type Version } from "../../../src/simulator/cluster/object-store.ts";
import { type Actor, createScheduler } from "../../../src/simulator/engine/scheduler.ts";
import { stream } from "../../../src/simulator/engine/seeded-random.ts";
import { courseFrom } from "../behaviour/course.ts";
import { recordOf, shareOf, watch } from "./oracle.ts";
import { kindOf, objectOf, type RouteName, resources } from "./routes.ts";

/** A day of routes that move together: the real loop, core, record and lenses in virtual time, on a cluster in memory. */

export const faultKinds = ["request-lost", "answer-lost", "crash-before", "crash-after", "late", "freeze"] as const;
export type FaultKind = (typeof faultKinds)[number];
export type Fault = { readonly run: string; readonly call: number; readonly kind: FaultKind };

export type TogetherRun = {
  readonly name: string;
  readonly startMs: number;
  readonly command: Command;
  readonly rollout: string;
  /** What its inputs name; the first holds the record. */
  readonly routes: readonly RouteName[];
  readonly signalAtMs?: number;
  readonly afterDeath: "fresh" | "post" | "none";
};

export type TogetherScene = {
  readonly seed: number;
  /** Rollouts that name each other's routes in another order are judged by how they end. */
  readonly runs: readonly TogetherRun[];
  /** When the canary turns bad; never where it is good. */
  readonly badAtMs: number | null;
  readonly faults: readonly Fault[];
  /** How often a call goes wrong, drawn from the seed. */
  readonly rate: number;
  /** A route whose patches and reads are refused for a while. */
  readonly silence?: { readonly route: RouteName; readonly fromMs: number; readonly toMs: number };
  readonly deleted?: { readonly route: RouteName; readonly atMs: number; readonly again: boolean };
  readonly moved?: { readonly route: RouteName; readonly atMs: number };
  /** When the record is removed from the first route. */
  readonly recordGoneAtMs?: number;
};

export type TogetherReport = {
  readonly violations: readonly string[];
  readonly shares: Readonly<Record<string, number>>;
  readonly status: string | undefined;
  readonly outcomes: readonly { readonly run: string; readonly outcome: Outcome | undefined }[];
  readonly calls: ReadonlyMap<string, number>;
  readonly writes: readonly string[];
  readonly final: ReadonlyMap<RouteName, KubeObject | undefined>;
  /** What everybody did, turn by turn. */
  readonly course: readonly string[];
};

export const startMs = 1_800_000_000_000;
export const healMs = 150_000;
const latencyMs = 20;
const holdMs = 10_000;
const freezeMs = 70_000;
const lateMs = 9_000;
const afterDeathMs = 4_000;

export function planOf(rollout: string, routes: readonly RouteName[]): Plan {
  return {
    rollout,
    digest: rollout,
    revision: rollout,
    target: {
      routes: routes.map((name) => ({ kind: kindOf(name), namespace: resources[name].namespace, name })),
      stable: "web-v1.shop.svc.cluster.local",
      canary: "web-v2.shop.svc.cluster.local",
      rules: [],
      startWeight: 0,
    },
    phases: [20, 50, 100].map((weight) => ({ weight, holdMs, maxHoldMs: 4 * holdMs, thenPause: false })),
    checks: [],
    compare: "off",
    policy: { settleMs: 0, allowanceMs: 2_000, onInconclusive: "rollback", onCancel: "rollback" },
  };
}

export async function simulateTogether(scene: TogetherScene): Promise<TogetherReport> {
  const scheduler = createScheduler({ startMs });
  const now = () => scheduler.now();
  const names = Object.keys(resources) as RouteName[];
  const nameOf = (namespace: string | undefined, name: string | undefined) =>
    names.find((one) => resources[one].namespace === namespace && resources[one].name === name);
  let sender: { run: string; operations: never; command: string } | undefined;
  const writes: string[] = [];
  const course = courseFrom(startMs);
  const shares = () => names.map((name) => (object(name) === undefined ? undefined : shareOf(object(name))));
  const store = createStore({ seed: 1, onVersion: (version) => seen(version) });
  const object = (name: RouteName) => store.object(resources[name]);
  const groups = [...new Map(scene.runs.map(({ routes }) => [routes[0], routes])).values()].map(
    ([first = "web", ...rest]) => {
      const all = scene.runs.filter(({ routes }) => routes[0] === first).flatMap(({ routes }) => routes.slice(1));
      return { first, followers: [...new Set([...rest, ...all])] };
    },
  );
  const oracle = watch({
    now,
    object,
    groups: groups.length > 1 ? [] : groups,
    holdMs: mayBeLate(scene) ? 0 : holdMs,
    mayLoseRecord: scene.recordGoneAtMs !== undefined,
  });

  function seen({ before, after }: Version): void {
    const { metadata } = after ?? before ?? { metadata: { name: "" } };
    const route = nameOf(metadata.namespace, metadata.name);
    if (route === undefined) return;
    if (sender !== undefined) writes.push(`${now() - startMs} ${sender.run} ${route} ${shareOf(after)}`);
    oracle.changed({ at: now(), route, before, after, ...(sender === undefined ? {} : { ours: sender }) });
  }

  for (const name of names) store.place(startMs - 3_600_000, objectOf(name), "kubectl");
  const { silence, deleted, moved, recordGoneAtMs } = scene;
  if (recordGoneAtMs !== undefined) {
    scheduler.at(startMs + recordGoneAtMs, () => {
      const strip = (draft: { metadata: Record<string, unknown> }) => {
        const { "sluice.dev/rollout": _, ...others } = draft.metadata["annotations"] as Record<string, string>;
        draft.metadata["annotations"] = others;
      };
      store.edit(now(), resources[scene.runs[0]?.routes[0] ?? "web"], strip, "kubectl-annotate");
    });
  }
  if (deleted !== undefined) {
    scheduler.at(startMs + deleted.atMs, () => {
      store.remove(now(), resources[deleted.route]);
      if (deleted.again) store.place(now(), objectOf(deleted.route), "kubectl");
    });
  }
  if (moved !== undefined) {
    scheduler.at(startMs + moved.atMs, () => {
      const bump = (draft: unknown) => {
        const { spec } = draft as { spec: { http?: { route: { weight: number }[] }[] } };
        const [stable, canary] = spec.http?.[0]?.route ?? [];
        if (stable !== undefined && canary !== undefined) [stable.weight, canary.weight] = [33, 67];
      };
      store.edit(now(), resources[moved.route], bump, "kubectl-edit");
    });
  }

  const calls = new Map<string, number>();
  const outcomes: { run: string; outcome: Outcome | undefined }[] = [];
  const evidence: Evidence = async () => {
    const bad = scene.badAtMs !== null && now() - startMs >= scene.badAtMs;
    return bad
      ? {
          kind: "fail",
          reason: reason("combined-evidence", { metric: "errors", logE: 6, alpha: 0.01 }),
          checks: [],
          culprit: null,
        }
      : { kind: "pass", reason: reason("passed-unmeasured", {}), checks: [] };
  };

  function faultOf(name: string, index: number, draws: ReturnType<typeof stream>): FaultKind | undefined {
    const fixed = scene.faults.find((fault) => fault.run === name && fault.call === index);
    if (fixed !== undefined || now() - startMs >= healMs) return fixed?.kind;
    draws.seek(index);
    if (scene.rate === 0 || draws.unit() >= scene.rate) return undefined;
    return faultKinds[Math.floor(draws.unit() * faultKinds.length)];
  }

  function spawn(spec: TogetherRun, name: string, attempt: number): void {
    const cancel = new AbortController();
    const draws = stream(scene.seed, `together: faults of ${name}`);
    let signalled = false;
    const actor: Actor = scheduler.actor(name, async (clock) => {
      let diedAt: number | undefined;
      const die = () => {
        diedAt = now();
        actor.kill();
        if (spec.afterDeath === "none" || attempt > 6) return;
        const next = spec.afterDeath === "post" ? { ...spec, command: "sweep" as const } : spec;
        const { signalAtMs: _, ...again } = next;
        scheduler.at(now() + afterDeathMs, () => spawn({ ...again, afterDeath: "fresh" }, `${name}+`, attempt + 1));
      };
      const around = async <Result>(
        call: FaultPoint,
        effect: () => Result,
        instead: Instead<Result>,
      ): Promise<Result> => {
        // What is asked beside the fatal call dies with it, in the same instant.
        if (diedAt === now()) return new Promise(() => {});
        const index = calls.get(name) ?? 0;
        calls.set(name, index + 1);
        const kind = faultOf(name, index, draws);
        const route = nameOf(call.resource?.namespace, call.resource?.name);
        const since = now() - startMs;
        const silent =
          silence !== undefined && route === silence.route && since >= silence.fromMs && since < silence.toMs;
        const lost = () => {
          if (route !== undefined) oracle.failedHome(route);
          return instead.lost(reason("network-reset", { errno: "ECONNRESET" }));
        };
        const act = () => {
          if (call.kind === "patch")
            sender = { run: name, operations: call.operations as never, command: spec.command };
          try {
            return effect();
          } finally {
            sender = undefined;
          }
        };
        if (silent) {
          if (route !== undefined) oracle.failedHome(route);
          await clock.sleep(latencyMs);
          return instead.answered(403, "forbidden: the right was revoked");
        }
        switch (kind) {
          case undefined:
            break;
          case "request-lost":
            await clock.sleep(latencyMs, call.signal);
            return lost();
          case "answer-lost":
            await clock.sleep(latencyMs);
            act();
            return lost();
          case "crash-before":
            die();
            return new Promise(() => {});
          case "crash-after":
            await clock.sleep(latencyMs);
            act();
            die();
            return new Promise(() => {});
          case "late":
            if (call.kind === "patch") scheduler.at(now() + lateMs, act);
            await clock.sleep(latencyMs);
            return lost();
          case "freeze":
            actor.freeze(now() + freezeMs);
            await clock.sleep(latencyMs);
            return act();
        }
        await clock.sleep(latencyMs, call.signal);
        const isCut = () => call.signal?.aborted === true;
        const cutOff = reason("network-cancelled", {});
        if (isCut()) return instead.lost(cutOff);
        const result = act();
        await clock.sleep(latencyMs, call.signal);
        return isCut() ? instead.lost(cutOff) : result;
      };
      const cluster = rehearsalCluster({ store, clock, serverNow: now, around });
      const plan = planOf(spec.rollout, spec.routes);
      const [first = "web"] = spec.routes;
      const ports: Ports = {
        ...routePorts(first),
        cluster,
        reach: async ({ namespace, name: called }) => {
          const found = nameOf(namespace, called);
          return found === undefined
            ? { kind: "failed", reason: reason("not-there", { object: called }), denied: false }
            : { kind: "reached", ports: routePorts(found) };
        },
        clock,
        random: () => 0.5,
        evidence,
        hasEnded: async (who) =>
          !scheduler.actors.some(
            (one) => one.state === "alive" && one.name === who.id && !one.name.startsWith("sweep"),
          ),
        announce: () => {},
        tell: (told) => course.turned(now(), name, told, shares()),
        signal: cancel.signal,
      };
      const order: RunOptions = {
        command: spec.command,
        me: { id: name, attempt: 1 },
        repository: "shop/web",
        pullRequest: null,
        revision: spec.rollout,
        revisionGiven: false,
        byHand: true,
        onlyContinues: false,
        dryRun: false,
      };
      const needsPlan = spec.command !== "sweep" && spec.command !== "rollback";
      const outcome = await reconcile(ports, needsPlan ? plan : undefined, order);
      outcomes.push({ run: name, outcome });
      course.ended(now(), name, outcome, shares());
      if (signalled && spec.afterDeath === "post")
        scheduler.at(now() + afterDeathMs, () => spawn({ ...withoutSignal(spec), command: "sweep" }, `${name}post`, 9));
      return outcome;
    });
    if (spec.signalAtMs !== undefined) {
      scheduler.at(startMs + spec.signalAtMs, () => {
        if (actor.state !== "alive") return;
        signalled = true;
        const at = now();
        cancel.abort();
        const froze = scene.faults.some(({ run, kind }) => run === name && kind === "freeze");
        // A machine that stands still over the signal wakes with no time left: then the first route alone goes home.
        if (froze) for (const route of names) for (let time = 0; time < 3; time += 1) oracle.failedHome(route);
        scheduler.at(at + 7_001, () => {
          if (actor.state === "alive" && !froze && scene.rate === 0)
            oracle.violations.push(`${name} lives 7 s after the signal`);
        });
      });
    }
  }

  for (const spec of scene.runs) scheduler.at(startMs + spec.startMs, () => spawn(spec, spec.name, 1));
  const [main] = scene.runs;
  for (const [place, ms] of [60_000, 400_000, 800_000].entries()) {
    for (const first of new Set(scene.runs.map(({ routes }) => routes[0] ?? "web"))) {
      const sweep: TogetherRun = {
        name: `sweep${place}${first}`,
        startMs: 0,
        command: "sweep",
        rollout: main?.rollout ?? "",
        // A sweeper is told of the first route alone: the record names the others.
        routes: [first],
        afterDeath: "none",
      };
      scheduler.at(startMs + healMs + ms, () => spawn(sweep, sweep.name, 9));
    }
  }
  await scheduler.run(startMs + healMs + 1_800_000);
  for (const actor of scheduler.actors) {
    if (actor.state === "failed")
      oracle.violations.push(`${actor.name} failed: ${String((actor.error as Error).stack)}`);
    if (actor.state === "alive") oracle.violations.push(`${actor.name} never ends`);
  }
  oracle.violations.push(...scheduler.violations);
  course.shown(now(), shares());
  return {
    violations: oracle.violations,
    shares: Object.fromEntries(names.map((name) => [name, shareOf(object(name))])),
    status: recordOf(object(main?.routes[0] ?? "web"))?.status,
    outcomes,
    calls,
    writes,
    course: course.lines,
    final: new Map(names.map((name) => [name, object(name)])),
  };
}

/** A write that lands later than the allowance ends a phase of which less was watched: then the record alone counts. */
const mayBeLate = ({ faults, rate }: TogetherScene): boolean =>
  rate > 0 || faults.some(({ kind }) => kind === "late" || kind === "freeze");

function withoutSignal({ signalAtMs: _, ...spec }: TogetherRun): TogetherRun {
  return spec;
}

/** Readiness and preflight are answered without a call here: what they ask of the cluster has tests of its own. */
function routePorts(name: RouteName): RoutePorts {
  const resource = resources[name];
  // Whether a Gateway has accepted the route is written by a controller, and there is none here.
  const { acceptance: _, ...driver }: RouteAdapter = drivers[kindOf(name)];
  return {
    driver,
    resource,
    route: `${resource.namespace}/${kindOf(name)}/${name}`,
    preflight: async () => ({ findings: [], notices: [] }),
    readiness: async () => ({ stable: "ready", canary: "ready", reasons: [] }),
  };
}
