import type { Verdict } from "../base/judging-types.ts";
import type { Millis } from "../base/units.ts";
import type { Phase, Plan } from "../rollout/plan.ts";

/** What becomes of a phase: it goes on, is left for the next one, stops for a person, or all traffic goes back. */
export type Act = "wait" | "promote" | "pause" | "rollback";

/** `watchedMs`: since traffic settled; `countedMs`: the same, begun again where a pause was left. */
type Elapsed = { readonly watchedMs: Millis; readonly countedMs: Millis };

/** What a run would do with a verdict where nothing but the metrics speaks: the cluster, a deadline and commands are not asked. */
export function actOn(
  verdict: Verdict,
  { watchedMs, countedMs }: Elapsed,
  { holdMs, maxHoldMs }: Pick<Phase, "holdMs" | "maxHoldMs">,
  onInconclusive: Plan["policy"]["onInconclusive"],
): Act {
  if (verdict.kind === "fail") return "rollback";
  const isOver = countedMs >= maxHoldMs;
  if (verdict.reason.code === "sample-ratio-mismatch" && isOver) return "rollback";
  if (watchedMs < holdMs) return "wait";
  if (verdict.kind === "pass") return "promote";
  if (!isOver) return "wait";
  return onInconclusive === "promote" && verdict.lacking === "data" ? "pause" : onInconclusive;
}
