import { describe, expect, it } from "vitest";
import { drifted, driftOf } from "../../src/rollout/drift.ts";
import { differs, entered, record, seen } from "./samples.ts";

describe("drift", () => {
  it("is what the route shows and the record does not", () => {
    expect(driftOf(record(), seen())).toBeUndefined();
    const { standing: _, ...rest } = seen();
    expect(driftOf(record(), rest)).toBeUndefined();
    expect(driftOf(record(), seen({ standing: differs }))).toMatchObject({
      outcome: { name: "drifted", exitCode: 1, code: "drifted", weight: 20, phase: 2 },
    });
    const gone = { kind: "rule-gone", because: "http/primary no longer exists", remedy: "kubectl patch" } as const;
    expect(driftOf(record(), seen({ standing: gone }))?.because).toMatch(/no longer exists/);
  });

  it("soon after a patch on a route that a tool keeps is that tool's", () => {
    const by = (revertedBy: readonly string[]) => ({ ...differs, revertedBy });
    const told = (ms: number, tools: readonly string[] = ["Argo CD"]) =>
      driftOf(record(), seen({ standing: by(tools), now: entered + ms }))?.because;
    const words =
      ". That was within 12 s of the last patch of Sluice: so Argo CD puts back what Git holds. Sluice stops";
    expect(told(12_000)).toContain(words);
    expect(told(12_000, ["Argo CD", "Helm"])).toContain("so Argo CD and Helm put back");
    expect(told(180_000)).toContain("within 180 s");
    for (const because of [told(181_000), told(12_000, [])]) expect(because).not.toContain("puts back");
    const promoted = driftOf(record("promoted"), seen({ standing: by(["Flux"]), now: entered + 1 }));
    expect(promoted?.because).not.toContain("puts back");
  });

  it("prints both ways out", () => {
    expect(drifted(record(), "changed by kubectl").because).toBe(
      "changed by kubectl. Sluice stops and does not fight. To go back run `rollback`; to keep these weights remove the annotation `sluice.dev/rollout`.",
    );
  });
});
