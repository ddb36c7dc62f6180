import { describe, expect, it } from "vitest";
import { finding } from "../../src/base/reasons/finding.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { notice } from "../../src/base/reasons/notice.ts";
import type { RolloutTarget } from "../../src/rollout/plan.ts";
import { decodeRecord } from "../../src/rollout/record/decode.ts";
import { encodeRecord } from "../../src/rollout/record/encode.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import { applied, http, operationsOf, rolledBack, stateFor, target, to, virtualService, weightsIn } from "./shapes.ts";

const named = { stable: "v1", canary: "v2" };
const route = (...weights: (number | undefined)[]) =>
  virtualService(http({ name: "a", route: weights.map((weight, index) => to(`v${index + 1}`, weight)) }));

describe("with `others: fixed`", () => {
  const fixed = (object: ReturnType<typeof route>, weight: number) => ({
    ...stateFor(virtualservice, object, weight, named),
    others: "fixed" as const,
  });

  it.each<[number, number[], number[]]>([
    [5, [80, 0, 20], [75, 5, 20]],
    [80, [80, 0, 20], [0, 80, 20]],
    [100, [80, 0, 20], [0, 80, 20]],
    [10, [6, 0, 2], [65, 10, 25]],
    [10, [60, 0, 25, 15], [50, 10, 25, 15]],
  ])("%i %% of %j is %j: stable alone makes room", (weight, home, expected) => {
    const object = route(...home);
    const operations = operationsOf(virtualservice, object, fixed(object, weight));
    expect(Object.values(weightsIn(operations))).toEqual(expected);
    const moved = applied(object, operations);
    const back = operationsOf(virtualservice, moved, rolledBack(fixed(object, weight)));
    expect(Object.values(weightsIn(back))).toEqual(home);
  });

  it("refuses what does not fit beside them", () => {
    const object = route(80, 0, 20);
    expect(virtualservice.write(object, fixed(object, 90), "{}")).toEqual({
      kind: "refused",
      finding: finding("weights-do-not-fit", { rule: "http/a", held: 20, weight: 90 }),
    });
    expect(virtualservice.write(object, rolledBack(fixed(object, 90)), "{}").kind).toBe("patch");
  });

  it("says so in the record, and is read back", () => {
    const state = fixed(route(80, 0, 20), 5);
    expect(decodeRecord(encodeRecord(state))).toEqual({ kind: "state", state });
    const odd = encodeRecord(state).replace('"others":"fixed"', '"others":"some"');
    expect(decodeRecord(odd)).toEqual({ kind: "corrupt", reason: reason("record-malformed", { part: "others" }) });
  });
});

describe("what a person overrides", () => {
  const selected = (object: ReturnType<typeof route>, more: Partial<RolloutTarget>) =>
    virtualservice.select(object, target({ ...named, ...more }));
  const faulty = virtualService(http({ name: "a", fault: { abort: {} }, route: [to("v1", 100), to("v2", 0)] }));
  const unequal = virtualService(
    http(
      { match: [{ uri: { prefix: "/a" } }], route: [to("v1", 100), to("v2", 0)] },
      { route: [to("v1", 80), to("v2", 20)] },
    ),
  );

  it("is done, and named", () => {
    expect(selected(faulty, { force: ["fault-injected"] })).toMatchObject({
      kind: "selected",
      selection: {
        warnings: [notice("overridden", { finding: reason("fault-injected", { rule: "http/a" }) })],
      },
    });
    expect(selected(unequal, { force: ["inconsistent-weights"] })).toMatchObject({
      kind: "selected",
      selection: { share: 0, rules: [{ index: 0 }, { index: 1 }] },
    });
  });

  it("is nothing else", () => {
    expect(selected(unequal, { force: ["fault-injected"] })).toMatchObject({
      kind: "refused",
      findings: [{ reason: { code: "inconsistent-weights" } }],
    });
  });
});
