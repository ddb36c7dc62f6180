import { describe, expect, it } from "vitest";
import { hasOneShare, judgePlanOf, neverEmpty, rememberedOf } from "../../src/evidence/derive-judge-plan.ts";
import { constants } from "../../src/judge/constants.ts";
import { groupsOf } from "../../src/judge/judge-plan.ts";
import type { Compare } from "../../src/rollout/plan.ts";
import { accepted, route } from "../inputs/reading.ts";
import { progressing, rule, start } from "../reports/samples.ts";

const planOf = async (more = "") => {
  const text = `route: ${route}\nphases: 5@2m/20/100\nhold: 10m\nprometheus: { url: https://p.example.com, scrape-interval: 20s }\n${more}`;
  const { plan } = await accepted({}, { plan: text });
  if (plan?.metrics === undefined || plan.compare === "off") throw new Error("nothing is compared");
  return { ...plan, metrics: plan.metrics, compare: plan.compare };
};
const frozen = { phi: {}, rate: {}, phiFrom: "default", boundariesMs: [] } as const;

describe("the plan as the judge reads it", () => {
  it("carries every figure over", async () => {
    const plan = await planOf();
    expect(judgePlanOf(plan, plan.compare, plan.metrics)).toEqual({
      alpha: 0.01,
      beta: 0.05,
      weights: { errors: 0.5, latency: 0.3, metrics: 0.2 },
      errors: { tolerance: { ratio: 1.1, difference: 0.0005 }, limit: { ratio: 1, difference: 0.005 }, gate: true },
      latency: { tolerance: { ratio: 1.1, difference: 0.0005 }, limit: { ratio: 1, difference: 0.005 } },
      metrics: [],
      restartEveryMs: 900_000,
      dispersion: "auto",
      split: { tolerance: 1.1, falseAlarm: 0.001 },
      requests: 50,
      lookMs: 20_000,
      lagMs: 35_000,
      staleAfterMs: 55_000,
      settleMs: 20_000,
      allowanceMs: 15_000,
      phases: [
        { weight: 5, maxHoldMs: 480_000 },
        { weight: 20, maxHoldMs: 2_400_000 },
        { weight: 100, maxHoldMs: 2_400_000 },
      ],
      checks: [],
      constants,
    });
  });

  it("never compares nothing: a canary is not promoted by time for want of buckets", async () => {
    const { compare, ...plan } = await planOf();
    const only: Compare = { ...compare, weights: { errors: 0, latency: 1, metrics: 0 } };
    const judged = judgePlanOf(plan, only, plan.metrics);
    expect(groupsOf(neverEmpty(judged, { ...frozen, boundariesMs: [250] }), [250]).map(({ name }) => name)).toEqual([
      "latency",
    ]);
    expect(groupsOf(neverEmpty(judged, frozen), []).map(({ name }) => name)).toEqual(["errors"]);
  });
});

describe("the judge's part of the record", () => {
  it("holds every phase that was entered, and when a pause was left", async () => {
    const plan = await planOf();
    const remembered = rememberedOf(plan, progressing, undefined);
    expect(remembered.phases.map(({ weight }) => weight)).toEqual([5, 20]);
    expect(remembered.phases[0]?.enteredAt).toBe(start);
    expect(remembered).not.toHaveProperty("watchedFrom");
    expect(rememberedOf(plan, { ...progressing, watchedFrom: start + 7 }, undefined).watchedFrom).toBe(start + 7);
  });

  it("counts the canary's share of both versions where others have their part", async () => {
    const plan = await planOf();
    const third = {
      ...rule,
      destinations: [...rule.destinations, "reviews.shop.svc.cluster.local/v3"],
      home: [50, 0, 50],
    };
    const [first] = rememberedOf(plan, { ...progressing, rules: [third] }, undefined).phases;
    // 5 of 100 to the canary, 48 to stable and 47 to the third.
    expect(first?.weight).toBeCloseTo((100 * 5) / 53, 6);
    const mixed = rememberedOf(plan, { ...progressing, rules: [rule, third] }, undefined).phases;
    expect(mixed[0]?.weight).toBe(5);
    const alike = [rule, { ...rule, index: 1 }, { ...third, atHome: true }];
    expect([[rule], alike, [third], [rule, third]].map((rules) => hasOneShare({ ...progressing, rules }))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});
