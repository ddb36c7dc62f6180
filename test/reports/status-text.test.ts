import { expect, test } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { said } from "../../src/base/reasons/said.ts";
import type { Progress } from "../../src/ports/reporter.ts";
import {
  isUnknown,
  names,
  phaseWords,
  readsBack,
  serving,
  shortNames,
  turnLine,
  verdictWord,
} from "../../src/reports/status-text.ts";
import { forLog } from "../../src/text/escape.ts";
import { ended, progressing, promoted, rolledBack, situations, watching } from "./samples.ts";

const noRecord = (outcome: NonNullable<Progress["outcome"]>): Progress => {
  const { state: _, ...rest } = ended(progressing, outcome);
  return { ...rest, state: undefined };
};

test.each([
  ["fail", "fail"],
  ["pass", "pass"],
  ["inconclusive", "undecided"],
  [undefined, "none"],
] as const)("the judge's %s is told as %s", (kind, word) => {
  const { judged: _, ...rest } = watching;
  const verdict = { checks: [], culprit: null, lacking: "traffic" as const };
  expect(verdictWord(kind === undefined ? rest : { ...rest, judged: { ...verdict, kind } as never })).toBe(word);
});

test("only where the last read failed nobody knows", () => {
  expect(isUnknown(situations["trouble"] as Progress)).toBe(true);
  expect(isUnknown(situations["unknown"] as Progress)).toBe(true);
  expect(isUnknown(watching)).toBe(false);
  expect(isUnknown(noRecord({ name: "refused", exitCode: 2, reason: said("") }))).toBe(false);
  expect(isUnknown(noRecord({ name: "none", exitCode: 0, reason: said("") }))).toBe(false);
  expect(isUnknown(noRecord({ name: "held", exitCode: 1, reason: said("") }))).toBe(true);
  const cancelled = noRecord({ name: "cancelled", exitCode: 1, reason: said("") });
  expect(isUnknown(cancelled)).toBe(false);
  expect(isUnknown({ ...cancelled, lastSeen: { state: progressing, at: 1 } })).toBe(true);
});

test.each([
  [
    "none",
    noRecord({ name: "none", exitCode: 0, reason: said("") }),
    "Sluice has moved nothing: the route serves as it did.",
  ],
  [
    "gone",
    noRecord({ name: "failed", exitCode: 1, code: "route-gone", reason: said("") }),
    "The route is gone, so nothing is served through it.",
  ],
  [
    "its record missing",
    noRecord({ name: "drifted", exitCode: 1, code: "record-missing", reason: said("") }),
    "The weights of a rollout serve that no record names any more; Sluice wrote nothing over them.",
  ],
  [
    "lost before anything was seen",
    noRecord({ name: "failed", exitCode: 1, reason: said("") }),
    "Nobody knows what serves now: the last read of the route failed.",
  ],
])("what serves now: %s", (_, progress, words) => {
  expect(serving(progress, forLog)).toBe(words);
});

test("destinations go by their shortest name", () => {
  const named = (stable: string, canary: string) => names({ ...watching, state: { ...progressing, stable, canary } });
  expect(named("reviews.shop.svc.cluster.local/v1:9080", "reviews.shop.svc.cluster.local/v2:9080")).toEqual({
    stable: "v1",
    canary: "v2",
  });
  expect(named("web-a.shop.svc:80", "web-b.shop.svc:80")).toEqual({ stable: "web-a", canary: "web-b" });
  expect(named("web.shop.svc:80", "web.shop.svc:81")).toEqual({ stable: "web:80", canary: "web:81" });
  expect(named("odd//:x", "")).toEqual({ stable: "odd//:x", canary: "" });
  const { state: _, ...rest } = watching;
  expect(names({ ...rest, state: undefined, plan: undefined })).toEqual({ stable: "stable", canary: "canary" });
});

test("a phase is told with its number among how many, where that is known", () => {
  expect(phaseWords(watching)).toBe("phase 2 of 4");
  expect(phaseWords({ ...watching, plan: undefined })).toBe("phase 2");
  const { state: _, ...rest } = watching;
  expect(phaseWords({ ...rest, state: undefined })).toBe("no phase");
});

test("a turn is one line: time, phase, weight, verdict, reason, and when the next one comes", () => {
  expect(turnLine(watching)).toBe(
    "14:17:15 UTC  phase 2 of 4   20%  undecided    Check success-rate has 2 of the 3 values it needs in this phase. (next turn in 15 s)",
  );
});

test("an end reads the last step back where it finds the very record that the step wrote", () => {
  const end = situations["rolled-back"] as Progress;
  const step: Progress = { ...watching, kind: "commit", state: rolledBack, reason: rolledBack.reason };
  expect(readsBack(end, step)).toBe(true);
  expect(readsBack(end, undefined)).toBe(false);
  expect(readsBack(watching, step), "a turn is no end").toBe(false);
  expect(readsBack({ ...end, state: undefined }, step), "what nobody saw reads nothing back").toBe(false);
  for (const other of [
    { ...rolledBack, rollout: "r-newer1" },
    { ...rolledBack, phase: 1 },
    { ...promoted, phase: rolledBack.phase },
    { ...rolledBack, reason: reason("job-cancelled", {}) },
  ]) {
    expect(readsBack(end, { ...step, state: other })).toBe(false);
  }
});

test("a record keeps only so much of a reason, and an end that nobody recorded is news", () => {
  const long = { ...rolledBack, reason: said(`worse ${"x".repeat(500)}`) };
  const kept = { ...rolledBack, reason: said(`worse ${"x".repeat(200)}…`) };
  const step: Progress = { ...watching, kind: "commit", state: long };
  const end = { ...(situations["rolled-back"] as Progress), state: kept };
  expect(readsBack(end, step)).toBe(true);
  expect(readsBack({ ...end, state: { ...kept, reason: reason("job-cancelled", {}) } }, step)).toBe(false);
  const drifted = { name: "drifted", exitCode: 1, reason: kept.reason } as const;
  expect(readsBack({ ...end, outcome: drifted }, step)).toBe(false);
});

test("each destination has the shortest name that no other one has", () => {
  const ids = ["web.shop.svc/v1", "web.shop.svc/v2", "web.shop.svc:80", "web.shop.svc:81", "web.shop.svc/v1"];
  expect([...shortNames(ids).values()]).toEqual(["v1", "v2", "web:80", "web:81"]);
  expect([...shortNames(["a.x.svc/v1", "b.x.svc/v1"]).values()]).toEqual(["a.x.svc/v1", "b.x.svc/v1"]);
});
