import { describe, expect, it } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { driftOf } from "../../src/rollout/drift.ts";
import { differs, entered, record, seen } from "./samples.ts";

describe("drift", () => {
  it("is what the route shows and the record does not", () => {
    expect(driftOf(record(), seen())).toBeUndefined();
    const { standing: _, ...rest } = seen();
    expect(driftOf(record(), rest)).toBeUndefined();
    expect(driftOf(record(), seen({ standing: differs }))).toMatchObject({
      outcome: { name: "drifted", exitCode: 1, code: "drifted", weight: 20, phase: 2 },
    });
    const lost = reason("rules-gone", { object: "VirtualService shop/reviews", rules: ["http/primary"] });
    const gone = { kind: "rule-gone", reason: lost, remedy: "kubectl patch" } as const;
    expect(driftOf(record(), seen({ standing: gone }))?.reason).toEqual(reason("rollout-drifted", { found: lost }));
  });

  it("soon after a patch on a route that a tool keeps is that tool's", () => {
    const by = (revertedBy: readonly string[]) => ({ ...differs, revertedBy });
    const found = differs.reason;
    const told = (ms: number, tools: readonly string[] = ["Argo CD"], state = record()) =>
      driftOf(state, seen({ standing: by(tools), now: entered + ms }))?.reason;
    const reverted = (afterMs: number, ...tools: readonly string[]) =>
      reason("rollout-drifted", { found: reason("weights-reverted", { found, tools, afterMs }) });
    expect(told(12_000)).toEqual(reverted(12_000, "Argo CD"));
    expect(told(12_000, ["Argo CD", "Helm"])).toEqual(reverted(12_000, "Argo CD", "Helm"));
    expect(told(180_000)).toEqual(reverted(180_000, "Argo CD"));
    const other = reason("rollout-drifted", { found });
    for (const why of [told(181_000), told(12_000, [])]) expect(why).toEqual(other);
    expect(told(1, ["Flux"], record("promoted"))).toEqual(other);
  });
});
