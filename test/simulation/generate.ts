import { type Stream, stream } from "../../src/simulator/engine/seeded-random.ts";
import {
  busyWork,
  type CallFaultKind,
  type Edit,
  type EditKind,
  type Millis,
  metricFaults,
  plainRun,
  plainScene,
  type Scene,
  type SimPhase,
  type SimPlan,
  type SimRun,
  type Spell,
  type SpellKind,
  spells as steadySpells,
  type Truth,
  type Writer,
} from "./scene.ts";

/** A scene out of a seed. Each purpose draws from a stream of its own, so that taking one thing out leaves the others alone. */

const healMs = 240_000;

export function sceneOf(seed: number): Scene {
  const shape = stream(seed, "shape");
  const calm = stream(seed, "calm").unit() < 0.1;
  const destinations = shape.unit() < 0.7 ? 2 : 3;
  const plans = plansOf(stream(seed, "plans"), calm, destinations === 3);
  const actors = stream(seed, "actors");
  const runs = calm ? [{ ...plainRun, clockOffsetMs: 600_000 }] : runsOf(actors, plans);
  const faults = stream(seed, "faults");
  const brokenServer = !calm && faults.unit() < 0.05;
  const rates = calm ? {} : ratesOf(faults, brokenServer);
  const latencyMs = 5 + faults.below(400);
  const busy = calm ? undefined : writerOf(stream(seed, "writer"));
  const strips = stream(seed, "strips");
  return {
    ...plainScene,
    seed,
    plans,
    route: {
      destinations,
      rules: shape.unit() < 0.7 ? 1 : 2,
      absentWeight: shape.unit() < 0.4,
      unmanagedRule: shape.unit() < 0.3,
      annotations: shape.unit() < 0.5,
    },
    truth: truthOf(stream(seed, "truth"), calm),
    runs,
    weather: calm ? null : { rates, latencyMs: busy?.latencyMs ?? latencyMs },
    spells: calm ? [] : spellsOf(stream(seed, "spells"), stream(seed, "metrics")),
    edits: calm ? [] : editsOf(stream(seed, "edits")),
    healMs,
    closer: shape.unit() < 0.6 ? "run" : "sweeps",
    surroundings: shape.unit() < 0.03 ? "real" : "scripted",
    ...(busy === undefined ? {} : { writer: busy.writer }),
    ...(!calm && strips.unit() < 0.02 ? { strips: [1 + strips.below(6)] } : {}),
    ...(stream(seed, "wires").unit() < 0.02 ? { wires: "real" as const } : {}),
    brokenServer,
    reporters: pickOne(shape, ["none", "none", "hang", "throw", "lie"]),
  };
}

/** A program that writes to the route every 0.2 to 5 s, beside round trips of up to 700 ms. */
function writerOf(draws: Stream): { readonly writer: Writer; readonly latencyMs: Millis } | undefined {
  if (draws.unit() >= 0.01) return undefined;
  const work = pickOne(draws, busyWork);
  return { writer: { work, leastMs: 200, mostMs: 1_000 + draws.below(4_001) }, latencyMs: 5 + draws.below(346) };
}

function pickOne<T>(draws: Stream, list: readonly T[]): T {
  const found = list[draws.below(list.length)];
  if (found === undefined) throw new Error("an empty list has no choice");
  return found;
}

const weightSets = [[100], [20, 100], [50, 100], [10, 50, 100], [5, 20, 60, 100]] as const;

function plansOf(draws: Stream, calm: boolean, mustName: boolean): SimPlan[] {
  const count = calm ? 1 : 1 + draws.below(3);
  const samePlan = draws.unit() < 0.7;
  const first = planOf(draws, 0, calm, mustName);
  return Array.from({ length: count }, (_, index) => {
    if (index === 0) return first;
    if (samePlan) return { ...first, rollout: `r${index + 1}`, revision: `c${index + 1}` };
    return planOf(draws, index, calm, mustName);
  });
}

function planOf(draws: Stream, index: number, calm: boolean, mustName: boolean): SimPlan {
  const holdMs = 15_000 + 1_000 * draws.below(10);
  const maxHoldMs = holdMs * ((calm ? 2 : 1) + draws.below(4));
  const phases = pickOne(draws, weightSets).map(
    (weight): SimPhase => ({ weight, holdMs, maxHoldMs, thenPause: !calm && weight < 100 && draws.unit() < 0.07 }),
  );
  const named = draws.unit() < 0.8 || mustName;
  return {
    rollout: `r${index + 1}`,
    digest: `d${index + 1}`,
    revision: `c${index + 1}`,
    stable: named ? "v1" : null,
    canary: "v2",
    phases,
    settleMs: 1_000 * draws.below(5),
    allowanceMs: 15_000,
    onInconclusive: pickOne(draws, ["pause", "rollback", "promote"]),
    onCancel: draws.unit() < 0.8 ? "rollback" : "leave",
    requests: draws.unit() < 0.5 ? 100 : null,
    judged: calm || draws.unit() < 0.95,
  };
}

function truthOf(draws: Stream, calm: boolean): Truth {
  const at = draws.unit();
  if (at < 0.4) return { kind: "good" };
  if (at < 0.6) return { kind: "bad" };
  if (calm) return at < 0.8 ? { kind: "bad-from", weight: 50 } : { kind: "good" };
  if (at < 0.7) return { kind: "bad-after", atMs: 1_000 * draws.below(200) };
  if (at < 0.8) return { kind: "bad-from", weight: 50 };
  if (at < 0.9) return { kind: "flapping", everyMs: 4_000 + 1_000 * draws.below(20) };
  return { kind: "leak", perSecond: 0.0001 + draws.unit() * 0.002 };
}

function runsOf(draws: Stream, plans: readonly SimPlan[]): SimRun[] {
  const drivers = Math.max(plans.length, 1 + draws.below(4));
  const runs = Array.from({ length: drivers }, (_, index) => driverOf(draws, index, plans));
  const commands = draws.below(3);
  for (let index = 0; index < commands; index += 1) runs.push(commandOf(draws, index, plans));
  if (draws.unit() < 0.4) runs.push(sweepOf(draws, 0));
  if (draws.unit() < 0.15) {
    const [other] = runs.filter(({ command }) => command === "sweep");
    const sweep = sweepOf(draws, 1);
    // Two sweepers often come at the same time: a schedule and the end of a run.
    runs.push(other === undefined ? sweep : { ...sweep, startMs: other.startMs + draws.below(400) });
  }
  return runs;
}

function driverOf(draws: Stream, index: number, plans: readonly SimPlan[]): SimRun {
  const plan = index < plans.length ? index : draws.below(plans.length);
  const turns = draws.unit() < 0.06 ? 2 + draws.below(6) : null;
  const startMs = index === 0 ? 0 : 1_000 * draws.below(150) + draws.below(3);
  return {
    ...plainRun,
    name: `run${index}`,
    id: String(100 + index),
    number: 1 + (draws.unit() < 0.8 ? index : draws.below(4)),
    plan,
    startMs,
    until: draws.unit() < 0.1 ? pickOne(draws, [5, 10, 20, 50]) : null,
    turns,
    onlyContinues: turns !== null || draws.unit() < 0.05,
    dryRun: draws.unit() < 0.02,
    byHand: draws.unit() < 0.5,
    signalAtMs: draws.unit() < 0.2 ? startMs + draws.below(120_000) : null,
    killAtMs: draws.unit() < 0.15 ? startMs + draws.below(120_000) : null,
    afterDeath: pickOne(draws, ["rerun", "fresh", "fresh", "post", "post", "none"]),
    clockRate: 1 + (draws.unit() - 0.5) * 0.02,
    clockOffsetMs: Math.round((draws.unit() - 0.5) * 1_200_000),
  };
}

function commandOf(draws: Stream, index: number, plans: readonly SimPlan[]): SimRun {
  const command = pickOne(draws, givenCommands);
  return {
    ...plainRun,
    name: `${command}${index}`,
    id: String(200 + index),
    number: 50 + index,
    command,
    plan: draws.below(plans.length),
    startMs: 5_000 + draws.below(220_000),
    namesRollout: draws.unit() < 0.2,
    byHand: draws.unit() < 0.7,
    signalAtMs: null,
    afterDeath: draws.unit() < 0.5 ? "none" : "fresh",
  };
}

const givenCommands: readonly SimRun["command"][] = [
  "pause",
  "resume",
  "promote",
  "rollback",
  "promote",
  "resume",
  "status",
  "preflight",
];

const sweepOf = (draws: Stream, index: number): SimRun => ({
  ...plainRun,
  name: `sweeper${index}`,
  id: String(300 + index),
  number: 70 + index,
  command: "sweep",
  plan: null,
  startMs: 20_000 + draws.below(210_000),
  afterDeath: "none",
});

/** Every kind of fault with its highest rate; a seed has some of them, at some part of it. */
const mostOften: readonly (readonly [CallFaultKind, number])[] = [
  ["request-lost", 0.3],
  ["answer-lost", 0.3],
  ["crash-before", 0.05],
  ["crash-after", 0.05],
  ["hang", 0.1],
  ["late-write", 0.1],
  ["stale-read", 0.2],
  ["no-date", 0.2],
  ["redirect", 0.1],
  ["answer-400", 0.1],
  ["answer-401", 0.1],
  ["answer-403", 0.1],
  ["answer-404", 0.2],
  ["answer-405", 0.1],
  ["answer-409", 0.2],
  ["answer-413", 0.1],
  ["answer-415", 0.1],
  ["answer-422", 0.2],
  ["answer-429", 0.2],
  ["answer-429-later", 0.1],
  ["answer-500", 0.2],
  ["answer-502", 0.1],
  ["answer-503", 0.2],
  ["answer-504", 0.2],
  ["freeze", 0.03],
];

function ratesOf(draws: Stream, brokenServer: boolean): Partial<Record<CallFaultKind, number>> {
  const rates: Partial<Record<CallFaultKind, number>> = {};
  for (const [kind, most] of mostOften) {
    if (draws.unit() < 0.15) rates[kind] = most * draws.unit();
  }
  if (brokenServer) rates["very-late-write"] = 0.3 * draws.unit();
  return rates;
}

function spellsOf(draws: Stream, metrics: Stream): Spell[] {
  const found: Spell[] = [];
  const add = (from: Stream, kind: SpellKind, longestMs: number) => {
    const fromMs = from.below(healMs - 10_000);
    found.push({ kind, fromMs, toMs: Math.min(healMs, fromMs + 2_000 + from.below(longestMs)) });
  };
  for (const kind of steadySpells) if (draws.unit() < 0.05) add(draws, kind, 90_000);
  if (draws.unit() < 0.02) found.push({ kind: "outage", fromMs: 20_000 + draws.below(60_000), toMs: healMs });
  for (const kind of metricFaults) if (metrics.unit() < 0.08) add(metrics, kind, 60_000);
  return found;
}

const editOdds: readonly (readonly [EditKind, number])[] = [
  ["weights", 0.06],
  ["weights-home", 0.03],
  ["third-destination", 0.02],
  ["reorder-rules", 0.06],
  ["insert-rule", 0.06],
  ["edit-unmanaged", 0.06],
  ["label", 0.1],
  ["owner", 0.02],
  ["drop-record", 0.02],
  ["corrupt-record", 0.02],
  ["oversized-record", 0.01],
  ["newer-record", 0.02],
  ["later-field", 0.06],
  ["recreate-with-record", 0.02],
  ["recreate-without-record", 0.02],
  ["remove", 0.01],
  ["terminate", 0.01],
  ["date-step", 0.03],
];

function editsOf(draws: Stream): Edit[] {
  return editOdds.flatMap(([kind, odds]) =>
    draws.unit() < odds ? [{ kind, atMs: 3_000 + draws.below(healMs - 10_000) }] : [],
  );
}

/** Where nothing went wrong, the result is the truth's own. */
export function expectedOf(scene: Scene): "promoted" | "rolled-back" | undefined {
  if (scene.writer !== undefined || scene.strips !== undefined) return undefined;
  const calm = scene.weather === null && scene.faults.length + scene.spells.length + scene.edits.length === 0;
  if (!calm || scene.runs.length > 1 || scene.runs[0]?.signalAtMs !== null) return undefined;
  if (scene.truth.kind === "good") return "promoted";
  return scene.truth.kind === "bad" || scene.truth.kind === "bad-from" ? "rolled-back" : undefined;
}
