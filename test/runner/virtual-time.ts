import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import type { Clock } from "../../src/base/clock.ts";
import { isHeld, onHeld } from "./held.ts";
import type { RunnersTime } from "./step.ts";
import type { Go, Told } from "./virtual-time-process.ts";

/**
 * Time for real processes and real servers together. It stands still while anyone has something to do, and jumps to what
 * was planned next as soon as all of them wait: for a timer, or for an answer that a server holds back.
 */
export type VirtualTime = RunnersTime & {
  /** Milliseconds since the beginning. */
  now(): number;
  /** The date of the servers and the processes. */
  date(): number;
  /** Returns how to call it off. */
  at(ms: number, act: () => void): () => void;
  /** What a test itself waits by. */
  readonly clock: Clock;
  stop(): void;
};

type Event = { readonly at: number; readonly act: () => void };
/** What a process last said, and how many words it was sent. */
type Life = { told: Told; words: number };

/** A Monday: nothing in a test depends on when it is run. */
const beginning = Date.UTC(2026, 0, 5, 9);
/** What has already arrived here, as a line of a log or the word of a process, is taken note of within so many rounds. */
const restRounds = 4;
const preload = new URL("virtual-time-process.ts", import.meta.url);

export function virtualTime(epoch = beginning): VirtualTime {
  const events = new Set<Event>();
  const processes = new Map<ChildProcess, Life>();
  let now = 0;
  let changes = 0;
  let isWatching = false;
  let isOver = false;

  /** What comes next; undefined while a process is at work, or where nothing is waited for. */
  const next = (): number | undefined => {
    const times = [...events].map(({ at }) => at);
    for (const { told: state } of processes.values()) {
      if (state.kind === "works" || !state.ports.every(isHeld)) return undefined;
      if (state.next !== null) times.push(state.next);
      // Waits for nothing: it is about to end.
      else if (state.ports.length === 0) return undefined;
    }
    return times.length === 0 ? undefined : Math.max(now, Math.min(...times));
  };
  const changed = () => {
    changes += 1;
    if (!isWatching && !isOver && next() !== undefined) void watch();
  };
  /** Jumps as often as everybody still waits after some rounds of the event loop in which nothing has changed. */
  const watch = async () => {
    isWatching = true;
    for (let [rounds, seen] = [0, changes]; !isOver && next() !== undefined; rounds += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (seen !== changes) [rounds, seen] = [0, changes];
      const to = next();
      if (rounds < restRounds || to === undefined) continue;
      go(to);
      [rounds, seen] = [0, changes];
    }
    isWatching = false;
  };
  const go = (to: number) => {
    now = to;
    for (const event of [...events].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)) {
      if (events.delete(event)) event.act();
    }
    for (const [child, { told: state }] of processes) {
      if (state.kind === "rests" && state.next !== null && state.next <= now) wake(child);
    }
  };
  const wake = (child: ChildProcess) => {
    const life = processes.get(child);
    if (life === undefined) return;
    life.told = { kind: "works" };
    life.words += 1;
    changes += 1;
    // A process that is just ending hears nothing any more, and its end is told by itself.
    if (child.connected) child.send({ now, word: life.words } satisfies Go, () => {});
  };
  const at = (ms: number, act: () => void) => {
    const event = { at: Math.max(now, ms), act };
    events.add(event);
    changed();
    return () => {
      events.delete(event);
      changed();
    };
  };
  const clock: Clock = {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const callOff = at(now + ms, resolve);
        signal?.addEventListener("abort", () => resolve(callOff()), { once: true });
      }),
  };
  const start = (words: readonly string[], options: SpawnOptions): ChildProcess => {
    const loaded = new URL(`?now=${now}&epoch=${epoch}`, preload).href;
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--import", loaded, ...words], {
      ...options,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    const life: Life = { told: { kind: "works" }, words: 0 };
    processes.set(child, life);
    child.on("message", (told: Told) => {
      // What it said of its rest before it heard the last word holds no more.
      if (told.kind === "rests" && told.heard !== life.words) return;
      life.told = told;
      changed();
    });
    // Only now has all that it printed arrived.
    child.on("close", () => {
      processes.delete(child);
      changed();
    });
    return child;
  };
  const forget = onHeld(changed);
  return {
    now: () => now,
    date: () => epoch + Math.floor(now),
    at,
    after: (ms, act) => at(now + ms, act),
    clock,
    start,
    stirred: wake,
    stop() {
      isOver = true;
      forget();
      for (const child of processes.keys()) child.kill("SIGKILL");
    },
  };
}
