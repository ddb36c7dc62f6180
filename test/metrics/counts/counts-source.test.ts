import { describe, expect, it, onTestFinished } from "vitest";
import { SluiceError } from "../../../src/base/problem.ts";
import { reason } from "../../../src/base/reasons/index.ts";
import { counts } from "../../../src/metrics/counts/index.ts";
import type { CountQuestion, ValueQuestion, VersionTargets } from "../../../src/ports/metric-source.ts";
import type { MetricsPlan } from "../../../src/rollout/plan.ts";
import { handClock, type Seen, sendJson, serve } from "../prometheus/servers.ts";
import { askedOf, written } from "./speech.ts";

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

const planFor = (url: string): MetricsPlan => ({
  ...{ provider: "counts", url, scrapeIntervalMs: bucketMs, lagMs: 30_000, bucketMs },
  ...{ hosts: [], allowHttp: false },
});

type Bucket = { from: string; canary?: readonly number[]; stable?: readonly number[] };

async function opened(more: (one: Bucket, at: number) => Bucket | undefined = (one) => one, behindMs = 0) {
  const server = await serve((response, seen: Seen) => {
    const asked = askedOf(seen);
    const errors: Bucket[] = [];
    for (let at = asked.from; at < asked.to; at += asked.stepMs) {
      const one = more({ from: written(at), canary: [10, 1], stable: [90, 0] }, at);
      if (one !== undefined) errors.push(one);
    }
    sendJson(response, { format: 1, until: written(asked.to - behindMs), counts: { errors } });
  });
  const source = await counts.open(planFor(`${server.url}/shop`), { headers: {}, agents: {}, clock: handClock() });
  onTestFinished(() => source.close());
  return { source, server };
}

describe("an endpoint of counts", () => {
  it("is asked by POST for whole intervals, with the names of both versions", async () => {
    const { source, server } = await opened();
    await source.increments?.(errors, { from, to: from + 60_000, stepMs: 30_000 });
    const [seen] = server.seen;
    expect([seen?.method, seen?.path]).toEqual(["POST", "/shop"]);
    expect(JSON.parse(seen?.body ?? "")).toEqual({
      ...{ format: 1, from: "2026-01-01T00:00:00Z", to: "2026-01-01T00:01:00Z", bucket: 15 },
      ...{ canary: "v2", stable: "v1", namespace: "shop", counts: ["errors"] },
    });
  });

  it("is added up to the intervals that are looked at, where each part of one is known", async () => {
    const { source } = await opened((one, at) => (at === from + 45_000 ? undefined : one));
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
    const spans = server.seen.map(askedOf).map((asked) => asked.to - asked.from);
    expect(spans).toEqual([30_000_000, 30_000_000, 26_400_000]);
    const endless = await source.increments?.(errors, { from, to: from + 1000 * day, stepMs: 60_000 });
    expect(endless).toMatchObject({ reason: { code: "metric-range-too-long" } });
  });

  it("gives the share that succeeded, and the requests behind it", async () => {
    const { source } = await opened((one, at) => {
      if (at === from) return { ...one, canary: [0, 0] };
      if (at !== from + 15_000) return one;
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
    expect(sound.server.seen.map(askedOf)).toMatchObject([{ to: now - 30_000 }]);
    const half = await opened(({ canary: _, ...one }) => one);
    expect(await half.source.probe(trials, now)).toEqual([
      reason("metric-version-absent", { version: "canary", at: now - 30_000 }),
    ]);
  });

  it("is tried for a lag that is too short", async () => {
    const ask = { preset: "success-rate" } as const;
    const trials = [{ value: { name: "success-rate", versions, windowMs: 15_000, ask } }];
    const now = from + 300_000;
    const asked = now - 30_000;
    const late = await opened(undefined, 4 * bucketMs);
    expect(await late.source.probe(trials, now)).toEqual([]);
    const behind = await opened(undefined, 4 * bucketMs + 1000);
    expect(await behind.source.probe(trials, now)).toEqual([
      reason("metric-source-behind", { until: asked - 4 * bucketMs - 1000, asked }),
    ]);
  });

  it("does not count what it has not closed yet", async () => {
    const { source } = await opened(undefined, 1000);
    const answer = await source.increments?.(errors, { from, to: from + 60_000, stepMs: 15_000 });
    expect(answer).toMatchObject({ increments: [15, 30, 45].map((after) => ({ at: from + after * 1000 })) });
  });

  it.each([
    ["a format that is unknown", { format: 2 }, { code: "metric-format-unknown" }, {}],
    [
      "buckets out of order",
      { counts: { errors: [15, 0].map((after) => ({ from: written(from + after * 1000) })) } },
      { code: "metric-interval-unordered" },
      { unusable: true },
    ],
  ])("is an error with %s", async (_what, further, why, isUnusable) => {
    const server = await serve((response) =>
      sendJson(response, { format: 1, until: written(from + 60_000), counts: { errors: [] }, ...further }),
    );
    const source = await counts.open(planFor(server.url), { headers: {}, agents: {}, clock: handClock() });
    onTestFinished(() => source.close());
    const answer = await source.increments?.(errors, { from, to: from + 60_000, stepMs: 15_000 });
    expect(answer).toEqual({ kind: "error", reason: expect.objectContaining(why), ...isUnusable });
  });

  it("is not made where it cannot be asked", async () => {
    const plan: MetricsPlan = {
      ...{ provider: "counts", url: "http://169.254.169.254", scrapeIntervalMs: bucketMs, lagMs: 0, bucketMs },
      ...{ hosts: [], allowHttp: true },
    };
    await expect(counts.open(plan, { headers: {}, agents: {}, clock: handClock() })).rejects.toThrow(SluiceError);
  });
});
