import { expect, test } from "vitest";
import { said } from "../../../src/base/reasons/said.ts";
import type { Progress, TimelineEntry } from "../../../src/ports/reporter.ts";
import { eventsOf, weightsOf } from "../../../src/reports/page/rollout-events.ts";
import { minute, promoted, situations, start, watching } from "../samples.ts";

const told = (progress: Progress | undefined, moments?: readonly TimelineEntry[]) =>
  eventsOf(progress as Progress, moments).map(({ kind, title, at }) => [kind, title, (at - start) / minute]);

test("the record's decisions are told, each by what it did", () => {
  expect(told({ ...watching, state: promoted })).toEqual([
    ["step", "Begun with 5%", 0],
    ["step", "On to 20%", 11],
    ["step", "On to 50%", 25],
    ["step", "On to 100%", 56],
  ]);
});

test("what the run saw besides stands between them, and what both know is told once", () => {
  const moments: TimelineEntry[] = [
    { at: start + 500, phase: 1, weight: 5, verdict: "none", reason: said("the rollout begins"), committed: true },
    {
      at: start + minute,
      phase: 1,
      weight: 5,
      verdict: "undecided",
      reason: said("no sign of harm yet"),
      committed: false,
    },
    { at: start + 2 * minute, phase: 1, weight: null, verdict: "none", reason: said("503"), committed: false },
  ];
  expect(told(watching, moments)).toEqual([
    ["step", "Begun with 5%", 0],
    ["verdict", "Undecided", 1],
    ["unseen", "The route could not be read", 2],
    ["step", "On to 20%", 11],
  ]);
});

test("an end that stands in no record is told too", () => {
  expect(told(situations["drifted"]).at(-1)).toEqual(["drift", "Somebody else moved the weights", 15]);
  const outcome = { name: "drifted", exitCode: 1, code: "record-missing", reason: said("gone") } as const;
  const recordless = { ...(situations["drifted"] as Progress), outcome };
  expect(told(recordless).at(-1)?.slice(0, 2)).toEqual(["drift", "The record of the rollout is gone"]);
  expect(told(situations["superseded"]).at(-1)?.[1]).toBe("A newer rollout has taken over");
});

test("a run that changes its mind at every look keeps every step, and of the rest the newest", () => {
  const moments = Array.from({ length: 400 }, (_, i): TimelineEntry => {
    const verdict = i % 2 === 0 ? "pass" : "undecided";
    return { at: start + i * 1000, phase: 1, weight: 5, verdict, reason: said(`look ${i}`), committed: false };
  });
  const events = eventsOf(watching, moments);
  expect(events.length).toBe(160);
  expect(events.filter(({ kind }) => kind === "step").length).toBe(2);
  expect(events.some(({ because }) => because === "look 399")).toBe(true);
});

test("the weight goes in steps from nothing to where the page ends", () => {
  expect(
    weightsOf({ ...watching, state: promoted, at: start + 90 * minute }).map(({ at, weight }) => [
      (at - start) / minute,
      weight,
    ]),
  ).toEqual([
    [0, 0],
    [0, 5],
    [11, 20],
    [25, 50],
    [56, 100],
    [67, 100],
  ]);
});

test("where the last read failed nobody says that the weight still stands", () => {
  const steps = weightsOf(situations["unknown"] as Progress);
  expect(steps.at(-1)?.at).toBe(start + 11 * minute);
});
