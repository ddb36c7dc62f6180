import { describe, expect, it } from "vitest";
import { accepted, problemsOf, read, route } from "../../inputs/reading.ts";

const plan = (more: string) => `route: ${route}\n${more}`;

describe("the block `counts`", () => {
  it("may be a URL alone, and compares errors over whole minutes", async () => {
    const inputs = await accepted({}, { plan: plan("counts: https://counts.example.com/shop\n") });
    expect(inputs.plan?.metrics).toEqual({
      ...{ provider: "counts", url: "https://counts.example.com/shop", hosts: [], allowHttp: false },
      ...{ scrapeIntervalMs: 60_000, lagMs: 60_000, bucketMs: 60_000 },
    });
    expect(inputs.plan?.compare).toMatchObject({ lookMs: 60_000, weights: { errors: 0.5, latency: 0 } });
    expect(inputs.plan?.checks).toEqual([]);
  });

  it("is compared on whatever route, since the endpoint knows the versions", async () => {
    const words = "route: shop/httproute/web\ncounts: {url: https://c.example.com, interval: 10s, lag: 5s}\n";
    const inputs = await accepted({}, { plan: words });
    // Intervals of ten seconds make no fifteen.
    expect(inputs.plan?.compare).toMatchObject({ lookMs: 20_000 });
  });

  it("sends secrets by reference, and the plan holds none of them", async () => {
    const words = "counts: {url: https://c.example.com, bearer: '$" + "{COUNTS_TOKEN}'}\n";
    const inputs = await accepted({}, { plan: plan(words), env: { COUNTS_TOKEN: "a-secret-token" } });
    expect(inputs.metricHeaders).toEqual({ Authorization: "Bearer a-secret-token" });
    expect(JSON.stringify(inputs.plan)).not.toContain("secret");
    const other = await accepted({}, { plan: plan(words), env: { COUNTS_TOKEN: "another-token" } });
    expect(other.plan?.digest).toBe(inputs.plan?.digest);
    const plain = await accepted({}, { plan: plan("counts: https://c.example.com\n") });
    const slower = await accepted(
      {},
      { plan: plan("counts: {url: https://c.example.com, interval: 5m}\nhold: 20m\n") },
    );
    expect(slower.plan?.digest).not.toBe(plain.plan?.digest);
  });

  it("checks the success rate alone where nothing is compared", async () => {
    const inputs = await accepted({}, { plan: plan("counts: https://c.example.com\ncompare: off\n") });
    expect(inputs.plan?.checks).toMatchObject([{ name: "success-rate", min: 0.99, everyMs: 60_000 }]);
  });

  it.each([
    [
      "counts: {url: https://c.example.com, interval: 45s}\n",
      "rollout.yml:2:48 counts.interval divides neither a minute nor an hour. Write 5s, 10s, 15s, 30s, 1m or 5m.",
    ],
    [
      "counts: http://c.example.com/\n",
      "rollout.yml:2:9 counts: c.example.com would be asked over plain http. Use https, or set `allow-http: true`.",
    ],
    ["counts: {interval: 1m}\n", "rollout.yml:2:9 counts has no `url`. Add it."],
    [
      "counts: https://c.example.com\nhold: 2m\n",
      "rollout.yml:3:7 The hold of 2m at 5 is shorter than 4 intervals of 1m. Hold at least 4m, or lower `counts.interval`.",
    ],
    [
      "counts: https://c.example.com\ncompare: {look: 90s}\n",
      "rollout.yml:3:17 compare.look is 1m30s, which is no multiple of the interval of 1m. Write one.",
    ],
    [
      "counts: https://c.example.com\ncompare: {latency: {slo: 250ms}}\n",
      "rollout.yml:3:20 counts counts no latency. Remove compare.latency.",
    ],
    [
      "counts: https://c.example.com\nchecks: [{preset: latency, max: 250ms}]\n",
      "rollout.yml:3:10 counts has no latency. Use one of success-rate, or remove the check.",
    ],
    [
      "counts: https://c.example.com\nchecks: [{name: own, query: up, min: 1}]\n",
      "rollout.yml:3:10 counts takes no queries. Use one of the presets success-rate, or remove the check.",
    ],
    [
      "counts: https://c.example.com\nchecks: [{preset: success-rate, min: 99%, every: 90s}]\n",
      'rollout.yml:3:50 Window 1m30s of check "success-rate" is no multiple of the interval of 1m. Set its `every`.',
    ],
  ])("refuses %j with place and remedy", async (words, problem) => {
    expect(await problemsOf({}, { plan: plan(words) })).toEqual([problem]);
  });

  it("is one of two kinds: a plan names one", async () => {
    const words = "prometheus: https://p.example.com\nhold: 5m\ncounts:\n  url: https://c.example.com\n";
    expect(await problemsOf({}, { plan: plan(words) })).toEqual([
      "rollout.yml:4:1 Name one metric source; `prometheus` (line 2) and `counts` (line 4) are both there. Remove one of them.",
    ]);
    const mixed = { plan: plan("counts:\n  url: https://c.example.com\n") };
    expect(await problemsOf({ prometheus: "https://p.example.com" }, mixed)).toEqual([
      "rollout.yml:3:3 Name one metric source; the input `prometheus` and `counts` of the plan are both there. Remove one of them.",
    ]);
  });

  it("is taken by the JSON Schema as it is by the reader", async () => {
    const { problems } = await read({}, { plan: plan("counts: {url: https://c.example.com, scrape-interval: 15s}\n") });
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining("counts.scrape-interval is unknown"),
    ]);
  });
});
