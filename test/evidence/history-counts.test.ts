import { describe, expect, it } from "vitest";
import { asOne, edgesOf, minutesOf, totalOf } from "../../src/evidence/history-counts.ts";
import type { CounterRow, PhaseCounters } from "../../src/judge/intervals-from-counters.ts";

const total = (target: string, values: readonly (number | null)[], adds: "total" | "both" = "total"): CounterRow => {
  return { arm: "stable", target, values, kind: "count", process: "errors", adds };
};
const bucket = (edgeMs: number, values: readonly (number | null)[]): CounterRow => {
  return { arm: "stable", target: "a", values, kind: "bucket", histogram: "h", edgeMs };
};
const phase = (counters: readonly CounterRow[], up: PhaseCounters["up"] = []): PhaseCounters => ({ counters, up });

describe("what was counted minute by minute", () => {
  it("keeps programs apart, and follows each counter by itself", () => {
    const counters = [
      total("a", [10, 15, 30]),
      total("a", [0, 1, 1], "both"),
      total("b", [100, 5, 6]),
      { ...total("c", [1, 2, 3]), arm: "canary" as const },
    ];
    const history = minutesOf(phase(counters), "stable", ["errors"], []);
    expect(history.get("errors")).toEqual([
      [
        { n: 6, x: 1 },
        { n: 15, x: 0 },
      ],
      // It began anew, and has counted five since.
      [
        { n: 5, x: 0 },
        { n: 1, x: 0 },
      ],
    ]);
    expect(totalOf(history.get("errors"))).toEqual({ n: 27, x: 1 });
    expect(asOne(history).get("errors")).toEqual([
      [
        { n: 11, x: 1 },
        { n: 16, x: 0 },
      ],
    ]);
  });

  it("gives every program the same minutes, and leaves out who had no requests", () => {
    const history = minutesOf(
      phase([total("a", [null, null, 7, 9]), total("b", [1, 1, 1, 1])]),
      "stable",
      ["errors"],
      [],
    );
    expect(history.get("errors")).toEqual([
      [
        { n: 0, x: 0 },
        { n: 0, x: 0 },
        { n: 2, x: 0 },
      ],
    ]);
  });

  it("counts what took longer than each edge", () => {
    const rows = [bucket(100, [0, 8]), bucket(250, [0, 9]), bucket(Number.POSITIVE_INFINITY, [0, 10])];
    const history = minutesOf(phase(rows), "stable", [], [100, 250]);
    expect(history.get("latency>100")).toEqual([[{ n: 10, x: 2 }]]);
    expect(history.get("latency>250")).toEqual([[{ n: 10, x: 1 }]]);
    expect([...edgesOf(phase(rows), "stable")]).toEqual([100, 250, Number.POSITIVE_INFINITY]);
    expect(edgesOf(phase(rows), "canary").size).toBe(0);
  });

  it("nothing counted is nothing", () => {
    expect(minutesOf(phase([]), "stable", ["errors"], []).size).toBe(0);
    expect(totalOf(undefined)).toEqual({ n: 0, x: 0 });
    expect(asOne(new Map([["errors", []]])).get("errors")).toEqual([]);
  });
});
