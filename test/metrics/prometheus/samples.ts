import { foreign } from "../../../src/base/foreign.ts";
import type { Sample } from "../../../src/base/judging-types.ts";
import { reason } from "../../../src/base/reasons/index.ts";
import type { Millis } from "../../../src/base/units.ts";
import type { Measurement, MetricSource, Question, VersionTargets } from "../../../src/ports/metric-source.ts";
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

export type Asking = { question: Question; from: Millis; to: Millis };

/** A source made of a function from question and time to an answer: what it was asked is kept. */
export function sourceOf(
  answer: (question: Question, at: Millis) => number | string | Measurement,
): MetricSource & { asked: Asking[] } {
  const asked: Asking[] = [];
  return {
    asked,
    measure: async (question, from, to) => {
      asked.push({ question, from, to });
      const samples: Sample[] = [];
      for (let at = from; at <= to; at += question.stepMs) {
        const said = answer(question, at);
        if (typeof said === "object") return said;
        samples.push(
          typeof said === "number"
            ? { at, kind: "value", value: said }
            : { at, kind: "missing", reason: reason("metric-failed", { says: foreign(said) }) },
        );
      }
      return { kind: "samples", samples, seriesCount: 1 };
    },
    close: () => {},
  };
}
