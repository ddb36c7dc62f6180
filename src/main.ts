import { appendFileSync, readFileSync } from "node:fs";
import * as core from "@actions/core";
import type { Ended } from "./app/execute-command.ts";
import { isAfterMain, leaveForPost, type PostState, readPostState } from "./app/post-state.ts";
import { type PreparedRun, prepare } from "./app/prepare-run.ts";
import type { ProcessContext } from "./app/process-context.ts";
import { systemClock } from "./base/clock.ts";
import type { Problem } from "./base/problem.ts";
import { readEvent } from "./github/workflow-event.ts";
import { givenToAction } from "./inputs/raw-inputs.ts";
import { describeProblems } from "./text/describe-problems.ts";

/** The action. Main and post are this one file; the state that main leaves says which it is. */

const { env } = process;
const cancel = new AbortController();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => cancel.abort());
// What nobody foresaw changes no traffic: it is said, and the rest is left to post and to the deadline.
process.on("uncaughtException", (error) => fail(error));
process.on("unhandledRejection", (error) => fail(error));

function fail(error: unknown): never {
  const name = error instanceof Error ? error.name : typeof error;
  core.error(
    `Sluice stopped by a defect of its own (${name}). The weights were not touched; post and the deadline take care of the rollout.`,
  );
  if (core.isDebug() && error instanceof Error) core.debug(error.stack ?? "");
  process.exit(1);
}

if (isAfterMain(env)) await post(readPostState(env));
else await main();

function payload(): unknown {
  try {
    return JSON.parse(readFileSync(env["GITHUB_EVENT_PATH"] ?? "", "utf8"));
  } catch {
    return undefined;
  }
}

function hostOf(): ProcessContext {
  const circumstances = readEvent({ name: env["GITHUB_EVENT_NAME"], payload: payload(), env });
  const summary = env["GITHUB_STEP_SUMMARY"];
  const temporary = env["RUNNER_TEMP"];
  return {
    given: givenToAction(env),
    env,
    workspace: env["GITHUB_WORKSPACE"] ?? process.cwd(),
    home: env["HOME"],
    circumstances,
    revision: circumstances.revision,
    hostedRunner: env["RUNNER_ENVIRONMENT"] === "github-hosted",
    clock: systemClock,
    random: Math.random,
    signal: cancel.signal,
    write: (line) => console.log(line),
    mask: (secret) => core.setSecret(secret),
    ...(temporary === undefined || temporary === "" ? {} : { page: { folder: temporary } }),
    ...(summary === undefined ? {} : { appendSummary: (markdown: string) => appendFileSync(summary, markdown) }),
  };
}

async function main(): Promise<never> {
  leaveForPost(env, { isPost: true });
  const host = hostOf();
  const preparation = await prepare(host);
  if (preparation.kind === "refused") return refuse(host, preparation.problems, preparation.warnings);
  const { outcome, progress } =
    preparation.kind === "only-read"
      ? await (await import("./app/report-only-read.ts")).tellOnlyRead(host, preparation)
      : await drive(host, preparation.prepared);
  const { outputsOf } = await import("./reports/run-result.ts");
  for (const [name, value] of Object.entries(outputsOf(progress))) core.setOutput(name, value);
  // After a signal nothing ended on purpose: post reads once more, and reports.
  if (!cancel.signal.aborted) leaveForPost(env, { ended: true });
  process.exit(outcome.exitCode);
}

async function drive(host: ProcessContext, prepared: PreparedRun): Promise<Ended> {
  const { executeCommand } = await import("./app/execute-command.ts");
  const left = new Set<string>();
  return executeCommand(host, prepared, {
    command: prepared.inputs.command,
    onRollout: (state) => {
      if (left.has(state.rollout)) return;
      left.add(state.rollout);
      leaveForPost(env, { rollout: state.rollout });
    },
  });
}

async function refuse(host: ProcessContext, problems: readonly Problem[], warnings: readonly string[]): Promise<never> {
  const { problemAnnotations } = await import("./reports/workflow-annotations.ts");
  const { asLine } = await import("./text/escape.ts");
  const text = describeProblems(problems);
  for (const line of text.split("\n")) host.write(asLine(line));
  for (const warning of warnings) host.write(asLine(`Warning: ${warning}`));
  for (const line of problemAnnotations(problems)) host.write(line);
  const { refusalResult, refusalSummary } = await import("./reports/refusal-report.ts");
  host.appendSummary?.(refusalSummary(text));
  const result = refusalResult(problems);
  core.setOutput("outcome", result.outcome);
  core.setOutput("reason", result.reason);
  core.setOutput("reason-code", result.reasonCode);
  core.setOutput("result-json", JSON.stringify(result));
  leaveForPost(env, { ended: true });
  process.exit(2);
}

/** The second net: whatever main could not finish, this does, and it tells what main had no time to tell. */
async function post(left: PostState): Promise<never> {
  if (left.ended || left.rollout === undefined) process.exit(0);
  const host = hostOf();
  const preparation = await prepare(host);
  if (preparation.kind !== "prepared") process.exit(0);
  const { runPostStep } = await import("./app/post-step.ts");
  process.exit(await runPostStep(host, preparation.prepared, left.rollout));
}
