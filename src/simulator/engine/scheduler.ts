import type { Clock } from "../../base/clock.ts";
import type { Millis } from "../../base/units.ts";
import { createQueue, type Queue, type Queued } from "./event-queue.ts";

type SchedulerOptions = {
  readonly startMs?: Millis;
  /** Orders what happens in the same millisecond; without it the order is that of arrival. */
  readonly tieBreak?: () => number;
  /** Told after every event, when nothing more can happen before the next one. */
  readonly onEvent?: (now: Millis) => void;
  /** Whether something is on its way in real time, as a request on a loopback connection: virtual time waits for it. */
  readonly isBusy?: () => boolean;
};

/** One asynchronous life in virtual time: a run, a sweeper, a person. */
export type Actor = {
  readonly name: string;
  readonly state: "alive" | "ended" | "failed" | "dead";
  readonly result: unknown;
  /** What an actor that failed threw. */
  readonly error: unknown;
  /** Nothing that it waits for ever comes; any later call of it is a violation. */
  kill(): void;
  /** Nothing reaches it until then, as on a machine that was suspended. */
  freeze(untilMs: Millis): void;
};

/** How fast the actor's own clock runs, and by how much it is off. */
type ActorOptions = { readonly rate?: number; readonly offsetMs?: Millis };

/** Virtual time. Nothing waits for the real one: what was planned next is always now. */
export interface Scheduler {
  /** True virtual time. */
  now(): Millis;
  /** The clock of whoever is no actor. */
  readonly clock: Clock;
  /** Does something at a time; returns how to call it off. */
  at(ms: Millis, act: () => void): () => void;
  actor(name: string, live: (clock: Clock, self: Actor) => Promise<unknown>, options?: ActorOptions): Actor;
  /** Goes on until nothing is planned any more, or until that time. */
  run(untilMs?: Millis): Promise<void>;
  readonly actors: readonly Actor[];
  /** Calls by the dead. */
  readonly violations: readonly string[];
}

/** How often an actor may be waited for before the waiting itself is the fault. */
const mostRounds = 1000;
/** The same where requests are really on their way. */
const mostRoundsOnTheWay = 1_000_000;
/** So many events without time going by are a loop that has lost its wait. */
const mostAtOnce = 100_000;

type Life = { -readonly [Key in keyof Actor]: Actor[Key] } & { readonly waiting: Set<Queued>; frozenUntil: Millis };
type World = { readonly queue: Queue; readonly violations: string[]; now: Millis };

export function createScheduler(options: SchedulerOptions = {}): Scheduler {
  const { startMs = 0, tieBreak } = options;
  const world: World = { queue: createQueue(tieBreak), violations: [], now: startMs };
  const lives: Life[] = [];
  return {
    now: () => world.now,
    clock: clockOf(world, undefined, {}),
    actors: lives,
    violations: world.violations,
    at(ms, act) {
      const queued = world.queue.add(Math.max(ms, world.now), act);
      return () => world.queue.cancel(queued);
    },
    actor(name, live, options = {}) {
      const life = birth(world, name);
      lives.push(life);
      // The first step is an event like any other: the order of birth decides nothing.
      const first = world.queue.add(world.now, () => {
        life.waiting.delete(first);
        live(clockOf(world, life, options), life).then(
          (result) => end(life, "ended", { result }),
          (error: unknown) => end(life, "failed", { error }),
        );
      });
      life.waiting.add(first);
      return life;
    },
    run: (untilMs = Number.POSITIVE_INFINITY) => run(world, lives, untilMs, options),
  };
}

async function run(
  world: World,
  lives: readonly Life[],
  untilMs: Millis,
  { onEvent, isBusy }: SchedulerOptions,
): Promise<void> {
  let atOnce = 0;
  await settled(lives, isBusy);
  for (let next = world.queue.take(untilMs); next !== undefined; next = world.queue.take(untilMs)) {
    atOnce = next.at > world.now ? 0 : atOnce + 1;
    if (atOnce > mostAtOnce) {
      throw new Error(`${mostAtOnce} events at ${world.now} ms: somebody goes round without waiting`);
    }
    world.now = Math.max(world.now, next.at);
    next.act();
    await settled(lives, isBusy);
    onEvent?.(world.now);
  }
  if (Number.isFinite(untilMs)) world.now = Math.max(world.now, untilMs);
}

function birth(world: World, name: string): Life {
  const life: Life = {
    name,
    state: "alive",
    result: undefined,
    error: undefined,
    waiting: new Set(),
    frozenUntil: world.now,
    kill() {
      if (life.state === "alive") life.state = "dead";
      for (const queued of life.waiting) world.queue.cancel(queued);
      life.waiting.clear();
    },
    freeze(untilMs) {
      life.frozenUntil = Math.max(life.frozenUntil, untilMs);
    },
  };
  return life;
}

function end(life: Life, state: "ended" | "failed", what: { result?: unknown; error?: unknown }) {
  if (life.state !== "dead") Object.assign(life, what, { state });
}

function clockOf(world: World, life: Life | undefined, { rate = 1, offsetMs = 0 }: ActorOptions): Clock {
  return {
    now: () => world.now * rate + offsetMs,
    sleep(ms, signal) {
      if (life?.state === "dead") {
        world.violations.push(`${life.name} called at ${world.now} ms, after its death`);
        return new Promise(() => {});
      }
      if (signal?.aborted === true) return Promise.resolve();
      return parked(world, life, world.now + Math.max(ms, 0) / rate, signal);
    },
  };
}

function parked(world: World, life: Life | undefined, until: Millis, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    let waiting: Queued | undefined;
    const leave = () => {
      if (waiting === undefined) return;
      world.queue.cancel(waiting);
      life?.waiting.delete(waiting);
    };
    const park = (at: Millis) => {
      leave();
      waiting = world.queue.add(at, wake);
      life?.waiting.add(waiting);
    };
    const wake = () => {
      if (life !== undefined && life.frozenUntil > world.now) return park(life.frozenUntil);
      leave();
      signal?.removeEventListener("abort", interrupt);
      resolve();
    };
    // A signal wakes by an event of its own, so that it finds the world at rest like every other.
    const interrupt = () => {
      if (life?.state !== "dead") park(world.now);
    };
    signal?.addEventListener("abort", interrupt, { once: true });
    park(until);
  });
}

/** Every promise that can go on has gone on, and every living actor waits for something that is planned. */
async function settled(lives: readonly Life[], isBusy?: () => boolean): Promise<void> {
  // A tick asked for in a microtask comes when no microtask is left: afterwards nothing moves but by the scheduler.
  await new Promise<void>((resolve) => process.nextTick(resolve));
  const most = isBusy === undefined ? mostRounds : mostRoundsOnTheWay;
  for (let round = 0; round <= most; round += 1) {
    if (isBusy?.() !== true && lives.every((life) => life.state !== "alive" || life.waiting.size > 0)) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  const restless = lives.filter((life) => life.state === "alive" && life.waiting.size === 0).map((life) => life.name);
  throw new Error(
    `${restless.join(", ")}: still not waiting for the scheduler after ${most} rounds, so something hidden is asynchronous`,
  );
}
