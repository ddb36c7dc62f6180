import { defaultPlan } from "../../../src/judge/judge-plan.ts";
import type { Interval } from "../../../src/judge/types.ts";
import { judgeWithNumbers } from "../../../src/judge/verdict-with-numbers.ts";
import type { Progress } from "../../../src/ports/reporter.ts";
import { start, watching } from "../samples.ts";

/** A turn in the second phase of a rollout whose canary is compared with stable, and fails a little more often. */
const looks: readonly Interval[] = Array.from({ length: 40 }, (_, at): Interval => {
  const isSecond = at >= 20;
  const n = isSecond ? 200 : 50;
  const bad = isSecond ? at % 3 : 0;
  return {
    phase: isSecond ? 2 : 1,
    index: at + 1,
    from: start + at * 15_000,
    to: start + (at + 1) * 15_000,
    weight: isSecond ? 20 : 5,
    settling: false,
    seen: true,
    resets: [],
    pairs: new Map([["errors", { canary: { n, x: bad }, stable: { n: 1000 - n, x: at % 2 } }]]),
  };
});

const record = {
  rollout: "r",
  phases: [
    { weight: 5, enteredAt: start },
    { weight: 20, enteredAt: start + 300_000 },
  ],
  frozen: { phi: { errors: 1 }, rate: {}, phiFrom: "history" as const, boundariesMs: [] },
};
const { verdict, numbers } = judgeWithNumbers(defaultPlan, record, looks, new Map(), start + 600_000);

export const compared: Progress = {
  ...watching,
  reason: verdict.reason,
  judged: { ...verdict, numbers },
  health: { stable: "ready", canary: "ready", canaryEmptyMs: 0, reasons: [], ready: { stable: 3, canary: 1 } },
};
