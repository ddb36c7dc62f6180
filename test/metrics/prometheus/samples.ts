import type { Reason } from "../../../src/base/reasons/index.ts";
import type { MetricCode } from "../../../src/base/reasons/metric-reasons.ts";
import type { Millis } from "../../../src/base/units.ts";
import { sourceOver } from "../../../src/metrics/prometheus/source.ts";
import type { MetricSource, PointValue, VersionTargets } from "../../../src/ports/metric-source.ts";
import type { Measurement, RangeQueries, RangeQuery } from "../../../src/ports/range-queries.ts";
import type { Check } from "../../../src/rollout/plan.ts";

export const minute = 60_000;

export const twoServices: VersionTargets = {
  canary: { host: "reviews-v2.shop.svc.cluster.local", service: "reviews-v2", namespace: "shop" },
  stable: { host: "reviews-v1.shop.svc.cluster.local", service: "reviews-v1", namespace: "shop" },
  namespace: "shop",
};

export function check(further: Partial<Check> = {}): Check {
  return {
    name: "conversion",
    ask: { query: 'ok{v="{{canary}}"}[{{window}}]' },
    everyMs: minute,
    failAfter: { consecutive: 3, total: 5 },
    silentAfter: { consecutive: 5, total: 10 },
    onSilent: "wait",
    ...further,
  };
}

export type Asking = { question: RangeQuery; from: Millis; to: Millis };

/** A source over queries, as the real one and the played one are. */
export const overQueries = (measure: RangeQueries["measure"]): MetricSource =>
  sourceOver({ measure, close: () => {} }, { lagMs: 30_000 });

type Said = number | Reason<MetricCode> | Measurement;
const isAnswer = (said: object): said is Measurement => "kind" in said;

/** Queries that a function answers: what was asked is kept. */
export function queriesOf(answer: (question: RangeQuery, at: Millis) => Said): RangeQueries & { asked: Asking[] } {
  const asked: Asking[] = [];
  return {
    asked,
    measure: async (question, from, to) => {
      asked.push({ question, from, to });
      const samples: PointValue[] = [];
      for (let at = from; at <= to; at += question.stepMs) {
        const said = answer(question, at);
        if (typeof said === "number") samples.push({ at, kind: "value", value: said });
        else if (isAnswer(said)) return said;
        else samples.push({ at, kind: "missing", reason: said });
      }
      return { kind: "samples", samples, seriesCount: 1 };
    },
    close: () => {},
  };
}

/** The same as a source. */
export function sourceOf(answer: Parameters<typeof queriesOf>[0]): MetricSource & { asked: Asking[] } {
  const { measure, asked } = queriesOf(answer);
  return { ...overQueries(measure), asked };
}
