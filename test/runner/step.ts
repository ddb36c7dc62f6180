import type { ChildProcess, SpawnOptions } from "node:child_process";
import { createInterface } from "node:readline";
import { createReader, type Reading } from "./commands.ts";
import { pairsIn } from "./files.ts";
import { contentOf, type Machine, newCommandFiles } from "./machine.ts";

/** What the processes of a job and its runner go by. */
export type RunnersTime = {
  /** Starts Node with these words, its outputs as pipes. */
  start(words: readonly string[], options: SpawnOptions): ChildProcess;
  /** Does something after so many milliseconds; returns how to call it off. */
  after(ms: number, act: () => void): () => void;
  /** Something has come to the process from outside, as a signal: what it said of its waiting does not hold any more. */
  stirred(child: ChildProcess): void;
};

/** How long after the interrupt the runner terminates, and how long after that it kills the whole tree. */
export type Patience = { readonly terminateAfterMs: number; readonly killAfterMs: number };
export const runnersPatience: Patience = { terminateAfterMs: 7_500, killAfterMs: 2_500 };

/** One process of an action, when it has ended. */
export type Ended = {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The log as people see it, masked. */
  readonly log: readonly string[];
  /** Every byte that it printed. */
  readonly raw: string;
  readonly annotations: Reading["annotations"];
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly path: readonly string[];
  readonly summary: string;
  /** What the runner says of files that it cannot read: each of these fails the step. */
  readonly problems: readonly string[];
};

export type Step = {
  readonly pid: number;
  /** Interrupt, terminate, kill: as the runner cancels. */
  cancel(): void;
  /** Any other end, as of a machine that is lost. */
  kill(signal?: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
};

export type StepOptions = {
  readonly script: string;
  readonly machine: Machine;
  readonly variables: Readonly<Record<string, string>>;
  readonly masks: Set<string>;
  readonly patience: Patience;
  readonly time: RunnersTime;
  readonly onLine?: (line: string) => void;
};

const summaryLimit = 1024 * 1024;

/** Starts one process as the runner does: this Node, the given variables and no others, and files for its commands. */
export function startStep({ script, machine, variables, masks, patience, time, onLine }: StepOptions): Step {
  const files = newCommandFiles(machine);
  const commandVariables = Object.entries(files).map(([name, path]) => [`GITHUB_${name}`, path]);
  const child = time.start([script], {
    cwd: machine.workspace,
    env: { ...variables, ...Object.fromEntries(commandVariables) },
    // A group of its own, so that the whole tree can be killed and nothing else.
    detached: true,
  });
  const reader = createReader(masks, variables["RUNNER_DEBUG"] === "1");
  const raw: string[] = [];
  for (const output of [child.stdout, child.stderr]) {
    if (output === null) continue;
    output.on("data", (chunk: Buffer) => raw.push(chunk.toString()));
    createInterface({ input: output }).on("line", (line) => {
      reader.line(line);
      onLine?.(line);
    });
  }

  const later: (() => void)[] = [];
  const signal = (name: NodeJS.Signals, reach: typeof toTree = (child) => child.kill(name)) => {
    reach(child, name);
    time.stirred(child);
  };
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode, signal) => {
      for (const callOff of later) callOff();
      resolve({
        exitCode,
        signal,
        log: reader.reading.lines,
        raw: raw.join(""),
        annotations: reader.reading.annotations,
        ...fromFiles(files, reader.reading),
      });
    });
  });
  return {
    pid: child.pid ?? 0,
    ended,
    kill: (name = "SIGKILL") => signal(name, toTree),
    cancel() {
      signal("SIGINT");
      later.push(
        time.after(patience.terminateAfterMs, () => signal("SIGTERM")),
        time.after(patience.terminateAfterMs + patience.killAfterMs, () => signal("SIGKILL", toTree)),
      );
    },
  };
}

function toTree(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, signal);
}

/** The runner reads the files when the process has ended, however it ended. */
function fromFiles(files: ReturnType<typeof newCommandFiles>, reading: Reading) {
  const problems: string[] = [];
  const pairs = (name: "OUTPUT" | "STATE" | "ENV") => {
    const read = pairsIn(contentOf(files[name]));
    if (read.kind === "pairs") return read.pairs;
    problems.push(`Unable to process file command '${name.toLowerCase()}' successfully.`, read.because);
    return {};
  };
  const written = contentOf(files.STEP_SUMMARY);
  const isTooLong = Buffer.byteLength(written) > summaryLimit;
  return {
    outputs: { ...reading.outputs, ...pairs("OUTPUT") },
    state: { ...reading.state, ...pairs("STATE") },
    env: pairs("ENV"),
    path: contentOf(files.PATH)
      .split(/\r?\n/)
      .filter((line) => line !== ""),
    // More than a mebibyte is not shown at all; the step goes on.
    summary: isTooLong ? "" : written,
    problems,
  };
}
