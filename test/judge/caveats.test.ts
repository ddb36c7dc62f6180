import { expect, test } from "vitest";
import { type Reason, reason } from "../../src/base/reasons/index.ts";
import type { JudgePlan } from "../../src/judge/judge-plan.ts";
import type { Calibration, Interval } from "../../src/judge/types.ts";
import { judge } from "../../src/judge/verdict.ts";
import type { VerdictExtras } from "../../src/judge/verdict-input.ts";
import { frozen, looksOfPhase, plan, type Row, recordOf } from "./support.ts";

const quiet: Row = [1, 0, 19, 0];
type Asked = {
  over?: Partial<JudgePlan>;
  frozen?: Partial<Calibration>;
  looks?: readonly Interval[];
  also?: VerdictExtras;
};

function caveats(asked: Asked = {}): readonly Reason[] | undefined {
  const record = recordOf([5], 0, { frozen: { ...frozen, ...asked.frozen } });
  const looks = asked.looks ?? looksOfPhase(1, 5, 0, [quiet]);
  return judge({ ...plan, dispersion: "auto", ...asked.over }, record, looks, new Map(), 60_000, asked.also).caveats;
}

test("nothing is said where nothing is to be said", () => {
  expect(caveats()).toBeUndefined();
  const off = { weights: { errors: 0, latency: 0, metrics: 0 } };
  expect(caveats({ over: off, frozen: { phiFrom: "default" }, also: { canaryPods: 1 } })).toBeUndefined();
});

test("bursts, measured or assumed; what the user said is not repeated", () => {
  expect(caveats({ frozen: { phi: { errors: 6.04 } } })).toEqual([reason("errors-in-bursts", { phi: 6.04 })]);
  expect(caveats({ frozen: { phi: {}, phiFrom: "default" } })).toEqual([
    reason("bursts-assumed", { phi: plan.constants.defaultPhi }),
  ]);
  expect(caveats({ over: { dispersion: 1 }, frozen: { phiFrom: "default" } })).toBeUndefined();
  expect(caveats({ over: { dispersion: 3 }, frozen: { phiFrom: "default" } })).toEqual([
    reason("errors-in-bursts", { phi: 3 }),
  ]);
});

test("resets and single pods", () => {
  const looks = (resets: readonly string[]) => looksOfPhase(1, 5, 0, [quiet, quiet], { resets });
  expect(caveats({ looks: looks(["a"]) })).toEqual([reason("counters-reset", { pods: 1 })]);
  expect(caveats({ looks: looks(["a", "b"]) })).toEqual([reason("counters-reset", { pods: 2 })]);
  expect(caveats({ also: { canaryPods: 1 } })).toEqual([reason("single-canary-pod", {})]);
  expect(caveats({ also: { canaryPods: 2 } })).toBeUndefined();
});

test("an objective between the boundaries moves up, or has nowhere to go", () => {
  const of = (sloMs: number, boundariesMs: readonly number[]) =>
    caveats({ over: { latency: { ...plan.latency, sloMs } }, frozen: { boundariesMs } });
  expect(of(500, [250, 500])).toBeUndefined();
  expect(of(400, [250, 500])).toEqual([
    reason("latency-objective-moved", { quantile: 0.99, objectiveMs: 400, boundaryMs: 500 }),
  ]);
  expect(of(900, [250, 500])).toEqual([reason("latency-objective-unmeasured", { objectiveMs: 900 })]);
});

test("a bucket that the canary lacks", () => {
  const looks = (canary: number) =>
    looksOfPhase(1, 5, 0, [{ errors: quiet, "latency>100": [canary, 0, 19, 0], "latency>250": [0, 0, 19, 0] }]);
  expect(caveats({ looks: looks(5), frozen: { boundariesMs: [100, 250] } })).toEqual([
    reason("bucket-missing", { boundaryMs: 250 }),
  ]);
  expect(caveats({ looks: looks(0), frozen: { boundariesMs: [100, 250] } })).toBeUndefined();
});

test("a limit below what is tolerated", () => {
  const looks = (bad: number) => looksOfPhase(1, 5, 0, [[100, 0, 100_000, bad]]);
  expect(caveats({ looks: looks(4400) })).toBeUndefined();
  const [trap] = caveats({ looks: looks(6000) }) ?? [];
  expect(trap).toMatchObject({ code: "margin-below-tolerance", data: { metric: "errors" } });
  const { from, to } = (trap as Reason<"margin-below-tolerance">).data;
  expect([from.toFixed(3), to.toFixed(4)]).toEqual(["0.065", "0.0665"]);
});
