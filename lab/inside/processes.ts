import { type ChildProcess, spawn } from "node:child_process";
import { openSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Part } from "./parts.ts";

const patienceMs = 90_000;

/** The processes of one lab. They write their logs beside each other into its folder. */
export type Processes = {
  start(part: Part): Promise<void>;
  /** Ends it as an operator would, or with SIGKILL. */
  stop(part: Part, signal?: NodeJS.Signals): Promise<void>;
  /** Holds it in mid-air, or lets it go on. */
  signal(part: Part, signal: "SIGSTOP" | "SIGCONT"): void;
  pid(part: Part): number | undefined;
};

export function createProcesses(folder: string): Processes {
  const running = new Map<string, ChildProcess>();

  const ended = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

  return {
    async start(part) {
      const earlier = running.get(part.name);
      if (earlier !== undefined && !ended(earlier)) return;
      const log = openSync(join(folder, `${part.name}.log`), "a");
      const [program, ...args] = part.words;
      const env = { ...process.env, LAB_FOLDER: folder, ...part.env };
      const child = spawn(program, args, { cwd: folder, env, stdio: ["ignore", log, log] });
      child.on("error", (error) => console.error(`lab: ${part.name}: ${error.message}`));
      running.set(part.name, child);
      if (part.ready === undefined) return;
      const page = part.ready;
      await until(part.name, async () => {
        if (ended(child)) throw new Error(`${part.name} ended by itself; see ${join(folder, part.name)}.log`);
        return (await statusOf(page)) === 200;
      });
    },
    async stop(part, signal = "SIGTERM") {
      const child = running.get(part.name);
      if (child === undefined || ended(child)) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill(signal);
      // A held process does not hear SIGTERM.
      child.kill("SIGCONT");
      await Promise.race([gone, wait(10_000, undefined, { ref: false })]);
      if (!ended(child)) child.kill("SIGKILL");
      await gone;
    },
    signal: (part, signal) => void running.get(part.name)?.kill(signal),
    pid: (part) => running.get(part.name)?.pid,
  };
}

export function statusOf(page: string): Promise<number> {
  return new Promise((resolve) => {
    const call = http.get(page, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.setTimeout(2_000, () => call.destroy());
    call.on("error", () => resolve(0));
  });
}

/** Asks again until it is so. What never comes true ends with the name of what was waited for. */
export async function until(name: string, isSo: () => Promise<boolean>, withinMs = patienceMs): Promise<void> {
  const started = performance.now();
  while (!(await isSo())) {
    if (performance.now() - started > withinMs) throw new Error(`${name}: not within ${withinMs / 1000} s`);
    await wait(100);
  }
}
