import { describe, expect, it, onTestFinished } from "vitest";
import { SluiceError } from "../../../src/base/problem.ts";
import { reason } from "../../../src/base/reasons/index.ts";
import { counts } from "../../../src/metrics/counts/index.ts";
import type { CountQuestion, ValueQuestion, VersionTargets } from "../../../src/ports/metric-source.ts";
import type { MetricsPlan } from "../../../src/rollout/plan.ts";
import { handClock, type Seen, sendJson, serve } from "../prometheus/servers.ts";

const from = 1_767_225_600_000;
const bucketMs = 15_000;
const versions: VersionTargets = {
  canary: { host: "web.shop.svc.cluster.local", service: "web", namespace: "shop", subset: "v2" },
  stable: { host: "web.shop.svc.cluster.local", service: "web", namespace: "shop", subset: "v1" },
  namespace: "shop",
};
const errors: CountQuestion = {
  ...{ arms: versions, of: "both", requests: true, boundariesMs: [], metrics: [], staleAfterMs: 0 },
};

type Interval = { from: number; to: number; canary?: object; stable?: object };

async function opened(more: (one: Interval) => Interval | undefined = (one) => one) {
  const server = await serve((response, { form }: Seen) => {
    const [begin = 0, end = 0, interval = 1] = ["from", "to", "interval"].map((name) => Number(form.get(name)));
    const intervals: Interval[] = [];
    for (let at = begin; at < end; at += interval) {
      const both = { canary: { total: 10, bad: 1 }, stable: { total: 90, bad: 0 } };
      const one = more({ from: at, to: at + interval, ...both });
      if (one !== undefined) intervals.push(one);
    }
    sendJson(response, { intervals });
  });
  const plan: MetricsPlan = {
    ...{ provider: "counts", url: `${server.url}/shop`, scrapeIntervalMs: bucketMs, lagMs: 30_000, bucketMs },
    ...{ hosts: [], allowHttp: false },
  };
  const source = await counts.open(plan, { headers: {}, agents: {}, clock: handClock() });
  onTestFinished(() => source.close());
  return { source, server };
}

describe("an endpoint of counts", () => {
  it("is asked by GET for whole intervals, with the names of both versions", async () => {
    const { source, server } = await opened();
    await source.increments?.(errors, { from, to: from + 60_000, stepMs: 30_000 });
    const [seen] = server.seen;
    expect([seen?.method, seen?.path]).toEqual(["GET", "/shop"]);
    expect(Object.fromEntries(seen?.form ?? [])).toEqual({
      ...{ from: "1767225600", to: "1767225660", interval: "15" },
      ...{ canary: "v2", stable: "v1", namespace: "shop" },
    });
  });

  it("is added up to the intervals that are looked at, where each part of one is known", async () => {
    const { source } = await opened((one) => (one.from === from / 1000 + 45 ? undefined : one));
    expect(await source.increments?.(errors, { from, to: from + 90_000, stepMs: 30_000 })).toMatchObject({
      increments: [
        { at: from + 30_000, canary: { n: 20, x: 2 }, stable: { n: 180, x: 0 } },
        { at: from + 90_000, canary: { n: 20, x: 2 }, stable: { n: 180, x: 0 } },
      ],
    });
  });

  it("is asked for days in parts", async () => {
    const { source, server } = await opened();
    const day = 86_400_000;
    const answer = await source.increments?.(errors, { from, to: from + day, stepMs: 60_000 });
    expect(answer?.kind === "increments" && answer.increments.length).toBe(1440);
    expect(server.seen.map(({ form }) => Number(form.get("to")) - Number(form.get("from")))).toEqual([
      30_000, 30_000, 26_400,
    ]);
    const endless = await source.increments?.(errors, { from, to: from + 1000 * day, stepMs: 60_000 });
    expect(endless).toMatchObject({ reason: { code: "metric-range-too-long" } });
  });

  it("gives the share that succeeded, and the requests behind it", async () => {
    const { source } = await opened((one) => {
      if (one.from === from / 1000) return { ...one, canary: { total: 0, bad: 0 } };
      if (one.from !== from / 1000 + 15) return one;
      const { canary: _, ...half } = one;
      return half;
    });
    const preset = { preset: "success-rate" } as const;
    const grid = { from: from + 15_000, to: from + 60_000, stepMs: 15_000 };
    const asked: ValueQuestion = { name: "success-rate", versions, windowMs: 15_000, ask: preset };
    expect(await source.values(asked, grid)).toMatchObject({
      samples: [
        { at: from + 15_000, reason: reason("metric-nan", {}) },
        { at: from + 30_000, reason: reason("metric-version-absent", { version: "canary", at: from + 30_000 }) },
        { at: from + 45_000, value: 0.9 },
        { at: from + 60_000, value: 0.9 },
      ],
    });
    expect(await source.values({ ...asked, ask: { requestsOf: preset } }, grid)).toMatchObject({
      samples: [{ value: 0 }, { kind: "missing" }, { value: 10 }, { value: 10 }],
    });
  });

  it("has nothing but errors to tell", async () => {
    const { source, server } = await opened();
    const grid = { from, to: from + 60_000, stepMs: 15_000 };
    const of = (ask: ValueQuestion["ask"]) => source.values({ name: "own", versions, windowMs: 15_000, ask }, grid);
    const none = (metric: string) => ({ kind: "impossible", reason: reason("metric-not-offered", { metric }) });
    expect(await of({ preset: "latency", quantile: 0.99 })).toEqual(none("latency"));
    expect(await of({ query: "up" })).toEqual(none("own"));
    expect(await source.increments?.({ ...errors, requests: false, boundariesMs: "all" }, grid)).toEqual(
      none("latency"),
    );
    expect(server.seen).toEqual([]);
  });

  it("is tried before the first write: both versions have to turn up", async () => {
    const ask = { preset: "success-rate" } as const;
    const trials = [{ value: { name: "success-rate", versions, windowMs: 15_000, ask } }];
    const now = from + 300_000;
    const sound = await opened();
    expect(await sound.source.probe(trials, now)).toEqual([]);
    expect(sound.server.seen[0]?.form.get("to")).toBe(String((now - 30_000) / 1000));
    const half = await opened(({ canary: _, ...one }) => one);
    expect(await half.source.probe(trials, now)).toEqual([
      reason("metric-version-absent", { version: "canary", at: now - 30_000 }),
    ]);
  });

  it("is not made where it cannot be asked", async () => {
    const plan: MetricsPlan = {
      ...{ provider: "counts", url: "http://169.254.169.254", scrapeIntervalMs: bucketMs, lagMs: 0, bucketMs },
      ...{ hosts: [], allowHttp: true },
    };
    await expect(counts.open(plan, { headers: {}, agents: {}, clock: handClock() })).rejects.toThrow(SluiceError);
  });
});
