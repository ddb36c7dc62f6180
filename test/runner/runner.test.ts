import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { commandIn } from "./commands.ts";
import { pairsIn } from "./files.ts";
import { type ActionOptions, runAction, startAction } from "./runner.ts";
import { virtualTime } from "./virtual-time.ts";

const action = join(import.meta.dirname, "fixtures/echo");
const time = virtualTime();
afterAll(() => time.stop());
const run = (script: string, options: Partial<ActionOptions> = {}) =>
  runAction({ action, time, ...options, inputs: { script, ...options.inputs } });

async function environment(options: Partial<ActionOptions> = {}): Promise<Record<string, string>> {
  const { main } = await run("say", options);
  return JSON.parse(main.raw);
}

describe("what a process is given", () => {
  it("has its inputs in upper case, hyphens kept, spaces replaced, defaults filled in, the rest empty", async () => {
    const seen = await environment();
    expect(seen).toMatchObject({
      INPUT_SCRIPT: "say",
      "INPUT_ON-CANCEL": "rollback",
      INPUT_WITH_SPACE: "",
      "INPUT_GITHUB-TOKEN": "ghs_0123456789abcdefghijklmnopqrstuvwxyz",
      "INPUT_OLD-NAME": "",
    });
  });

  it("is told of the run and the event, and of nothing in the environment of this process", async () => {
    process.env["SOMETHING_OF_OURS"] = "leak";
    const seen = await environment({
      event: { name: "pull_request", payload: { number: 7 } },
      runId: 99,
      runAttempt: 2,
      env: { PROMETHEUS_TOKEN: "given" },
    });
    delete process.env["SOMETHING_OF_OURS"];
    expect(seen).toMatchObject({
      GITHUB_ACTIONS: "true",
      GITHUB_EVENT_NAME: "pull_request",
      GITHUB_RUN_ID: "99",
      GITHUB_RUN_ATTEMPT: "2",
      RUNNER_ENVIRONMENT: "github-hosted",
      PROMETHEUS_TOKEN: "given",
    });
    const names = Object.keys(seen).filter((name) => !/^(GITHUB_|RUNNER_|INPUT_)/.test(name));
    expect(names.sort()).toEqual(["CI", "HOME", "PATH", "PROMETHEUS_TOKEN"]);
    expect(seen["HOME"]).not.toBe(process.env["HOME"]);
  });

  it("is warned of an input that is unknown or deprecated, and gets it all the same", async () => {
    const { warnings, main } = await run("say", { inputs: { scirpt: "x", "old-name": "y" } });
    expect(warnings).toEqual([
      "Unexpected input(s) 'scirpt', valid inputs are ['script', 'on-cancel', 'with space', 'github-token', 'old-name']",
      "Input 'old-name' has been deprecated with message: Use script instead.",
    ]);
    expect(JSON.parse(main.raw)).toMatchObject({ INPUT_SCIRPT: "x", "INPUT_OLD-NAME": "y" });
  });

  it("runs on the Node of the action, with folders that are gone afterwards", async () => {
    const seen = await environment();
    expect(process.version).toMatch(/^v2[4-9]\./);
    expect(existsSync(String(seen["GITHUB_WORKSPACE"]))).toBe(false);
  });
});

describe("what it writes", () => {
  it("becomes outputs, state for post, variables, path and summary", async () => {
    const result = await run("write");
    expect(result.outputs).toEqual({ plain: "one", long: "first\nsecond=2" });
    expect(result.main).toMatchObject({
      exitCode: 0,
      env: { COLOUR: "blue" },
      path: ["/opt/bin"],
      summary: "# Done\n",
    });
    expect(result.post?.log).toEqual(["post after write, rollout abc"]);
    expect(result.conclusion).toBe("success");
  });

  it("fails the step when the runner cannot read it", async () => {
    const result = await run("broken");
    expect(result.main.problems).toEqual([
      "Unable to process file command 'output' successfully.",
      "Invalid format 'no equals sign'",
    ]);
    expect(result.conclusion).toBe("failure");
  });

  it.each([
    ["=x", "Invalid format '=x'. Name must not be empty"],
    ["a<<END\nb", "Invalid value. Matching delimiter not found 'END'"],
    ["a<<", "Invalid format 'a<<'. Name must not be empty and delimiter must not be empty"],
  ])("is malformed: %j", (text, because) => {
    expect(pairsIn(text)).toEqual({ kind: "malformed", because });
  });
});

describe("what it prints", () => {
  it("is obeyed, masked and annotated as the runner does it", async () => {
    const { main } = await run("commands");
    expect(main.log).toEqual([
      "before: tr0ub4dor",
      "after: ***",
      "##[group]Phase 1",
      "##[error]weight is 20\nnot 50",
      "##[endgroup]",
      "##[warning]but this",
      "text ::error::in the middle of a line is text",
      "::unknown::is text as well",
      "::error::not now",
      "##[warning]again",
    ]);
    expect(main.annotations).toEqual([
      { level: "error", message: "weight is 20\nnot 50", file: "rollout.yml", line: 7, col: 13, title: "Bad, very" },
      { level: "warning", message: "but this" },
      { level: "warning", message: "again" },
    ]);
    expect(main.raw).toContain("::add-mask::tr0ub4dor");
  });

  it("is obeyed on the error stream too", async () => {
    const { main } = await run("complaint");
    expect([main.log, main.annotations]).toEqual([
      ["##[notice]from stderr"],
      [{ level: "notice", message: "from stderr" }],
    ]);
  });

  it("shows debug lines when debugging is on, and hides the job's secrets from the start", async () => {
    const { main } = await run("commands", { debug: true, secrets: ["tr0ub4dor"] });
    expect(main.log).toContain("##[debug]hidden");
    expect(main.log[0]).toBe("before: ***");
  });

  it.each([
    ["::error::x", "error"],
    ["   ::error::x", "error"],
    ["-::error::x", undefined],
    ["::error:x", undefined],
    ["any ##[error]x", "error"],
    ["##[strange]x", undefined],
    ["::ERROR::x", undefined],
  ])("reads %j as the command %s", (line, name) => {
    expect(commandIn(line)?.name).toBe(name);
  });
});

describe("how it ends", () => {
  it("fails with any code but 0, and post runs all the same", async () => {
    const result = await run("fail");
    expect(result).toMatchObject({ conclusion: "failure", main: { exitCode: 3 }, post: { exitCode: 0 } });
  });

  /** Starts a part and does something to it as soon as it is ready. */
  const meeting = async (script: string, act: (started: ReturnType<typeof startAction>) => void) => {
    const started = startAction({
      action,
      inputs: { script },
      time,
      onLine: (line) => line === "ready" && act(started),
    });
    const result = await started.done;
    started.dispose();
    return result;
  };

  it("is interrupted, terminated and at last killed with its children when the job is cancelled", async () => {
    const result = await meeting("patient", (started) => started.cancel());
    expect(result.main.log).toEqual(["ready", "got SIGINT", "got SIGTERM"]);
    expect(result.main).toMatchObject({ exitCode: null, signal: "SIGKILL" });
    expect(result).toMatchObject({ conclusion: "cancelled", post: { exitCode: 0 } });
  });

  it("dies of the interrupt alone where nobody listens for it", async () => {
    const { main } = await meeting("careless", (started) => started.cancel());
    expect(main).toMatchObject({ signal: "SIGINT" });
  });

  it("keeps the state that was saved before a kill, so that post knows", async () => {
    const result = await meeting("careless", (started) => started.kill());
    expect(result.main).toMatchObject({ signal: "SIGKILL", state: { isPost: "true" } });
    expect(result.post?.log).toEqual(["post after careless, rollout undefined"]);
    expect(result.conclusion).toBe("failure");
  });

  it("has no post when the machine is lost", async () => {
    const result = await meeting("careless", (started) => started.lose());
    expect(result.post).toBeUndefined();
  });
});
