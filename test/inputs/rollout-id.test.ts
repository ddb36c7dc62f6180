import { describe, expect, test } from "vitest";
import { canonicalPlan } from "../../src/inputs/rollout-id.ts";
import { accepted, route } from "./reading.ts";

describe("the id of a rollout", () => {
  const idOf = async (given: Record<string, string>, plan?: string) =>
    (await accepted(given, plan === undefined ? {} : { plan })).plan;

  test("is the same however the plan is written", async () => {
    const one = await idOf({ route, phases: "5@10m/pause/100", hold: "5m", namespace: "default" });
    const other = await idOf(
      {},
      `phases:\n  - { hold: 600s, weight: 5 }\n  - pause\n  - weight: 100\n    max-hold: 1200s\nroute: default/${route}\nwrite-allowance: 15000ms\n`,
    );
    expect(other).toEqual(one);
    expect(one?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(one?.rollout).toMatch(/^[0-9a-f]{12}$/);
    const metrics = { route, prometheus: "https://p.example.com" };
    const percent = await idOf({ ...metrics, checks: "[{preset: success-rate, min: 99.9%}]" });
    const ratio = await idOf({
      ...metrics,
      prometheus: "https://P.example.com/",
      checks: "[{min: 0.999, preset: success-rate}]",
    });
    expect(ratio?.digest).toBe(percent?.digest);
  });

  test("differs with the revision and with every key of the plan", async () => {
    const metrics = "prometheus: { url: https://p.example.com }\n";
    const plans = [
      "",
      "namespace: shop\n",
      "stable: v1\n",
      "canary: v2\n",
      "rule: http/x\n",
      "phases: 10/100\n",
      "hold: 6m\n",
      "max-hold: 6m\n",
      "settle: 20s\n",
      "write-allowance: 0s\n",
      metrics,
      "prometheus: { url: https://q.example.com }\n",
      `${metrics}checks: [{preset: latency, max: 1s}]\n`,
      `${metrics}checks: [{preset: latency, max: 1s, on-silent: rollback}]\n`,
      "on-inconclusive: rollback\n",
      "on-cancel: leave\n",
      "start-weight: 1\n",
      "others: fixed\n",
    ];
    const ids = await Promise.all(plans.map(async (plan) => (await idOf({}, `route: ${route}\n${plan}`))?.rollout));
    expect(new Set(ids).size).toBe(plans.length);
    const revised = await idOf({ route, revision: "other" });
    expect(revised?.digest).toBe((await idOf({ route }))?.digest);
    expect(revised?.rollout).not.toBe((await idOf({ route }))?.rollout);
  });

  test("does not depend on what a person overrides, and the plan says what that is", async () => {
    const plain = await idOf({ route });
    const forced = await idOf({
      route,
      force: "subset-empty, inconsistent-weights",
      "allow-fault": "true",
      "create-destination": "true",
      gitops: "pause-flux",
    });
    expect(forced?.digest).toBe(plain?.digest);
    expect(forced?.target.force).toEqual(["fault-injected", "inconsistent-weights", "subset-empty"]);
    expect(forced?.target).toMatchObject({ createDestination: true, pauseFlux: true });
    expect(plain?.target).not.toHaveProperty("force");
    expect(plain?.target).not.toHaveProperty("createDestination");
  });

  test("does not depend on a secret", async () => {
    const plan = `route: ${route}\nprometheus: { url: https://p.example.com, bearer: "\${A}" }\n`;
    const one = await accepted({}, { plan, env: { A: "abcdef" } });
    const other = await accepted({}, { plan, env: { A: "uvwxyz" } });
    expect(other.plan).toEqual(one.plan);
  });
});

test("canonical JSON sorts keys, keeps the order of lists and leaves out what holds nothing", () => {
  expect(canonicalPlan({ b: [2, 1], a: { d: undefined, c: "x" } })).toBe('{"a":{"c":"x"},"b":[2,1]}');
});
