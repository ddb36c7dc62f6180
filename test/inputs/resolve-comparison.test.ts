import { describe, expect, test } from "vitest";
import { resolveCompare } from "../../src/inputs/resolve-comparison.ts";
import { paceOf } from "../../src/inputs/resolve-metric-source.ts";
import { providerNamed } from "../../src/metrics/index.ts";
import type { Compare } from "../../src/rollout/plan.ts";
import type { Tell } from "../../src/schema/source-value.ts";
import { accepted, problemsOf, read, route } from "./reading.ts";

const head = `route: ${route}\nprometheus: https://p.example.com\n`;
const metrics = { route, prometheus: "https://p.example.com" };
const compareOf = async (block: string): Promise<Compare> => {
  const { plan } = await accepted({}, { plan: `${head}compare:\n${block}` });
  if (plan === undefined || plan.compare === "off") throw new Error("nothing is compared");
  return plan.compare;
};

describe("the comparison of canary with stable", () => {
  test("is on where metrics are named, with every default", async () => {
    const { plan } = await accepted(metrics);
    const tolerance = { ratio: 1.1, difference: 0.0005 };
    const limit = { ratio: 1, difference: 0.005 };
    expect(plan?.compare).toEqual({
      falseRollback: 0.01,
      falsePromotion: 0.05,
      weights: { errors: 0.5, latency: 0.3, metrics: 0.2 },
      errors: { tolerance, limit },
      latency: { tolerance, limit },
      metrics: [],
      dispersion: "auto",
      split: { tolerance: 1.1, falseAlarm: 0.001 },
      requests: 50,
      lookMs: 15_000,
      restartEveryMs: 900_000,
    });
    expect(plan?.checks).toEqual([]);
  });

  test("is off without metrics, where it says so, and for routes that a mesh's metrics may not know", async () => {
    expect((await accepted({ route })).plan?.compare).toBe("off");
    const off = (await accepted({}, { plan: `${head}compare: off\n` })).plan;
    expect(off?.compare).toBe("off");
    expect(off?.checks.map(({ name }) => name)).toEqual(["success-rate", "latency"]);
    const gateway = (await accepted({ ...metrics, route: "httproute/reviews" })).plan;
    expect(gateway?.compare).toBe("off");
    expect(gateway?.checks).toHaveLength(2);
    const asked = await accepted({}, { plan: `${head.replace("virtualservice", "httproute")}compare: {}\n` });
    expect(asked.plan?.compare).toMatchObject({ falseRollback: 0.01 });
  });

  test("gives way to a user's own checks only where nobody asked for it by name", async () => {
    const checks = "checks: [{ name: a, query: up, min: 1 }]\n";
    expect((await accepted({}, { plan: head + checks })).plan?.compare).toMatchObject({ optional: true });
    expect((await accepted({}, { plan: `${head}compare: {}\n${checks}` })).plan?.compare).not.toHaveProperty(
      "optional",
    );
  });

  test("warns where the checks that judge at 100 % could never pass, and the plan has none of its own", async () => {
    const short = { plan: `${head}phases: 20/100\nhold: 90s\nmax-hold: 3m\n` };
    const warning =
      "At 100 there is nothing to compare with, and a pass needs three values, one every 1m at the soonest. The phase " +
      "waits 3m at most: it cannot pass there. Raise its `max-hold` or lower `prometheus.scrape-interval`.";
    expect((await read({}, short)).warnings).toEqual([warning]);
    const checks = "checks: [{ name: a, query: up, min: 1, every: 1m }]\n";
    expect((await read({}, { plan: short.plan + checks })).warnings.join()).not.toContain("At 100");
    expect((await read({}, { plan: `${short.plan}compare: off\n` })).warnings.join()).not.toContain("At 100");
    expect((await read({}, { plan: `${head}phases: 20/100\nhold: 1m\n` })).warnings).toEqual([]);
  });

  test("takes every key", async () => {
    const compare = await compareOf(
      [
        "  errors: { tolerance: { ratio: 1.2, points: 0.07 }, margin: { points: 1 } }",
        "  latency: { slo: 500ms }",
        "  false-rollback: 2%",
        "  false-promotion: 0.1",
        "  look: 30s",
        "  dispersion: 3",
        "  weights: { errors: 1, latency: 0 }",
        "  requests: 0",
        "  restart-every: 20m",
        "  split: off",
        "  metrics:",
        "    - name: orders",
        '      total: orders_total{version="{{canary}}"}',
        '      bad: \'orders_total{version="{{canary}}", state=~"failed|lost"}\'',
        "      gate: true",
        "      margin: 0.7%",
      ].join("\n"),
    );
    const tolerance = { ratio: 1.1, difference: 0.0005 };
    expect(compare).toEqual({
      falseRollback: 0.02,
      falsePromotion: 0.1,
      weights: { errors: 1, latency: 0, metrics: 0.2 },
      errors: { tolerance: { ratio: 1.2, difference: 0.0007 }, limit: { ratio: 1, difference: 0.01 } },
      // An objective widens its own gate.
      latency: { tolerance, limit: { ratio: 1, difference: 0.01 }, sloMs: 500 },
      metrics: [
        {
          name: "orders",
          total: 'orders_total{version="{{canary}}"}',
          bad: 'orders_total{version="{{canary}}", state=~"failed|lost"}',
          gate: true,
          tolerance,
          limit: { ratio: 1, difference: 0.007 },
        },
      ],
      dispersion: 3,
      split: "off",
      requests: 0,
      lookMs: 30_000,
      restartEveryMs: 1_200_000,
    });
  });

  test("is part of the plan's digest", async () => {
    const digest = async (block: string) => (await accepted({}, { plan: head + block })).plan?.digest;
    expect(await digest("compare: {}\n")).toBe(await digest(""));
    expect(await digest("compare: { requests: 50 }\n")).toBe(await digest(""));
    expect(await digest("compare: { requests: 51 }\n")).not.toBe(await digest(""));
    expect(await digest("compare: off\n")).not.toBe(await digest(""));
  });

  test("looks no more often than there is something new", async () => {
    const slow =
      "route: virtualservice/reviews\nprometheus: { url: https://p.example.com, scrape-interval: 20500ms }\n";
    expect((await accepted({}, { plan: slow })).plan?.compare).toMatchObject({ lookMs: 21_000 });
  });
});

describe("what is refused", () => {
  const problems = (block: string) => problemsOf({}, { plan: `${head}compare: ${block}\n` });

  test.each([
    ["on", 'compare is "on", which is unknown. Known: off.'],
    ["false", "compare takes off, or a mapping"],
    ["{ error: {} }", "error is unknown. Known: errors, "],
    ["{ false-rollback: 0 }", "compare.false-rollback is 0%. It takes a share above 0 and up to 50%."],
    ["{ false-rollback: 51% }", "compare.false-rollback is 51%. It takes a share above 0 and up to 50%."],
    ["{ false-promotion: 0.6 }", "compare.false-promotion is 60%. It takes a share above 0 and up to 50%."],
    [
      "{ errors: { tolerance: { ratio: 0.99 } } }",
      "compare.errors.tolerance.ratio is 0.99. It takes a number, 1 or more.",
    ],
    ["{ errors: { tolerance: { points: -1 } } }", "compare.errors.tolerance.points is -1. It takes percentage points"],
    ["{ errors: { margin: { ratio: 0.5 } } }", "compare.errors.margin.ratio is 0.5. It takes a number, 1 or more."],
    [
      "{ errors: { margin: { points: 0 } } }",
      "compare.errors.margin.points is 0. A margin of nothing can never be shown",
    ],
    ["{ errors: { margin: 0% } }", "compare.errors.margin is 0. A margin of nothing can never be shown"],
    ["{ errors: { margin: 0.5 } }", "compare.errors.margin is 0.5. Write percentage points such as 0.5%."],
    ["{ look: 10s }", "compare.look is 10s, shorter than one scrape of 15s"],
    ["{ look: 15500ms }", "compare.look is 15s500ms. It takes whole seconds, as 15s."],
    ["{ restart-every: 10s }", "compare.restart-every is 10s."],
    ["{ dispersion: 0.5 }", "compare.dispersion is 0.5. It takes auto, or a number, 1 or more."],
    ["{ split: on }", 'compare.split is "on". It takes the keys tolerance, false-alarm.'],
    ["{ split: { tolerance: 0.9 } }", "compare.split.tolerance is 0.9."],
    ["{ split: { false-alarm: 0 } }", "compare.split.false-alarm is 0%."],
    ["{ weights: { errors: 0, latency: 0 } }", "compare.weights leaves nothing to compare."],
    ["{ requests: -1 }", "compare.requests is -1."],
  ])("%s", async (block, words) => {
    const found = await problems(block);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(words);
    expect(found[0]).toMatch(/^rollout\.yml:3:/);
  });

  test.each([
    ['sum(x{v="{{canary}}"})', "Write a selector alone"],
    ['x{v="{{canary}}"}[5m]', "Write a selector alone"],
    ['x{v="{{canary}}"} / y', "Write a selector alone"],
    ['x{v="v2"}', "Name the version in it"],
    ['x{v="{{canary}}",w="{{window}}"}', "A counter has no window"],
    ['x{v="{{carany}}"}', 'Did you mean "{{canary}}"?'],
  ])("the counter %s", async (total, words) => {
    const bad = 'y{v="{{canary}}"}';
    const plan = `${head}compare:\n  metrics:\n    - name: a\n      total: '${total}'\n      bad: '${bad}'\n`;
    const found = await problemsOf({}, { plan });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(words);
    expect(found[0]).toMatch(/^rollout\.yml:6:/);
  });

  test("names that something else has", async () => {
    const one = (name: string) => `    - { name: ${name}, total: 'a{v="{{canary}}"}', bad: 'b{v="{{canary}}"}' }\n`;
    const plan = `${head}compare:\n  metrics:\n${one("a")}${one("a")}${one("errors")}${one("constructor")}`;
    expect(await problemsOf({}, { plan })).toEqual([
      'rollout.yml:6:15 A second metric is called "a". Give each its own `name`.',
      'rollout.yml:7:15 compare.metrics[2].name is "errors", a name of Sluice\'s own. Choose another.',
      'rollout.yml:8:15 compare.metrics[3].name is "constructor", a name of Sluice\'s own. Choose another.',
    ]);
  });

  test("a comparison without a source", async () => {
    expect(await problemsOf({}, { plan: `route: ${route}\ncompare: {}\n` })).toEqual([
      "rollout.yml:2:10 There is a comparison, and no metric source to ask. Set `prometheus`, or remove `compare`.",
    ]);
  });

  test("a margin below the tolerance is warned of: between the two a canary can go neither way", async () => {
    const { warnings, problems } = await read({}, { plan: `${head}compare: { errors: { margin: 0.02% } }\n` });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      "The margin of errors, 0.02 points, lies below its tolerance of x1.1 and 0.05 points: a canary between the two can " +
        "be neither rolled back nor promoted. Raise the margin or lower the tolerance.",
    ]);
  });
});

describe("a source that cannot count both versions apart", () => {
  const source = { ...providerNamed("prometheus"), comparison: "none" } as const;
  const told: unknown[] = [];
  const tell: Tell = (place, message, code) => void told.push({ place, message, code });
  const at = { file: "plan.yml", line: 9 };
  const pace = paceOf({ name: "plain", provider: source, plan: { at, value: {} } }, tell);
  const around = { pace, routes: [{ kind: "virtualservice", namespace: "shop", name: "web" }], hasChecks: false };

  test("compares nothing by default, and is refused where the comparison is named", () => {
    expect(resolveCompare(undefined, around, { tell, warn: () => {} })).toBe("off");
    expect(told).toEqual([]);
    expect(resolveCompare({ at, value: {} }, around, { tell, warn: () => {} })).toBe("off");
    expect(told).toEqual([
      {
        place: at,
        message:
          "Prometheus does not count canary and stable apart: nothing can be compared. Remove `compare`, and name `checks`.",
        code: "metric-not-separable",
      },
    ]);
  });
});
