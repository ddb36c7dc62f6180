import { describe, expect, it } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { optInNotices } from "../../src/rollout/opt-in-notices.ts";
import { record, rule } from "./samples.ts";

describe("what a person allowed a rollout", () => {
  it("is nothing by default, and nothing where there is nothing to allow it for", () => {
    expect(optInNotices(record())).toEqual([]);
    expect(optInNotices(record("progressing", { others: "fixed" }))).toEqual([]);
  });

  it("is said of the record as long as it stands", () => {
    const rules = [
      rule({ destinations: ["v1", "v2", "v0"], home: [90, 0, 10] }),
      rule({ name: "older", atHome: true }),
    ];
    const more = { created: true, others: "fixed", flux: { before: null }, rules } as const;
    const canary = { canary: "v2", rules: ["http/primary"] };
    const kept = reason("others-kept", { destinations: ["v0"] });
    const told = (rollout: "runs" | "promoted" | "rolled-back") =>
      [reason("canary-was-added", { ...canary, rollout }), kept, reason("flux-paused", { rollout })].map((one) => ({
        reason: one,
      }));
    expect(optInNotices(record("progressing", more))).toEqual(told("runs"));
    expect(optInNotices(record("promoted", more))).toEqual(told("promoted"));
    expect(optInNotices(record("rolled-back", more))).toEqual(told("rolled-back"));
  });
});
