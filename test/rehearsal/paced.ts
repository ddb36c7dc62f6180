import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Time for real processes and real servers together: it goes on only while nobody has anything to do but wait. */
export type Pace = {
  /** Milliseconds since the beginning. */
  now(): number;
  at(ms: number, act: () => void): void;
  /** Starts Node with these words. Time stands still until it asks or waits for something: to start costs none. */
  start(words: readonly string[], cwd: string): ChildProcess;
  stop(): void;
};

type Event = { readonly at: number; readonly act: () => void };
type Told = { readonly kind: "works" } | { readonly kind: "rests"; readonly next: number | null };

const preload = fileURLToPath(new URL("paced-process.ts", import.meta.url));

export function pace(): Pace {
  let now = 0;
  const starting = new Set<ChildProcess>();
  let stopped = false;
  let wait: NodeJS.Timeout | undefined;
  const events = new Set<Event>();
  /** What each living process waits for; `works`: it does something. */
  const processes = new Map<ChildProcess, number | "works" | null>();

  /** Looks anew at what comes next. Never faster than real time: what a process loads from the disk it does not tell. */
  const plan = () => {
    clearTimeout(wait);
    const states = [...processes.values()];
    if (stopped || starting.size > 0 || states.includes("works")) return;
    const times = [...states.filter((state) => typeof state === "number"), ...[...events].map(({ at }) => at)];
    if (times.length === 0) return;
    const next = Math.max(now, Math.min(...times));
    wait = setTimeout(() => go(next), next - now);
  };
  const go = (to: number) => {
    now = to;
    const due = [...events].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
    for (const event of due) {
      events.delete(event);
      event.act();
    }
    for (const [child, state] of processes) {
      if (typeof state !== "number" || state > now || child.killed) continue;
      processes.set(child, "works");
      child.send({ now });
    }
    plan();
  };
  return {
    now: () => now,
    at(ms, act) {
      events.add({ at: Math.max(now, ms), act });
      plan();
    },
    start(words, cwd) {
      const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--import", preload, ...words], {
        cwd,
        env: {},
        stdio: ["ignore", "pipe", "pipe", "ipc"],
      });
      starting.add(child);
      processes.set(child, "works");
      child.send({ now });
      child.on("message", (told: Told) => {
        if (!processes.has(child)) return;
        const state = told.kind === "works" ? "works" : told.next;
        if (state !== null) starting.delete(child);
        processes.set(child, state);
        plan();
      });
      child.on("exit", () => {
        starting.delete(child);
        processes.delete(child);
        plan();
      });
      return child;
    },
    stop() {
      stopped = true;
      clearTimeout(wait);
      for (const child of processes.keys()) child.kill("SIGKILL");
    },
  };
}
