import { describe, expect, it } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { rowsOfIncrements } from "../../src/evidence/rows-of-increments.ts";
import { looksOf } from "../../src/judge/intervals-from-counters.ts";
import { gridsOf } from "../../src/judge/phase-grid.ts";
import type { Increment } from "../../src/ports/metric-source.ts";
import { frozen, plan } from "../judge/support.ts";

const from = 1_760_000_040_000;
const stepMs = plan.lookMs;
const steps = 4;
const at = (k: number) => from + k * stepMs;
const grid = { from, to: at(steps), stepMs };
const one = (k: number, canary: number, stable: number): Increment => ({
  at: at(k),
  canary: { n: 10 * canary, x: canary },
  stable: { n: 10 * stable, x: stable },
});

/** The intervals that the judge sees of these increments. */
function looksIn(increments: readonly Increment[]) {
  const rows = rowsOfIncrements(increments, { of: "both" }, grid);
  if ("code" in rows) return rows;
  const record = { rollout: "r", phases: [{ weight: 10, enteredAt: from }], frozen };
  const now = at(steps) + plan.lagMs;
  expect(gridsOf(plan, record, now)).toMatchObject([{ from, to: at(steps), points: steps + 1 }]);
  const found = looksOf(plan, record, [rows], now);
  if (found.kind === "error") throw new Error(found.reason.code);
  return found.looks.map(({ seen, resets, pairs }) => ({ seen, resets, errors: pairs.get("errors") }));
}
const seen = (k: number, canary: number, stable: number) => {
  const { at: _, ...errors } = one(k, canary, stable);
  return { seen: true, resets: [], errors };
};
const unseen = { seen: false, resets: [], errors: { canary: { n: 0, x: 0 }, stable: { n: 0, x: 0 } } };

describe("increments as counters", () => {
  it("are the intervals of the judge, number by number", () => {
    expect(looksIn([one(1, 1, 7), one(2, 2, 8), one(3, 0, 0), one(4, 4, 9)])).toEqual([
      seen(1, 1, 7),
      seen(2, 2, 8),
      seen(3, 0, 0),
      seen(4, 4, 9),
    ]);
  });

  it("leave an interval out that is missing, and count nothing of it in the next one", () => {
    expect(looksIn([one(1, 1, 7), one(3, 3, 9), one(4, 4, 9)])).toEqual([
      seen(1, 1, 7),
      unseen,
      seen(3, 3, 9),
      seen(4, 4, 9),
    ]);
  });

  it("know nothing of a time in which one version is absent, which is not one without requests", () => {
    const { canary: _, ...half } = one(2, 2, 8);
    expect(looksIn([one(1, 1, 7), half, one(3, 3, 9)])).toEqual([seen(1, 1, 7), unseen, seen(3, 3, 9), unseen]);
  });

  it("are unusable where a version is never there", () => {
    const halves = [1, 2].map((k): Increment => ({ at: at(k), stable: { n: 10, x: 0 } }));
    expect(looksIn(halves)).toEqual(reason("metric-version-absent", { version: "canary", at: at(2) }));
    const history = rowsOfIncrements(halves, { of: "stable" }, grid);
    expect(history).toMatchObject({ counters: [{ adds: "total", values: [0, 10, 20, null, null] }, { adds: "bad" }] });
  });

  it("are no rows at all where nothing is known: stable is not seen", () => {
    expect(rowsOfIncrements([], { of: "both" }, grid)).toEqual({ counters: [], up: [] });
  });
});
