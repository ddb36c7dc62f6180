import { describe, expect, it, onTestFinished } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import type { Millis } from "../../src/base/units.ts";
import { type Counted, countAll } from "../../src/evidence/count-requests.ts";
import { minutesOf } from "../../src/evidence/history-counts.ts";
import type { Provider } from "../../src/metrics/provider.ts";
import type { MetricSource, PointValues, VersionTargets } from "../../src/ports/metric-source.ts";
import type { MetricsPlan } from "../../src/rollout/plan.ts";
import { type Answering, everyText, formsOf, handClock, json, type Seen, serve } from "./prometheus/servers.ts";

export type Counts = { readonly n: number; readonly x: number };
/** What both versions have served since long ago, up to a moment. */
export type Served = (at: Millis) => { readonly canary: Counts; readonly stable: Counts };

/** What may be odd about an answer of JSON under status 200. */
export type Oddity = "empty" | "NaN" | "two series" | "half a bucket" | "an absent version" | "a reset";

/** How the server of one provider says what every server may say. */
export type Speech = {
  /** What the block of the plan adds. */
  readonly settings: Partial<MetricsPlan>;
  /** The whole answer to what was asked, or one that is odd in this way. */
  answer(seen: Seen, served: Served, oddity?: Oddity): unknown;
  /** A refusal in the source's own words. */
  refusal(words: string): unknown;
  /** Why something does not apply, in words that are printed. */
  readonly cannot: Partial<Record<Oddity, string>>;
};

const from = 1_767_225_600_000;
const stepMs = 60_000;
const points = 4;
const to = from + (points - 1) * stepMs;
const now = to + 2 * stepMs;
const grid = { from, to, stepMs };
const secret = 'c0ntract-"s3cret"/+';

const versions: VersionTargets = {
  canary: { host: "web-v2.shop.svc.cluster.local", service: "web-v2", namespace: "shop" },
  stable: { host: "web-v1.shop.svc.cluster.local", service: "web-v1", namespace: "shop" },
  namespace: "shop",
};

/** Sixty requests of the canary a minute, of which three fail, and ten times as many of stable. */
const served: Served = (at) => {
  const minutes = Math.round((at - from) / stepMs) + 100;
  return { canary: { n: 60 * minutes, x: 3 * minutes }, stable: { n: 600 * minutes, x: 6 * minutes } };
};

/** What every provider owes to those who ask it, whatever its server does: data with a reason, and no secret in it. */
export function providerContract(name: string, provider: Provider, speech: Speech): void {
  async function opened(answer: Answering, dateMs?: Millis): Promise<MetricSource> {
    const clock = handClock();
    const server = await serve((response, seen, request) => {
      response.sendDate = false;
      if (dateMs !== undefined) response.setHeader("date", new Date(dateMs).toUTCString());
      answer(response, seen, request);
      // A server that leaves the answer open keeps it open until the time is up.
      setImmediate(() => {
        if (!response.writableEnded && !request.socket.destroyed) clock.ring();
      });
    });
    const plan: MetricsPlan = {
      ...{ provider: name, url: server.url, scrapeIntervalMs: 15_000, lagMs: 30_000, hosts: [], allowHttp: false },
      ...speech.settings,
    };
    const headers = { Authorization: `Bearer ${secret}`, "X-Tenant": `${secret}-tenant` };
    const source = await provider.open(plan, { headers, agents: {}, clock });
    onTestFinished(() => source.close());
    return source;
  }

  const saying =
    (oddity?: Oddity, world = served): Answering =>
    (response, seen) => {
      response.writeHead(200, json).end(JSON.stringify(speech.answer(seen, world, oddity)));
    };

  const valuesOf = async (source: MetricSource) => {
    const ask = { preset: "success-rate" } as const;
    const answer = await source.values({ name: "success-rate", versions, windowMs: stepMs, ask }, grid);
    withoutSecret([answer, source]);
    return answer;
  };
  const countsOf = async (source: MetricSource) => {
    const asked = { arms: versions, of: "both", requests: true, boundariesMs: [], metrics: [] } as const;
    const counting = { ...asked, staleAfterMs: 45_000, stepMs };
    const counted = await countAll(source, counting, [{ from, to, points }], { now, clock: handClock() });
    withoutSecret([counted, source]);
    return counted;
  };
  const withoutSecret = (value: unknown) => {
    const text = everyText(value);
    for (const form of formsOf(secret)) expect(text).not.toContain(form);
  };
  const compares = provider.comparison !== "none";

  /** What each version was counted between the points; nothing where it was not. */
  const minutesIn = (counted: Counted) => {
    if (counted.kind !== "counted") return counted;
    const [phase = { counters: [], up: [] }] = counted.phases;
    return {
      canary: minutesOf(phase, "canary", ["errors"], []).get("errors") ?? [],
      stable: minutesOf(phase, "stable", ["errors"], []).get("errors") ?? [],
    };
  };
  const sums = (pods: readonly (readonly Counts[])[]) =>
    Array.from({ length: points - 1 }, (_, k) =>
      pods.reduce((sum, pod) => ({ n: sum.n + (pod[k]?.n ?? 0), x: sum.x + (pod[k]?.x ?? 0) }), { n: 0, x: 0 }),
    );
  const kindsOf = (answer: PointValues) => [...new Set(answer.samples.map(({ kind }) => kind))];

  const odd = (oddity: Oddity, check: () => Promise<void>) => {
    const why = speech.cannot[oddity];
    if (why === undefined) it(`with ${oddity}`, check);
    else it(`with ${oddity}: does not apply, ${why}`, () => expect(why.length).toBeGreaterThan(10));
  };

  describe(`the provider ${name}`, () => {
    it("gives one number a point, and what was counted between the points", async () => {
      const source = await opened(saying());
      expect(await valuesOf(source)).toMatchObject({
        kind: "values",
        samples: Array.from({ length: points }, (_, k) => ({ at: from + k * stepMs, kind: "value", value: 0.95 })),
      });
      if (!compares) return;
      const counted = minutesIn(await countsOf(source));
      if ("kind" in counted) throw new Error(counted.kind);
      expect(sums(counted.canary)).toEqual(Array(points - 1).fill({ n: 60, x: 3 }));
      expect(sums(counted.stable)).toEqual(Array(points - 1).fill({ n: 600, x: 6 }));
    });

    odd("empty", async () => {
      const source = await opened(saying("empty"));
      const answer = await valuesOf(source);
      expect(answer.kind === "values" && kindsOf(answer)).toEqual(["missing"]);
      if (!compares) return;
      const counted = minutesIn(await countsOf(source));
      expect(counted).toEqual({ canary: [], stable: [] });
    });

    odd("NaN", async () => {
      const source = await opened(saying("NaN"));
      const answer = await valuesOf(source);
      expect(answer.kind === "values" ? kindsOf(answer) : ["missing"]).toEqual(["missing"]);
      if (compares) expect(await countsOf(source)).toMatchObject({ kind: "error", unusable: true });
    });

    odd("two series", async () => {
      const answer = await valuesOf(await opened(saying("two series")));
      expect(answer).toMatchObject({ samples: Array(points).fill({ reason: { code: "metric-several-series" } }) });
    });

    odd("half a bucket", async () => {
      const counted = minutesIn(await countsOf(await opened(saying("half a bucket"))));
      if ("kind" in counted) throw new Error(counted.kind);
      // What is not complete is left out, of both versions.
      expect(sums(counted.canary)).toEqual([...Array(points - 2).fill({ n: 60, x: 3 }), { n: 0, x: 0 }]);
      expect(sums(counted.stable)).toEqual([...Array(points - 2).fill({ n: 600, x: 6 }), { n: 0, x: 0 }]);
    });

    odd("an absent version", async () => {
      const counted = await countsOf(await opened(saying("an absent version")));
      if (counted.kind !== "counted") {
        expect(counted).toMatchObject({ reason: { code: "metric-version-absent", data: { version: "canary" } } });
        return;
      }
      // Not a version without requests: nothing is known of it.
      expect(counted.phases[0]?.counters.filter(({ arm }) => arm === "canary")).toEqual([]);
    });

    odd("a reset", async () => {
      const counted = minutesIn(await countsOf(await opened(saying("a reset"))));
      if ("kind" in counted) throw new Error(counted.kind);
      for (const { n } of sums(counted.canary)) expect(n).toBeGreaterThanOrEqual(0);
    });

    it("with a late change: the newest answer counts", async () => {
      if (!compares) return;
      let world = served;
      const source = await opened((response, seen, request) => saying(undefined, world)(response, seen, request));
      const before = minutesIn(await countsOf(source));
      world = (at) => {
        const { canary, stable } = served(at);
        return { canary: { ...canary, x: at > from ? canary.x + 5 : canary.x }, stable };
      };
      const after = minutesIn(await countsOf(source));
      if ("kind" in before || "kind" in after) throw new Error("it was counted");
      expect([sums(before.canary)[0], sums(after.canary)[0]]).toEqual([
        { n: 60, x: 3 },
        { n: 60, x: 8 },
      ]);
    });

    it("from another clock is not believed", async () => {
      const source = await opened(saying(), now - 40_000);
      expect(await valuesOf(source)).toMatchObject({ dates: expect.arrayContaining([now - 40_000]) });
      if (!compares) return;
      expect(await countsOf(source)).toEqual({ kind: "error", reason: reason("clock-skewed", { offMs: 40_000 }) });
    });

    const bad: [string, Answering, string][] = [
      ["status 500", (response) => response.writeHead(500).end("oh"), "metric-status"],
      [
        "status 503 with an error page",
        (response) => response.writeHead(503, { "content-type": "text/html" }).end("<html>"),
        "metric-status",
      ],
      ["status 401", (response) => response.writeHead(401).end(), "metric-status"],
      ["status 429", (response) => response.writeHead(429, { "retry-after": "1" }).end(), "metric-status"],
      [
        "a login page",
        (response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
        "metric-web-page",
      ],
      [
        "another content type",
        (response, seen) =>
          response.writeHead(200, { "content-type": "text/plain" }).end(JSON.stringify(speech.answer(seen, served))),
        "metric-not-json",
      ],
      [
        "half an answer",
        (response, seen) => response.writeHead(200, json).end(JSON.stringify(speech.answer(seen, served)).slice(0, -9)),
        "metric-reply-broken",
      ],
      ["JSON of another kind", (response) => response.writeHead(200, json).end("[]"), "metric-reply-malformed"],
      [
        "a redirect",
        (response) => response.writeHead(307, { location: "http://127.0.0.1:1/" }).end(),
        "metric-redirected",
      ],
      ["a closed connection", (response) => response.socket?.destroy(), "metric-unreachable"],
      ["silence", () => {}, "metric-no-answer"],
      ["a body that never ends", (response) => response.writeHead(200, json).write("{"), "metric-no-answer"],
      [
        "a flood",
        (response) => response.writeHead(200, json).end(Buffer.alloc(8 * 1024 * 1024 + 1, 0x20)),
        "metric-reply-too-large",
      ],
      [
        "its own words with our headers in them",
        (response, seen) =>
          response.writeHead(400, json).end(JSON.stringify(speech.refusal(JSON.stringify(seen.headers)))),
        "metric-status",
      ],
      [
        "the same under status 200",
        (response, seen) =>
          response.writeHead(200, json).end(JSON.stringify(speech.refusal(JSON.stringify(seen.headers)))),
        "metric-source-error",
      ],
    ];
    it.each(bad)("is an error when its server answers with %s", async (_what, answer, code) => {
      expect(await valuesOf(await opened(answer))).toMatchObject({ kind: "error", reason: { code } });
      if (compares) expect(await countsOf(await opened(answer))).toMatchObject({ kind: "error", reason: { code } });
    });

    it("finds before the first write what would fail in every turn", async () => {
      const ask = { preset: "success-rate" } as const;
      const trials = [{ value: { name: "success-rate", versions, windowMs: stepMs, ask } }];
      const down = await opened((response) => response.writeHead(500).end());
      expect(await down.probe(trials, now)).toMatchObject([{ code: "query-failed" }]);
    });

    it("ends when it is cancelled", async () => {
      const stop = new AbortController();
      const source = await opened(() => stop.abort());
      const ask = { preset: "success-rate" } as const;
      const asked = { name: "success-rate", versions, windowMs: stepMs, ask };
      const cancelled = { kind: "error", reason: { code: "metric-cancelled" } };
      expect(await source.values(asked, grid, stop.signal)).toMatchObject(cancelled);
    });
  });
}
