import { expect, test } from "vitest";
import { freeze } from "../../src/judge/calibrate.ts";
import { plan } from "./support.ts";

const pod = (x: number) => Array.from({ length: 60 }, () => ({ n: 100, x }));

test("rates and bursts are frozen for every process and boundary, known edges alone become boundaries", () => {
  const metrics = [{ ...plan.errors, name: "orders", gate: false }];
  const history = new Map([
    ["errors", [pod(1), pod(1)]],
    ["latency>250", [pod(5), pod(5)]],
  ]);
  expect(freeze({ ...plan, metrics }, history, [500, 250, 333, Number.POSITIVE_INFINITY])).toEqual({
    phi: { errors: 1, orders: 2, "latency>250": 1, "latency>500": 2 },
    rate: { errors: 0.01, orders: 0, "latency>250": 0.05, "latency>500": 0 },
    phiFrom: "history",
    boundariesMs: [250, 500],
  });
});

test("without history nothing is claimed to be measured", () => {
  expect(freeze(plan, new Map(), [])).toEqual({
    phi: { errors: 2 },
    rate: { errors: 0 },
    phiFrom: "default",
    boundariesMs: [],
  });
});
