import { expect, test } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { said } from "../../src/base/reasons/said.ts";
import type { Progress, Reporter } from "../../src/ports/reporter.ts";
import { openDispatcher } from "../../src/reports/dispatcher.ts";
import { textOf } from "../../src/text/index.ts";
import { failed, HandClock, rolledBack, situations, watching } from "./samples.ts";

const settled = async () => {
  for (let at = 0; at < 20; at += 1) await Promise.resolve();
};
const turn = (because: string): Progress => ({ ...watching, reason: said(because) });

/** A reporter that answers when the test says so. */
function slow(name = "slow") {
  const told: { because: string; signal: AbortSignal; done: () => void; fail: (error: unknown) => void }[] = [];
  const reporter: Reporter = {
    name,
    tell: (progress, signal) =>
      new Promise((resolve, reject) =>
        told.push({ because: textOf(progress.reason), signal, done: resolve, fail: reject }),
      ),
  };
  return { reporter, told };
}

test("one telling at a time, and of what waits only the newest", async () => {
  const { reporter, told } = slow();
  const office = openDispatcher([reporter], { clock: new HandClock(), log: () => {} });
  for (const because of ["one", "two", "three"]) office.tell(turn(because));
  expect(told.map((each) => each.because)).toEqual(["one"]);
  told[0]?.done();
  await settled();
  expect(told.map((each) => each.because)).toEqual(["one", "three"]);
});

test("what a reporter throws is one line of the log, and nothing else", async () => {
  const lines: string[] = [];
  const thrower: Reporter = {
    name: "thrower",
    tell: () => {
      throw new Error("broken\n::error::x");
    },
  };
  const { reporter, told } = slow();
  const office = openDispatcher([thrower, reporter], { clock: new HandClock(), log: (line) => lines.push(line) });
  office.tell(turn("one"));
  await settled();
  expect(lines).toEqual(["thrower: broken ::error::x"]);
  told[0]?.fail(Object.create(null));
  await settled();
  expect(lines[1]).toBe("slow: something that cannot be shown");
});

test("a telling that takes too long is dropped, and the next one is told", async () => {
  const clock = new HandClock();
  const lines: string[] = [];
  const { reporter, told } = slow();
  const office = openDispatcher([reporter], { clock, log: (line) => lines.push(line) });
  office.tell(turn("one"));
  await settled();
  clock.advance(20_000);
  await settled();
  expect(lines).toEqual(["slow: not done within 20 s; this update is dropped"]);
  expect(told[0]?.signal.aborted).toBe(true);
  told[0]?.fail(new Error("late"));
  office.tell(turn("two"));
  await settled();
  expect(told.map((each) => each.because)).toEqual(["one", "two"]);
  expect(lines.length).toBe(1);
});

test("the end waits for the last word alone", async () => {
  const { reporter, told } = slow();
  const office = openDispatcher([reporter], { clock: new HandClock(), log: () => {} });
  office.tell(turn("one"));
  office.tell(turn("two"));
  const finished = office.finish(turn("last"));
  told[0]?.done();
  await settled();
  expect(told.map((each) => each.because)).toEqual(["one", "last"]);
  told[1]?.done();
  await finished;
});

test("at the end a telling that hangs gives way to the last one", async () => {
  const clock = new HandClock();
  const { reporter, told } = slow();
  const office = openDispatcher([reporter], { clock, log: () => {} });
  office.tell(turn("one"));
  const finished = office.finish(turn("last"));
  await settled();
  clock.advance(5_000);
  await settled();
  expect(told.map((each) => [each.because, each.signal.aborted])).toEqual([
    ["one", true],
    ["last", false],
  ]);
  told[1]?.done();
  await finished;
});

test("the end comes after 20 s at most, whatever a reporter does", async () => {
  const clock = new HandClock();
  const lines: string[] = [];
  const { reporter, told } = slow();
  const office = openDispatcher([reporter], { clock, log: (line) => lines.push(line) });
  const finished = office.finish(turn("last"));
  await settled();
  clock.advance(20_000);
  await finished;
  await settled();
  expect(told[0]?.signal.aborted).toBe(true);
  expect(lines).toEqual(["slow: not done within 20 s of the end; the last update is dropped"]);
});

test("where time is short only the named reporters are told, and the others stop", async () => {
  const near = slow("near");
  const far = slow("far");
  const office = openDispatcher([near.reporter, far.reporter], { clock: new HandClock(), log: () => {} });
  office.tell(turn("one"));
  near.told[0]?.done();
  const finished = office.finish(turn("last"), { only: ["near"], limitMs: 1000 });
  await settled();
  expect(far.told.map((each) => [each.because, each.signal.aborted])).toEqual([["one", true]]);
  near.told[1]?.done();
  await finished;
  expect(near.told.map((each) => each.because)).toEqual(["one", "last"]);
});

test("the timeline keeps steps and changes of verdict, not every look", () => {
  const office = openDispatcher([], { clock: new HandClock(), log: () => {} });
  office.tell({ ...watching, kind: "commit", reason: said("the rollout begins") });
  office.tell(turn("12 requests"));
  office.tell(turn("18 requests"));
  office.tell({ ...watching, kind: "commit", state: rolledBack, judged: failed, reason: said("bad") });
  expect(office.timeline().map(({ reason, verdict, committed }) => [textOf(reason), verdict, committed])).toEqual([
    ["the rollout begins", "undecided", true],
    ["bad", "fail", true],
  ]);
});

test("a turn that saw nothing is told with what was seen last", async () => {
  const seen: Progress[] = [];
  const reporter: Reporter = { name: "eye", tell: async (progress) => void seen.push(progress) };
  const office = openDispatcher([reporter], { clock: new HandClock(), log: () => {} });
  office.tell(watching);
  await settled();
  const { lastSeen: _, ...trouble } = situations["trouble"] as Progress;
  office.tell(trouble);
  await settled();
  expect(seen[1]?.lastSeen).toEqual({ state: watching.state, at: watching.at });
});

test("an end that only reads the last step back keeps its judgement and is no moment of its own", async () => {
  const office = openDispatcher([], { clock: new HandClock(), log: () => {} });
  office.tell({ ...watching, kind: "commit", state: rolledBack, judged: failed, reason: rolledBack.reason });
  const { judged: _, ...end } = situations["rolled-back"] as Progress;
  const told = await office.finish({ ...end, state: rolledBack });
  expect(told.judged).toEqual(failed);
  expect(told.timeline?.length).toBe(1);
  const other = { ...rolledBack, reason: reason("rollback-requested", { command: "rollback", run: "99" }) };
  const asked = { name: "rolled-back" as const, exitCode: 1 as const, reason: other.reason };
  expect((await office.finish({ ...end, state: other, reason: other.reason, outcome: asked })).judged).toBeUndefined();
});

test("a moment that saw nothing claims no weight", () => {
  const office = openDispatcher([], { clock: new HandClock(), log: () => {} });
  office.tell(watching);
  office.tell({ ...(situations["trouble"] as Progress), state: watching.state });
  expect(office.timeline().map(({ weight }) => weight)).toEqual([20, null]);
});
