import { routeTitles } from "../../base/kube-object.ts";
import type { Plan } from "../../rollout/plan.ts";
import { duration, percent } from "../../text/format.ts";

/** What becomes of a phase that is undecided at its end. */
export const onInconclusiveWords: Readonly<Record<Plan["policy"]["onInconclusive"], string>> = {
  pause: "pauses there",
  rollback: "is taken back",
  promote: "goes on without proof, if only requests are lacking",
};

const share = (value: number): string => `${Number((value * 100).toPrecision(4))}%`;

/** Which limits those are is a matter of what stable showed before: each check says its own. */
const atFull = [
  "At 100%",
  "nothing to compare with: held against coarse limits, made of what stable showed in the hour before",
] as const;

/** The plan in pairs of a word and what it says. */
export function planRows({
  phases,
  target,
  metrics,
  compare,
  checks,
  policy,
}: Plan): readonly (readonly [string, string])[] {
  const schedule = phases.map(({ weight, holdMs, maxHoldMs, thenPause }) => {
    const most = maxHoldMs === 4 * holdMs ? "" : `, at most ${duration(maxHoldMs)}`;
    return `${percent(weight)} for ${duration(holdMs)}${most}${thenPause ? ", then a person" : ""}`;
  });
  return [
    ["Routes", routeTitles(target.routes)],
    ["Rules", target.rules.length === 0 ? "every rule that holds both versions" : target.rules.join(", ")],
    ["Schedule", schedule.join(" → ")],
    ["Metric source", metrics === undefined ? "none" : metrics.url],
    ...(compare === "off"
      ? [["Comparison", "off"] as const]
      : [
          [
            "Comparison",
            `at most ${share(compare.falseRollback)} of healthy canaries taken back, at most ${share(compare.falsePromotion)} of harmful ones promoted`,
          ] as const,
          [
            "Errors",
            `tolerated: ${compare.errors.tolerance.ratio} × stable + ${share(compare.errors.tolerance.difference)}; promoted below stable + ${share(compare.errors.limit.difference)}`,
          ] as const,
          [
            "Latency",
            compare.latency.sloMs === undefined
              ? "compared at every bucket; gates nothing"
              : `gated at ${compare.latency.sloMs} ms`,
          ] as const,
          ...(checks.length > 0 || phases.every(({ weight }) => weight < 100) ? [] : [atFull]),
        ]),
    ...checks.map(({ name, min, max, everyMs }) => {
      const limits = [min === undefined ? "" : `at least ${min}`, max === undefined ? "" : `at most ${max}`].filter(
        Boolean,
      );
      return [`Check ${name}`, `${limits.join(" and ")}, every ${duration(everyMs)}`] as const;
    }),
    ["If undecided", `a phase ${onInconclusiveWords[policy.onInconclusive]} at the end of its time`],
    ["If cancelled", policy.onCancel === "rollback" ? "the traffic goes back" : "the rollout is left as it is"],
    ["Settling", `${duration(policy.settleMs)} after each step, and ${duration(policy.allowanceMs)} for the write`],
  ];
}
