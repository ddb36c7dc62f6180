import { foreign } from "../../src/base/foreign.ts";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { said } from "../../src/base/reasons/said.ts";
import { evidenceFrom } from "../../src/evidence/index.ts";
import type { InspectedRoute } from "../../src/inspection/inspected-route.ts";
import { preflightPort } from "../../src/inspection/preflight/index.ts";
import { readinessPort } from "../../src/inspection/version-lookup.ts";
import { sourceOver } from "../../src/metrics/prometheus/source.ts";
import type { MetricSource } from "../../src/ports/metric-source.ts";
import type { Ports } from "../../src/ports/run-ports.ts";
import { reconcile } from "../../src/reconcile/index.ts";
import type { Outcome } from "../../src/rollout/outcome.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import type { FaultWrapper, Instead } from "../../src/simulator/cluster/fault-injection.ts";
import { rehearsalCluster } from "../../src/simulator/cluster/in-memory-cluster.ts";
import { createStore, type Store, type Version } from "../../src/simulator/cluster/object-store.ts";
import { type Actor, createScheduler } from "../../src/simulator/engine/scheduler.ts";
import { type Stream, stream } from "../../src/simulator/engine/seeded-random.ts";
import { textOf } from "../../src/text/index.ts";
import { admissionsOf } from "./admissions.ts";
import { courseFrom } from "./behaviour/course.ts";
import { type Network, type Port, type PortCall, pairOf, pickerOf, portOf } from "./calls.ts";
import type { Seat, Wire } from "./loopback.ts";
import { type Answered, answered, rateAt, type Served, valueQuery } from "./metrics.ts";
import { atTheEnd } from "./oracle/at-the-end.ts";
import { createOracles, type Sender, type Violation } from "./oracle/oracles.ts";
import { isEnded, isRec, type Read, recordOf } from "./oracle/record.ts";
import { canaryShare } from "./oracle/route.ts";
import { instanceOf } from "./oracle/walk.ts";
import { born, type Life } from "./process-life.ts";
import { arms, orderOf, planOf } from "./run-requests.ts";
import { type CallFault, type Millis, metricFaults, type Scene, type SimRun, startMs, type Writer } from "./scene.ts";
import { owners, scriptedPreflight, scriptedReadiness } from "./scripted.ts";
import { busy, furnish, perform, route, setReady, virtualService } from "./shop.ts";

/** One scene, lived through in virtual time by the code that ships, under the eyes of the oracles. */

export type Report = {
  readonly violations: readonly Violation[];
  readonly marks: ReadonlySet<string>;
  readonly faults: readonly CallFault[];
  /** By name: what went wrong, at calls, for a while and by other hands. */
  readonly counts: ReadonlyMap<string, number>;
  readonly rollouts: number;
  readonly events: number;
  readonly hash: string;
  readonly trace: readonly string[];
  readonly final: Read;
  readonly route: KubeObject | undefined;
  readonly outcomes: readonly { readonly name: string; readonly outcome: Outcome | undefined }[];
  /** When which weights were written by whom: what a reporter must not be able to change. */
  readonly writes: readonly string[];
  readonly calls: ReadonlyMap<string, number>;
  /** What everybody did, turn by turn: what a change of the sources may not change by accident. */
  readonly course: readonly string[];
};

const mostDeaths = 8;
const afterDeathMs = 4_000;

/** With `untilMs` it is left there, unfinished: what stands on the route then is what a later run comes upon. */
export async function simulate(scene: Scene, keepTrace = false, untilMs?: Millis): Promise<Report> {
  // Most scenes need no wire, and their processes neither the servers nor the libraries behind it.
  const wire = scene.wires === "real" ? await (await import("./loopback.ts")).openWire() : undefined;
  const world = createWorld(scene, keepTrace, wire);
  for (const spec of scene.runs) world.at(spec.startMs, () => world.spawn(spec, 1, spec.name));
  return world.live(untilMs).finally(() => wire?.close());
}

type World = {
  at(ms: Millis, act: () => void): void;
  spawn(spec: SimRun, attempt: number, name: string): void;
  live(untilMs: Millis | undefined): Promise<Report>;
};

function createWorld(scene: Scene, keepTrace: boolean, wire: Wire | undefined): World {
  let events = 0;
  const ties = stream(scene.seed, "ties");
  const random = scene.weather === null ? undefined : () => ties.word();
  const scheduler = createScheduler({
    startMs,
    ...(random === undefined ? {} : { tieBreak: random }),
    ...(wire === undefined ? {} : { isBusy: wire.isBusy }),
    onEvent: () => {
      events += 1;
    },
  });
  const now = () => scheduler.now();
  const oracles = createOracles(scene, now);
  const counts = new Map<string, number>();
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  const faults: CallFault[] = [];
  const lives: { life: Life; actor: Actor }[] = [];
  const served: Served = [];
  const writes: { readonly at: Millis; readonly by: string; readonly operations: Sender["operations"] }[] = [];
  const older: KubeObject[] = [];
  const trace = tracer(keepTrace);
  const course = courseFrom(startMs);
  const shares = () => [canaryShare(store.object(route), "v2")];
  const pick = pickerOf(scene);
  let sender: Sender | undefined;
  let altered = false;
  let deaths = 0;
  let dateOffset = 0;

  const isOn = (kind: string, at = now()): boolean => {
    if (scene.spells.length === 0) return false;
    const since = at - startMs;
    return (
      since < scene.healMs && scene.spells.some((one) => one.kind === kind && since >= one.fromMs && since < one.toMs)
    );
  };
  const store: Store = createStore({
    seed: scene.seed,
    admissions: admissionsOf(isOn, (kind) => {
      count(kind);
      if (kind === "altering-webhook" || kind === "stripping-webhook") altered = true;
    }),
    onVersion: (version) => seen(version),
  });

  function seen(version: Version): void {
    if (version.resource.plural !== route.plural) return;
    const { before, after } = version;
    if (before !== undefined) older.push(before);
    served.push({ at: now(), weight: canaryShare(after, "v2") ?? 0 });
    trace.note(`${now()} version ${version.version} ${served.at(-1)?.weight} ${sender?.life.name ?? "-"}`);
    const change = { at: now(), version: version.version, before, after };
    if (sender === undefined) {
      oracles.foreign(change);
      return;
    }
    writes.push({ at: now() - startMs, by: sender.life.name, operations: sender.operations });
    if (scene.strips?.includes(writes.length) === true) {
      scheduler.at(now(), () => {
        if (perform(store, now(), "drop-record")) count("record stripped");
      });
    }
    oracles.ours(change, { ...sender, altered });
  }

  const network: Network = {
    scene,
    now,
    later: (ms, act) => void scheduler.at(now() + ms, act),
    isOn,
    crash: (life) => died(life),
    mark: (name) => oracles.mark(name),
    staleAnswer: (call, fresh) => stale(call, fresh, older),
    withoutDate: (fresh) => ({ ...fresh, time: undefined }),
    happened(fault, call) {
      faults.push(fault);
      count(fault.kind);
      count(pairOf(fault.kind, call.kind));
    },
    trace: (text) => trace.note(text),
  };

  function died(life: Life): void {
    const found = lives.find((one) => one.life === life);
    if (found === undefined || life.dead || found.actor.state !== "alive") return;
    life.dead = true;
    life.diedAt = now();
    found.actor.kill();
    oracles.mark("a run died");
    const { spec } = life;
    deaths += 1;
    if (deaths > mostDeaths || spec.afterDeath === "none") return;
    const [base] = life.name.split("+");
    const name = `${base}+${life.attempt}`;
    network.later(afterDeathMs, () => {
      if (spec.afterDeath === "post") return spawn(postOf(spec, life), life.attempt, `${name}post`);
      const next = { ...spec, killAtMs: null, signalAtMs: null };
      if (spec.afterDeath === "rerun") return spawn(next, life.attempt + 1, name);
      return spawn({ ...next, id: `${spec.id}f`, number: spec.number + 10 }, life.attempt + 1, name);
    });
  }

  function spawn(spec: SimRun, attempt: number, name: string): void {
    const plan = spec.plan === null ? undefined : scene.plans[spec.plan];
    const life = born(spec, attempt, name, plan, now());
    const controller = new AbortController();
    const options = { rate: spec.clockRate, offsetMs: spec.clockOffsetMs };
    const actor: Actor = scheduler.actor(
      name,
      async (clock) => {
        const port = portOf(network, life, clock, () => actor, pick);
        const ports = portsOf(life, clock, port, controller.signal);
        const outcome = await reconcile(
          ports,
          plan === undefined ? undefined : planOf(plan),
          orderOf(spec, life, scene),
        );
        life.outcome = outcome;
        course.ended(now(), name, outcome, shares());
        trace.note(
          `${now()} ${name} ends ${outcome.name} ${outcome.exitCode} ${keepTrace ? textOf(outcome.reason) : ""}`,
        );
        oracles.ended(life, outcome);
        const leftToPost = life.signalAt !== undefined && spec.afterDeath === "post" && spec.command === "run";
        if (leftToPost) network.later(afterDeathMs, () => spawn(postOf(spec, life), attempt, `${name}post`));
      },
      options,
    );
    lives.push({ life, actor });
    if (spec.signalAtMs !== null) {
      scheduler.at(startMs + spec.signalAtMs, () => {
        if (actor.state !== "alive") return;
        life.signalAt = now();
        count("signal");
        controller.abort();
      });
    }
    if (spec.killAtMs !== null) scheduler.at(startMs + spec.killAtMs, () => died(life));
  }

  function portsOf(
    life: Life,
    clock: Parameters<Parameters<typeof scheduler.actor>[1]>[0],
    port: Port,
    signal: AbortSignal,
  ): Ports {
    const skew = stream(scene.seed, `skew of ${life.name}`);
    const servers = scene.weather === null ? 0 : 1_000;
    const serverNow = () => now() + dateOffset + (servers === 0 ? 0 : Math.round((skew.unit() * 2 - 1) * servers));
    const date = (at: Millis) => (isOn("no-date") ? undefined : Math.floor(at / 1000) * 1000);
    const around: FaultWrapper = (call, effect, instead) => {
      if (call.kind !== "patch") return port(call, effect, instead);
      // What the writer had been told belongs to the patch, however late it lands.
      const turn = life.turn;
      const operations = call.operations as Sender["operations"];
      oracles.sent(life, operations, false);
      const asSender = () => {
        [sender, altered] = [{ life, turn, altered: false, operations }, false];
        try {
          return effect();
        } finally {
          [sender, altered] = [undefined, false];
        }
      };
      return port(call, asSender, instead);
    };
    const ask = asking(life, port, serverNow);
    const isDead = () => life.dead;
    const { cluster: raw, source } = wire?.join({
      name: life.name,
      isDead,
      clock,
      store,
      serverNow,
      date,
      around,
      ask,
    }) ?? {
      cluster: rehearsalCluster({ store, clock, serverNow, date, around }),
      source: read(ask),
    };
    const cluster: Ports["cluster"] = {
      ...raw,
      async read(resource, given) {
        const known = life.lastRecord?.record;
        const isGoing = life.signalAt !== undefined || (known !== undefined && life.goesBack === instanceOf(known));
        life.lastOf = isGoing && known !== undefined && !isEnded(known) ? instanceOf(known) : undefined;
        const result = await raw.read(resource, given);
        if (resource.plural === route.plural) {
          const found = result.kind === "found" ? result : undefined;
          oracles.opened(life, found?.object, found?.time?.dateMs);
        }
        return result;
      },
      async patch(resource, operations, options) {
        const guard = operations.find(({ path }) => path === "/metadata/resourceVersion")?.value;
        const result = await raw.patch(resource, operations, options);
        if (result.kind === "applied" && !options.dryRun) {
          life.lastKnown = recordOf(result.object);
          if (isRec(life.lastKnown)) life.lastRecord = { record: life.lastKnown, turn: life.turns };
          life.lastTryAt = undefined;
          if (result.object.metadata.resourceVersion !== guard) life.replaced.add(String(guard));
          life.wrote = true;
        }
        return result;
      },
    };
    const site: InspectedRoute = { cluster, driver: virtualservice, resource: route };
    const real = scene.surroundings === "real";
    const readiness = real ? readinessPort(site) : scriptedReadiness(port, isOn);
    return {
      cluster,
      driver: virtualservice,
      resource: route,
      route: "shop/virtualservice/reviews",
      clock,
      random: () => stream(scene.seed, `pace of ${life.name} ${life.turns}`).unit(),
      preflight: real ? preflightPort(site, [owners]) : scriptedPreflight(port, isOn),
      readiness: async (versions, options) => {
        const found = await readiness(versions, options);
        life.turn.readiness = { stable: found.stable, canary: found.canary };
        return found;
      },
      evidence: evidenceFrom(source, async () => arms, clock),
      hasEnded: async (who) =>
        !lives.some(
          ({ life: other, actor }) =>
            other.id === who.id &&
            other.attempt === who.attempt &&
            actor.state === "alive" &&
            other.command !== "sweep",
        ),
      announce: () => {},
      tell: (told) => {
        course.turned(now(), life.name, told, shares());
        oracles.turned(life);
        return lying(scene.reporters) as undefined;
      },
      signal,
    };
  }

  /** The question as it reaches the metric source, and what this says. */
  function asking(life: Life, port: Port, serverNow: () => Millis): Seat["ask"] {
    const unanswered = (because: string): Answered => ({
      measurement: {
        kind: "error",
        reason: reason("metric-source-error", { source: "Prometheus", says: foreign(because) }),
      },
      told: { query: valueQuery, points: [], error: true },
    });
    const instead: Instead<Answered> = {
      lost: ({ code }) => unanswered(code),
      answered: (code, message) => ({
        ...unanswered(`${code}: ${message}`),
        sent: { code, body: message, date: now() + dateOffset },
      }),
    };
    return async (question, from, to, signal) => {
      const call: PortCall = { kind: "evidence", resource: undefined, deadlineMs: 10_000, signal };
      const { turn } = life;
      const effect = () => {
        const fault = metricFaults.find((kind) => isOn(kind));
        if (fault !== undefined) count(fault);
        const rate = (at: Millis) => rateAt(scene.truth, served, at - dateOffset, startMs);
        const few = (at: Millis) => isOn("few-requests", at - dateOffset);
        return answered({ question, from, to, serverNow: now() + dateOffset, rate, fault, few });
      };
      const result = await port(call, effect, instead);
      if (life.turn === turn) oracles.told(life, { ...result.told, query: question.query }, serverNow());
      return result;
    };
  }

  /** What is written while no run lives is seen by none, so it is left out. */
  function beBusy({ work, leastMs, mostMs }: Writer, gaps: Stream): void {
    const endMs = startMs + scene.healMs + busyAfterHealMs;
    let times = 0;
    const next = () => {
      const at = now() + leastMs + gaps.below(mostMs - leastMs + 1);
      if (at < endMs) scheduler.at(at, write);
    };
    const write = () => {
      times += 1;
      if (lives.some(({ actor }) => actor.state === "alive") && busy(store, now(), work, times)) count(`busy: ${work}`);
      next();
    };
    next();
  }

  function close(): void {
    if (scene.surroundings === "real") setReady(store, now(), () => true);
    const newest = scene.runs.filter((spec) => spec.command === "run" && !spec.dryRun).at(-1);
    const horizon = horizonMs(scene);
    if (scene.closer === "run" && newest !== undefined) {
      const spec = { ...newest, id: "900", number: 900, until: null, turns: null, onlyContinues: false };
      spawn({ ...spec, afterDeath: "fresh", killAtMs: null, signalAtMs: null, clockRate: 1 }, 1, "closer");
    }
    const sweep = { ...plainSweep, id: "901", number: 901 };
    for (const [place, ms] of [60_000, 0.6 * horizon, horizon - 90_000].entries()) {
      if (scene.closer === "sweeps" || place === 2) network.later(ms, () => spawn(sweep, place + 1, `sweep${place}`));
    }
  }

  return {
    at: (ms, act) => void scheduler.at(startMs + ms, act),
    spawn,
    async live(untilMs) {
      if (scene.surroundings === "real") furnish(store, startMs);
      furnishRoute(store, scene);
      for (const edit of scene.edits) {
        scheduler.at(startMs + edit.atMs, () => {
          if (edit.kind === "date-step") dateOffset -= 1_000 * (5 + stream(scene.seed, "date").below(595));
          if (perform(store, now(), edit.kind)) count(edit.kind);
        });
      }
      for (const spell of scene.spells) {
        count(`spell: ${spell.kind}`);
        const side = spell.kind === "stable-empty" ? "v1" : spell.kind === "canary-empty" ? "v2" : undefined;
        if (scene.surroundings !== "real" || side === undefined) continue;
        scheduler.at(startMs + spell.fromMs, () => setReady(store, now(), (version) => version !== side));
        scheduler.at(startMs + spell.toMs, () => setReady(store, now(), () => true));
      }
      if (scene.writer !== undefined) beBusy(scene.writer, stream(scene.seed, "busy writer"));
      scheduler.at(startMs + scene.healMs, close);
      if (untilMs !== undefined) {
        await scheduler.run(startMs + untilMs);
        return reportOf();
      }
      // A run that waits for something outside virtual time stops the clock: nobody may wait for a reporter.
      const stuck = await scheduler.run(startMs + scene.healMs + horizonMs(scene)).catch((error: Error) => error);
      if (stuck instanceof Error) oracles.broken("I21", stuck.message);
      for (const violation of scheduler.violations) oracles.broken("R1", violation);
      atTheEnd(
        store.object(route),
        lives.map(({ life, actor }) => ({ life, state: actor.state, error: actor.error })),
        oracles,
      );
      return reportOf();
    },
  };

  function reportOf(): Report {
    const steps = oracles.steps;
    course.shown(now(), shares());
    return {
      violations: oracles.violations,
      marks: oracles.marks,
      faults,
      counts,
      rollouts: (steps.get("begin") ?? 0) + (steps.get("takeover") ?? 0),
      events,
      hash: trace.hash(),
      trace: trace.lines,
      final: recordOf(store.object(route)),
      route: store.object(route),
      outcomes: lives.map(({ life }) => ({ name: life.name, outcome: life.outcome })),
      get writes() {
        return writes.map(({ at, by, operations }) => `${at} ${by} ${JSON.stringify(operations.slice(1))}`);
      },
      calls: new Map(lives.map(({ life }) => [life.name, life.calls])),
      course: course.lines,
    };
  }
}

/** The answers as the reader that ships makes them out, without a wire in between. */
function read(ask: Seat["ask"]): MetricSource {
  const unasked = new AbortController().signal;
  return sourceOver(
    {
      measure: async (question, from, to, signal = unasked) => (await ask(question, from, to, signal)).measurement,
      close: () => {},
    },
    { lagMs: 0 },
  );
}

/** The route, with the record of the corpus on it where there is one: it is this object's from the beginning. */
function furnishRoute(store: Store, { route: shape, placed }: Scene): void {
  const fresh = virtualService(shape);
  const there = store.place(startMs, placed === undefined ? fresh : { ...fresh, spec: placed.spec });
  if (placed === undefined) return;
  const record = JSON.stringify({ ...(JSON.parse(placed.record) as object), uid: there.metadata.uid });
  store.edit(
    startMs,
    route,
    (draft) => {
      draft.metadata["annotations"] = { ...there.metadata.annotations, "sluice.dev/rollout": record };
    },
    "sluice",
  );
}

/** Beside a busy writer a raise may be refused for minutes: what is left to do then is done once that has ended its day. */
const busyAfterHealMs = 10 * 60_000;

/** What a healed world may take: the schedule with every wait at its longest, and a quarter of an hour. */
export function horizonMs(scene: Scene): Millis {
  const longest = Math.max(
    ...scene.plans.map((plan) =>
      plan.phases.reduce((sum, phase) => sum + plan.allowanceMs + plan.settleMs + phase.maxHoldMs, 0),
    ),
  );
  const turns = scene.runs.some((spec) => spec.turns !== null) ? 6 * 60 * 60_000 : 0;
  const steps = scene.edits.filter(({ kind }) => kind === "date-step").length * 600_000;
  // A record that was there from the beginning has a deadline of its own.
  const due =
    scene.placed === undefined ? 0 : Number((JSON.parse(scene.placed.record) as { deadline: number }).deadline);
  const left = Math.min(due - startMs - scene.healMs, 7 * 60 * 60_000);
  const busyMs = scene.writer === undefined ? 0 : busyAfterHealMs;
  return Math.max(longest + 15 * 60_000 + turns + steps, left + 5 * 60_000) + busyMs;
}

const plainSweep: SimRun = {
  name: "sweep",
  startMs: 0,
  command: "sweep",
  plan: null,
  id: "901",
  number: 901,
  until: null,
  turns: null,
  onlyContinues: false,
  dryRun: false,
  namesRollout: false,
  byHand: false,
  signalAtMs: null,
  killAtMs: null,
  afterDeath: "none",
  clockRate: 1,
  clockOffsetMs: 0,
};

/** The post step: a sweep of the rollout that main drove. */
function postOf(spec: SimRun, life: Life): SimRun {
  return { ...plainSweep, name: spec.name, id: life.id, number: spec.number, plan: spec.plan, namesRollout: true };
}

/** An answer from a server that lags behind: the object as it was some versions ago. */
function stale<Result>(call: PortCall, fresh: Result, older: readonly KubeObject[]): Result {
  const { answer } = fresh as { answer?: { code: number } };
  const old = older.at(-1);
  if (call.kind !== "read" || call.resource?.plural !== route.plural || answer?.code !== 200 || old === undefined)
    return fresh;
  return { ...fresh, answer: { ...answer, body: old } };
}

const noReport = new Error("no report");

/** What a reporter gives back that should give back nothing: whoever waits for it waits for ever, or fails. */
function lying(kind: Scene["reporters"]): unknown {
  if (kind === "hang") return new Promise(() => {});
  if (kind === "throw") {
    const failing = Promise.reject(noReport);
    // Who does not wait for it hears nothing of it.
    failing.catch(() => {});
    return failing;
  }
  return kind === "lie"
    ? { kind: "end", outcome: { name: "promoted", exitCode: 0, reason: said("so I say") } }
    : undefined;
}

function tracer(keep: boolean) {
  const lines: string[] = [];
  let [high, low] = [0x811c9dc5, 0x050c5d1f];
  return {
    lines,
    note(text: string) {
      if (keep) lines.push(text);
      for (let place = 0; place < text.length; place += 1) {
        const unit = text.charCodeAt(place);
        high = Math.imul(high ^ unit, 0x01000193);
        low = Math.imul(low ^ unit ^ (high >>> 15), 0x85ebca6b);
      }
    },
    hash: () => [high, low].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join(""),
  };
}
