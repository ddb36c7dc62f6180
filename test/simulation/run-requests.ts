import type { RunOptions } from "../../src/reconcile/run-context.ts";
import type { Plan } from "../../src/rollout/plan.ts";
import { countQuery, everyMs, failAfter, lagMs, limit, silentAfter, valueQuery } from "./metrics.ts";
import type { Life } from "./process-life.ts";
import type { Scene, SimPlan, SimRun } from "./scene.ts";

/** What a simulated run is given, as the inputs of a real one would say it. */

export function planOf(plan: SimPlan): Plan {
  return {
    rollout: plan.rollout,
    digest: plan.digest,
    revision: plan.revision,
    target: {
      routes: [{ kind: "virtualservice", namespace: "shop", name: "reviews" }],
      ...(plan.stable === null ? {} : { stable: plan.stable }),
      ...(plan.canary === null ? {} : { canary: plan.canary }),
      rules: [],
      startWeight: 0,
    },
    phases: plan.phases,
    metrics: {
      provider: "prometheus",
      url: "http://prometheus.test",
      scrapeIntervalMs: 15_000,
      lagMs,
      hosts: [],
      allowHttp: true,
    },
    checks: plan.judged
      ? [
          {
            name: "errors",
            ask: { query: valueQuery },
            max: limit,
            everyMs,
            ...(plan.requests === null ? {} : { count: countQuery, requests: plan.requests }),
            failAfter,
            silentAfter,
            onSilent: "wait",
          },
        ]
      : [],
    compare: "off",
    policy: {
      settleMs: plan.settleMs,
      allowanceMs: plan.allowanceMs,
      onInconclusive: plan.onInconclusive,
      onCancel: plan.onCancel,
    },
  };
}

export function orderOf(spec: SimRun, life: Life, scene: Scene): RunOptions {
  const plan = spec.plan === null ? undefined : scene.plans[spec.plan];
  return {
    command: spec.command,
    ...(spec.until === null ? {} : { until: spec.until }),
    ...(spec.turns === null ? {} : { turns: spec.turns }),
    ...(spec.namesRollout && plan !== undefined ? { rollout: plan.rollout } : {}),
    me: { id: life.id, attempt: life.attempt, workflow: "deploy", number: spec.number },
    repository: "shop/reviews",
    pullRequest: null,
    revision: plan?.revision ?? "",
    revisionGiven: false,
    byHand: spec.byHand,
    onlyContinues: spec.onlyContinues,
    dryRun: spec.dryRun,
  };
}

export const arms = {
  stable: { host: "reviews", service: "reviews", namespace: "shop", subset: "v1" },
  canary: { host: "reviews", service: "reviews", namespace: "shop", subset: "v2" },
  namespace: "shop",
};
