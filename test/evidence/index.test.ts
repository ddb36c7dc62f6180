import { describe, expect, it } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { evidenceFrom } from "../../src/evidence/index.ts";
import type { VersionTargets } from "../../src/ports/metric-source.ts";
import type { Measurement, RangeQuery } from "../../src/ports/range-queries.ts";
import type { Check } from "../../src/rollout/plan.ts";
import { overQueries } from "../metrics/prometheus/samples.ts";
import { minute, plan, record, second, watch } from "../rollout/samples.ts";

const never = new AbortController().signal;
const arms: VersionTargets = {
  namespace: "shop",
  stable: {
    host: "reviews.shop.svc.cluster.local",
    service: "reviews",
    namespace: "shop",
    subset: "v1",
    workloads: ["reviews-v1"],
  },
  canary: {
    host: "reviews.shop.svc.cluster.local",
    service: "reviews",
    namespace: "shop",
    subset: "v2",
    workloads: ["reviews-v2"],
  },
};
const check: Check = {
  name: "errors",
  ask: { query: "errors" },
  max: 0.05,
  everyMs: 15 * second,
  failAfter: { consecutive: 2, total: 3 },
  silentAfter: { consecutive: 3, total: 5 },
  onSilent: "wait",
};
const metrics = {
  provider: "prometheus",
  url: "https://p.example.com",
  scrapeIntervalMs: 15 * second,
  lagMs: 0,
  hosts: [],
  allowHttp: false,
};
const judged = plan({ metrics, checks: [check] });

/** A source that answers every question with this, and what it was asked. */
function source(answer: (question: RangeQuery, from: number, to: number) => Measurement) {
  const asked: { from: number; to: number }[] = [];
  const measured = overQueries(async (question, from, to) => {
    asked.push({ from, to });
    return answer(question, from, to);
  });
  return { asked, measured };
}
const values =
  (value: number) =>
  (question: RangeQuery, from: number, to: number): Measurement => ({
    kind: "samples",
    samples: Array.from({ length: Math.floor((to - from) / question.stepMs) + 1 }, (_, index) => ({
      at: from + index * question.stepMs,
      kind: "value",
      value,
    })),
  });

describe("the evidence of a phase", () => {
  it("is time alone where nothing is measured, and is told so", async () => {
    const evidence = evidenceFrom(undefined, () => Promise.reject(new Error("nobody asks")));
    expect(await evidence(plan(), record(), watch + minute, never)).toMatchObject({
      kind: "pass",
      reason: reason("passed-unmeasured", {}),
    });
  });

  it("is never a pass where there are checks and no source to ask", async () => {
    const evidence = evidenceFrom(undefined, async () => arms);
    expect((await evidence(plan({ checks: [check] }), record(), watch + 2 * minute, never)).kind).not.toBe("pass");
  });

  it("asks from the watch on and nothing before it", async () => {
    const { asked, measured } = source(values(0.01));
    const verdict = await evidenceFrom(measured, async () => arms)(judged, record(), watch + minute, never);
    expect(verdict.kind).toBe("pass");
    expect(Math.min(...asked.map(({ from }) => from))).toBeGreaterThanOrEqual(watch);
    expect(Math.max(...asked.map(({ to }) => to))).toBeLessThanOrEqual(watch + minute);
  });

  it("counts only from the pause that was left", async () => {
    const { measured } = source((question, from, to) => {
      const answer = values(0.01)(question, from, to);
      if (answer.kind !== "samples") return answer;
      return {
        ...answer,
        samples: answer.samples.map((sample) =>
          sample.at <= watch + 5 * minute ? { at: sample.at, kind: "value", value: 0.5 } : sample,
        ),
      };
    });
    const evidence = evidenceFrom(measured, async () => arms);
    const left = record("progressing", { watchedFrom: watch + 5 * minute });
    expect((await evidence(judged, left, watch + 7 * minute, never)).kind).toBe("pass");
    expect((await evidence(judged, record(), watch + 7 * minute, never)).kind).toBe("fail");
  });

  it.each<readonly [string, Measurement]>([
    ["an error", { kind: "error", reason: reason("metric-status", { source: "Prometheus", status: 502 }) }],
    ["an empty answer", { kind: "samples", samples: [], seriesCount: 0 }],
  ])("%s is not a pass, however late", async (_, answer) => {
    const evidence = evidenceFrom(source(() => answer).measured, async () => arms);
    for (const after of [minute, 4 * minute, 8 * minute]) {
      expect((await evidence(judged, record(), watch + after, never)).kind).not.toBe("pass");
    }
  });
});
