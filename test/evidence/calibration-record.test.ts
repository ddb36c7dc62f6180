import { describe, expect, it } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import {
  frozenOf,
  packBaseline,
  type RecordedCalibration,
  reporterOf,
  unpackBaseline,
} from "../../src/evidence/calibration-record.ts";
import { constants } from "../../src/judge/constants.ts";
import { latencyName } from "../../src/judge/judge-plan.ts";
import { decodeRecord } from "../../src/rollout/record/decode.ts";
import { encodeRecord, recordFits, recordLimitBytes } from "../../src/rollout/record/encode.ts";
import type { RecordedRule, State } from "../../src/rollout/rollout-state.ts";
import { progressing, rule } from "../reports/samples.ts";

const names = ["errors", "orders", "7", ...constants.boundariesMs.map(latencyName)];
const baseline: RecordedCalibration = {
  kind: "compared",
  reporter: "waypoint",
  perSecond: 812.3,
  unrouted: 0.0012,
  frozen: {
    phi: Object.fromEntries(names.map((name, i) => [name, (100 + i) / 100])),
    rate: Object.fromEntries(names.map((name, i) => [name, i / 1000])),
    phiFrom: "history",
    boundariesMs: [...constants.boundariesMs],
  },
  atFull: [
    { preset: "success-rate", stable: 0.001234 },
    { preset: "latency", stable: null },
  ],
};
const again = (value: unknown) => unpackBaseline(JSON.parse(JSON.stringify(value)));

describe("the baseline in the record", () => {
  it("comes back as it was", () => {
    expect(again(packBaseline(baseline))).toEqual(baseline);
    const none: RecordedCalibration = {
      kind: "not-compared",
      reason: reason("comparison-without-series", { metric: "istio_requests_total", version: "v1" }),
    };
    expect(again(packBaseline(none))).toEqual(none);
    expect(again(packBaseline({ ...baseline, perSecond: null }))).toEqual({ ...baseline, perSecond: null });
    // A record from before this was measured has none of it.
    const { full: _, ...older } = JSON.parse(JSON.stringify(packBaseline(baseline)));
    const { atFull: __, ...told } = { atFull: null, ...baseline };
    expect(unpackBaseline(older)).toEqual(told);
  });

  it("keeps four digits of what was measured", () => {
    const precise: RecordedCalibration = {
      ...baseline,
      perSecond: 12.345678,
      frozen: { phi: { errors: 1.23 }, rate: { errors: 0.00123456 }, phiFrom: "default", boundariesMs: [] },
    };
    expect(again(packBaseline(precise))).toMatchObject({
      perSecond: 12.35,
      frozen: { phi: { errors: 1.23 }, rate: { errors: 0.001235 } },
    });
  });

  it("survives the record to the letter, and leaves room for a hundred rules", () => {
    const rules: RecordedRule[] = Array.from({ length: 100 }, (_, index) => ({ ...rule, index, key: `k${index}` }));
    const metrics = Array.from({ length: 10 }, (_, index) => `metric-number-${index}`);
    const phi = { ...(baseline.kind === "compared" ? baseline.frozen.phi : {}) };
    for (const name of metrics) phi[name] = 12.34;
    const large = packBaseline({ ...baseline, frozen: { ...frozenOf(baseline), phi } });
    const state: State = { ...progressing, rules, frozen: large };
    const text = encodeRecord(state);
    expect(recordFits(text)).toBe(true);
    expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(recordLimitBytes);
    const decoded = decodeRecord(text);
    expect(decoded.kind === "state" && decoded.state.frozen).toEqual(JSON.parse(JSON.stringify(large)));
    expect(JSON.stringify(packBaseline(baseline)).length).toBeLessThan(600);
  });

  it.each([
    null,
    undefined,
    [],
    "x",
    {},
    { by: "nobody", per: 1, lost: 0, from: "history", of: [], over: [] },
    { by: "source", per: -1, lost: 0, from: "history", of: [], over: [] },
    { by: "source", per: 1, lost: 1.1, from: "history", of: [], over: [] },
    { by: "source", per: 1, from: "history", of: [], over: [] },
    { by: "source", per: 1, lost: 0, from: "guess", of: [], over: [] },
    { by: "source", per: 1, lost: 0, from: "history", of: [["errors", 0.5, 0]], over: [] },
    { by: "source", per: 1, lost: 0, from: "history", of: [["errors", 1, 2]], over: [] },
    { by: "source", per: 1, lost: 0, from: "history", of: [["errors", "1", 0]], over: [] },
    { by: "source", per: 1, lost: 0, from: "history", of: [], over: [["250", 1, 0]] },
    { by: "source", per: 1, lost: 0, from: "history", of: [], over: [[-250, 1, 0]] },
    { by: "source", per: 1, lost: 0, from: "history", of: {}, over: [] },
    ...[
      [],
      {},
      [["success-rate"]],
      [["success-rate", 1.1]],
      [["success-rate", "0"]],
      [["latency", -1]],
      [["errors", 0]],
      [
        ["latency", 1],
        ["latency", 2],
      ],
    ].map((full) => ({ by: "source", per: 1, lost: 0, from: "history", of: [], over: [], full })),
  ])("is nothing where somebody has written something else: %j", (value) => {
    expect(unpackBaseline(value)).toBeUndefined();
  });

  it("without one errors alone are compared, as if they came in twos", () => {
    expect(frozenOf(undefined)).toEqual({ phi: {}, rate: {}, phiFrom: "default", boundariesMs: [] });
    expect([reporterOf(undefined), reporterOf(baseline)]).toEqual(["source", "waypoint"]);
  });
});
