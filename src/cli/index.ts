#!/usr/bin/env node
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { prepare } from "../app/prepare-run.ts";
import type { ProcessContext } from "../app/process-context.ts";
import { systemClock } from "../base/clock.ts";
import type { Problem } from "../base/problem.ts";
import type { Terminal } from "../reports/reporter-context.ts";
import { describeProblems } from "../text/describe-problems.ts";
import { helpText } from "./help.ts";
import { withoutHtml } from "./html-flag.ts";
import { givenToCli, misplaced } from "./input-flags.ts";
import { unfitNode } from "./unfit-node.ts";

/** The same commands from a terminal. */

const { env } = process;
const cancel = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => cancel.abort());

const words = process.argv.slice(2);
process.exitCode = await main();
process.exit();

async function main(): Promise<number> {
  const [first] = words;
  const unfit = unfitNode(process.versions.node);
  if (unfit !== undefined) {
    console.error(unfit);
    return 2;
  }
  if (first === "--version") {
    const { versionLine } = await import("./version.ts");
    console.log(versionLine(import.meta.dirname, process.versions.node, fromGit));
    return 0;
  }
  if (first === undefined || first === "help" || words.includes("--help") || words.includes("-h")) {
    console.log(helpText(first === "help" ? words[1] : first));
    return 0;
  }
  if (first === "rehearse") {
    // Nothing is under way that would have to be taken back.
    process.on("SIGINT", () => process.exit(130));
    const { rehearseCommand } = await import("./rehearse-command.ts");
    const workspace = process.cwd();
    return rehearseCommand(words.slice(1), { workspace, terminal: terminalOn(process.stdout), warn: console.error });
  }
  if (first === "judge" || first === "replay") return readingCommand(first);
  const json = words.includes("--json");
  const watches = first === "status" && words.includes("--watch");
  const reports = first === "report";
  const page = withoutHtml(words.filter((word) => word !== "--json" && !(watches && word === "--watch")));
  // A page is a status that looks back.
  const args = reports ? ["status", ...page.words.slice(1)] : page.words;
  const unclear = [...page.problems, ...misplaced(args)];
  if (unclear.length > 0) return refuse(unclear, json);
  const host = hostOf(watches || reports ? withPlan(args) : args, json, page.html);
  const preparation = await prepare(host);
  const warnings = preparation.kind === "prepared" ? [] : preparation.warnings;
  for (const warning of warnings) console.error(`Warning: ${warning}`);
  if (preparation.kind !== "prepared") return refuse(preparation.problems, json);
  if (reports) {
    const { reportCommand } = await import("./report-command.ts");
    return reportCommand(host, preparation.prepared, page.html, console.error);
  }
  const { executeCommand } = await import("../app/execute-command.ts");
  const { outcome, progress } = await executeCommand(host, preparation.prepared, {
    ...(watches ? { command: "status", watches } : { command: preparation.prepared.inputs.command }),
  });
  if (json) {
    const { resultOf } = await import("../reports/run-result.ts");
    console.log(JSON.stringify(resultOf(progress)));
  }
  return outcome.exitCode;
}

async function refuse(problems: readonly Problem[], json: boolean): Promise<2> {
  console.error(describeProblems(problems, "cli"));
  if (json) console.log(JSON.stringify((await import("../reports/refusal-report.ts")).refusalResult(problems)));
  return 2;
}

/** A status needs no plan, but with one more is seen; what reads a plan is the command that checks it. */
function withPlan(args: readonly string[]): readonly string[] {
  const isGiven = (flag: RegExp) => args.some((word) => flag.test(word));
  if (!isGiven(/^--(plan|config|phases)(=|$)/)) return args;
  // The rollout is whichever is on the route, so what is checked out here is of no account.
  return ["preflight", ...args.slice(1), ...(isGiven(/^--revision(=|$)/) ? [] : ["--revision=watched"])];
}

/** Commands that read files and contact nothing. */
async function readingCommand(command: "judge" | "replay"): Promise<number> {
  // Whoever reads only the first lines has had what he wanted.
  process.stdout.on("error", () => process.exit(0));
  const host = {
    workspace: process.cwd(),
    stdin: process.stdin,
    write: (text: string) => new Promise<void>((resolve) => process.stdout.write(text, () => resolve())),
    warn: (line: string) => console.error(line),
  };
  if (command === "judge") return (await import("./judge-command.ts")).judgeCommand(words.slice(1), host);
  return (await import("./replay-command.ts")).replayCommand(words.slice(1), host);
}

/** What git says in a folder, if it is there and the folder is a checkout. */
function fromGit(folder: string, words: readonly string[]): string | undefined {
  try {
    return execFileSync("git", words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}

function hostOf(args: readonly string[], json: boolean, html: string | undefined): ProcessContext {
  const workspace = process.cwd();
  const out = json ? process.stderr : process.stdout;
  return {
    given: givenToCli(args),
    env,
    workspace,
    home: env["HOME"],
    circumstances: {
      run: { id: `cli-${randomBytes(4).toString("hex")}`, attempt: 1 },
      mergeGroup: false,
      fork: false,
      dependabot: false,
      links: {},
      serverUrl: "https://github.com",
      apiUrl: "https://api.github.com",
    },
    // None is no mistake before `revision` is asked for.
    revision: fromGit(workspace, ["rev-parse", "HEAD"]),
    hostedRunner: false,
    clock: systemClock,
    random: Math.random,
    signal: cancel.signal,
    write: (line) => void out.write(`${line}\n`),
    terminal: terminalOn(out),
    ...(html === undefined ? {} : { page: { file: resolve(workspace, html) } }),
    ...(json ? { writeTurn: (line: string) => void process.stdout.write(`${line}\n`) } : {}),
    mask: () => {},
  };
}

function terminalOn(out: NodeJS.WriteStream): Terminal {
  const isInteractive = out.isTTY === true && env["TERM"] !== "dumb";
  const listening =
    (emitter: NodeJS.EventEmitter, event: string) =>
    (listener: () => void): (() => void) => {
      emitter.on(event, listener);
      return () => void emitter.off(event, listener);
    };
  return {
    write: (text) => void out.write(text),
    isInteractive,
    hasColour: isInteractive && (env["NO_COLOR"] ?? "") === "",
    get columns() {
      return out.columns ?? 80;
    },
    get rows() {
      return out.rows ?? 24;
    },
    onResize: listening(out, "resize"),
    onExit: listening(process, "exit"),
  };
}
