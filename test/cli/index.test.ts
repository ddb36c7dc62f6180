import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { type AtEnd, quick } from "../action/scene.ts";
import { openSeat as openFolder, type Said, type Seat } from "./terminal.ts";

/** Takes one line of words. */
async function openSeat(atEnd: AtEnd): Promise<Omit<Seat, "sluice"> & { sluice: (...asked: Line) => Promise<Said> }> {
  const seat = await openFolder(atEnd);
  return { ...seat, sluice: (line, onOut) => seat.sluice(line === "" ? [] : line.split(" "), onOut) };
}
type Line = [line: string, onOut?: Parameters<Seat["sluice"]>[1]];

describe.concurrent("the same words at a terminal", () => {
  test("drive a rollout to its end, one line a turn, without a runner's commands or a terminal's", async ({
    onTestFinished,
  }) => {
    const seat = await openSeat(onTestFinished);
    const run = await seat.sluice("run --plan rollout.yml --revision v2.0.0");
    expect([run.code, run.err]).toEqual([0, ""]);
    expect(seat.steps()).toEqual(["50 progressing 1", "100 progressing 2", "100 promoted 2"]);
    expect(run.out).toMatch(/^\d\d:\d\d:\d\d UTC {2}phase 1 of 2 +50% +watching +The rollout starts\.$/m);
    expect(run.out).toContain("Outcome: promoted, phase 2 of 2");
    expect(run.out).toContain("Now v2 (canary) serves 100%, v1 (stable) serves 0%.");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape is what must not be there
    expect(run.out).not.toMatch(/::|\u001b|\r/);
    expect(seat.state()).toMatchObject({ revision: "v2.0.0", repository: "", pullRequest: null });

    const status = await seat.sluice("status --route shop/virtualservice/reviews");
    expect([status.code, status.out]).toEqual([0, expect.stringContaining("Outcome: promoted")]);
    const back = await seat.sluice("rollback --route=shop/virtualservice/reviews");
    expect([back.code, seat.steps().at(-1)]).toEqual([0, "0 rolled-back 2"]);
    expect(seat.github.requests).toEqual([]);

    const watched = await seat.sluice("status --watch --plan rollout.yml");
    expect([watched.code, watched.out]).toEqual([0, expect.stringContaining("Outcome: rolled-back")]);
    const named = await seat.sluice("status --watch --plan rollout.yml --revision v2.0.0");
    expect([named.code, named.out]).toEqual([0, expect.stringContaining("Outcome: rolled-back")]);
    expect((await seat.sluice("run --plan rollout.yml --watch")).code).toBe(2);
  });

  test("pause and resume; a command that cannot be carried out ends with 2", async ({ onTestFinished }) => {
    const seat = await openSeat(onTestFinished);
    const until = await seat.sluice("run --plan rollout.yml --revision v2 --until 50");
    expect([until.code, seat.steps().at(-1)]).toEqual([0, "50 paused 1"]);
    const pause = await seat.sluice("pause --plan rollout.yml");
    expect(pause.code).toBe(0);
    const other = await seat.sluice("promote --plan rollout.yml --hold 1s --revision v2");
    expect([other.code, other.out]).toEqual([2, expect.stringContaining("started with another plan")]);
    const promote = await seat.sluice("promote --plan rollout.yml --revision v2");
    expect([promote.code, seat.steps().at(-1)]).toEqual([0, "100 promoted 2"]);
  });

  test("give JSON lines, the result as the last, and all else on the other stream", async ({ onTestFinished }) => {
    const seat = await openSeat(onTestFinished);
    const run = await seat.sluice("run --plan rollout.yml --revision v2 --json");
    expect(run.code).toBe(0);
    const lines = run.out.trim().split("\n");
    const turns = lines.slice(0, -1).map((line) => JSON.parse(line));
    expect(turns[0]).toMatchObject({ turn: "commit", at: 0, status: "progressing", weight: 50, phase: 1 });
    expect(turns.every((turn) => !("outcome" in turn))).toBe(true);
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({
      outcome: "promoted",
      weight: 100,
      phase: 2,
      rollout: seat.state()?.rollout,
    });
    expect(run.err).toContain("Outcome: promoted");
    const ready = await seat.sluice("preflight --plan rollout.yml --revision v3 --json");
    expect([ready.code, JSON.parse(ready.out)]).toEqual([0, expect.objectContaining({ outcome: "ready" })]);
    expect(JSON.parse(ready.out).reason).toMatch(/v1 can take over from .*v2/);
  });

  test("take the traffic back on Ctrl-C", async ({ onTestFinished }) => {
    const seat = await openSeat(onTestFinished);
    writeFileSync(join(seat.folder, "long.yml"), stringify({ ...quick, phases: "50@10m/100" }));
    const run = await seat.sluice("run --plan long.yml --revision v2", (out, interrupt) => {
      if (out.includes("The rollout starts.")) interrupt();
    });
    expect([run.code, run.signal]).toEqual([1, null]);
    expect(run.out).toContain("Why: The job was cancelled.");
    expect(seat.steps()).toEqual(["50 progressing 1", "0 rolled-back 1"]);
  });

  test("are refused with every problem at once, on the other stream, before anything is asked", async ({
    onTestFinished,
  }) => {
    const seat = await openSeat(onTestFinished);
    const bad = await seat.sluice(
      "run --route virtualservice/reviews --phases 50/20 --hold 5 --until 33 --erors 1 --revision v2",
    );
    expect([bad.code, bad.out]).toEqual([2, ""]);
    expect(bad.err).toContain("Sluice cannot start: ");
    for (const flag of ["--phases", "--hold", "--erors"]) expect(bad.err).toMatch(new RegExp(`\\d\\. ${flag} `));
    const unclear = await seat.sluice("run --route");
    expect([unclear.code, unclear.err]).toEqual([
      2,
      "Sluice cannot start: 1 problem. Nothing was written.\n  1. --route  --route needs a value, as --route VALUE or --route=VALUE.\n",
    ]);
    const json = await seat.sluice("run --json --route virtualservice/reviews --phases 50/20 --revision v2");
    const problem = { code: "input", message: expect.stringContaining("20 follows 50"), place: { input: "phases" } };
    expect(json.code).toBe(2);
    expect(JSON.parse(json.out)).toMatchObject({
      outcome: "refused",
      weight: null,
      problems: expect.arrayContaining([problem]),
    });
    const revision = await seat.sluice("run --route shop/virtualservice/reviews");
    expect([revision.code, revision.err]).toEqual([2, expect.stringContaining("Set `revision` to the commit")]);
    expect((await seat.sluice("launch --route a/b")).code).toBe(2);
    expect(seat.api.log).toEqual([]);
  });

  test("know the weights that somebody else has moved, and say both ways out", async ({ onTestFinished }) => {
    const seat = await openSeat(onTestFinished);
    await seat.sluice("run --plan rollout.yml --revision v2 --until 50");
    const object = seat.history().at(-1);
    seat.api.store.place(
      seat.api.now(),
      JSON.parse(JSON.stringify(object).replaceAll('"weight":50', '"weight":33').replace('"weight":33', '"weight":67')),
      "kubectl-edit",
    );
    const run = await seat.sluice("run --plan rollout.yml --revision v2");
    expect([run.code, run.out]).toEqual([1, expect.stringContaining("Outcome: drifted")]);
    expect(run.out).toContain("sluice rollback --route shop/virtualservice/reviews");
    expect(run.out).toContain("kubectl annotate --namespace shop virtualservice reviews sluice.dev/rollout-");
    expect(seat.steps().at(-1)).toBe("33 paused 1");
  });
});

describe.concurrent("help", () => {
  test("names every command, and every input as a flag", async ({ onTestFinished }) => {
    const seat = await openSeat(onTestFinished);
    const [bare, help, flag] = await Promise.all(["", "help", "run --help"].map((line) => seat.sluice(line)));
    expect([bare?.code, help?.code, flag?.code]).toEqual([0, 0, 0]);
    expect(help?.out).toBe(bare?.out);
    for (const command of ["run", "promote", "rollback", "pause", "resume", "status", "preflight", "sweep"]) {
      expect(bare?.out).toMatch(new RegExp(`^ {2}${command} `, "m"));
      const more = await seat.sluice(`help ${command}`);
      expect([more.code, more.out]).toEqual([0, expect.stringContaining(`sluice ${command}`)]);
    }
    expect(flag?.out).toMatch(/^sluice run: /);
  });

  test("an example of the help can be run as it stands", async ({ onTestFinished }) => {
    const seat = await openSeat(onTestFinished);
    const status = await seat.sluice("status --route shop/virtualservice/reviews");
    expect([status.code, status.out]).toEqual([0, expect.stringContaining("The route carries no rollout.")]);
  });

  test("the manifest names the file as the command", () => {
    const { bin } = parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as { bin: object };
    expect(bin).toEqual({ sluice: "dist/cli.js" });
  });
});
