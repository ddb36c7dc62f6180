import type { Millis } from "../base/units.ts";
import type { Check, PointLimits } from "../rollout/plan.ts";
import { formatDuration } from "../schema/duration.ts";
import { broken, type Stated, valueOr } from "../schema/shape.ts";
import type { Tell } from "../schema/source-value.ts";
import { nameOf, type WrittenCheck, type WrittenLimits } from "./check-schema.ts";
import type { SourcePace } from "./resolve-metric-source.ts";
import type { Timed } from "./resolve-phases.ts";

/** What is checked where a metric source is named and nothing else: a canary is never promoted for want of words. */
export function defaultChecks(
  { at, provider }: Pick<SourcePace, "at" | "provider">,
  ofConnections = false,
): readonly WrittenCheck[] {
  const { presets } = provider;
  if (ofConnections && presets.includes("connections")) {
    return [{ at, named: undefined, ask: { preset: "connections" }, min: 0.99 }];
  }
  const checks: readonly WrittenCheck[] = [
    { at, named: undefined, ask: { preset: "success-rate" }, min: 0.99 },
    { at, named: undefined, ask: { preset: "latency", quantile: 0.99 }, max: 500 },
  ];
  return checks.filter(({ ask }) => "preset" in ask && presets.includes(ask.preset));
}

type CheckWindowDefaults = SourcePace & { readonly phases: readonly Timed[] };

export function resolveChecks(
  written: readonly WrittenCheck[],
  pace: CheckWindowDefaults,
  tell: Tell,
  warn: (message: string) => void,
): readonly Check[] {
  return written.map((one) => {
    const everyMs = valueOr(one.every, Math.max(60_000, pace.leastWindowMs));
    checkOffered(one, pace, tell);
    checkWindow(one, everyMs, pace, tell, warn);
    const { count, requests } = one;
    return {
      name: nameOf(one),
      ask: one.ask,
      ...(one.min === undefined ? {} : { min: one.min }),
      ...(one.max === undefined ? {} : { max: one.max }),
      everyMs,
      ...(count === undefined || count.value === broken ? {} : { count: count.value }),
      ...(requests === undefined || requests.value === broken ? {} : { requests: requests.value }),
      failAfter: limitsOf(one["fail-after"], { consecutive: 3, total: 5 }),
      silentAfter: limitsOf(one["silent-after"], { consecutive: 5, total: 10 }),
      onSilent: valueOr<"wait" | "rollback">(one["on-silent"], "wait"),
    };
  });
}

/** A limit that was not written gives way to the one that was: three in a row of two in all would never be reached. */
function limitsOf(stated: Stated<WrittenLimits> | undefined, byDefault: PointLimits): PointLimits {
  const written = valueOr(stated, {});
  const total = valueOr(written.total, Math.max(byDefault.total, valueOr(written.consecutive, 0)));
  return { consecutive: valueOr(written.consecutive, Math.min(byDefault.consecutive, total)), total };
}

/** Whether the source has such a number at all. */
function checkOffered(one: WrittenCheck, { name, provider }: SourcePace, tell: Tell): void {
  const { presets, hasQueries } = provider;
  if ("preset" in one.ask) {
    if (presets.includes(one.ask.preset)) return;
    tell(one.at, `${name} has no ${one.ask.preset}. Use one of ${presets.join(", ")}, or remove the check.`);
  } else if (!hasQueries) {
    tell(one.at, `${name} takes no queries. Use one of the presets ${presets.join(", ")}, or remove the check.`);
  }
}

function checkWindow(
  one: WrittenCheck,
  everyMs: Millis,
  pace: CheckWindowDefaults,
  tell: Tell,
  warn: (message: string) => void,
): void {
  const at = one.every?.at ?? one.at;
  // Without a single sound phase there is nothing that a window could fail to fit.
  const shortest = Math.min(...pace.phases.map((phase) => phase.maxHoldMs));
  const { leastWindowMs: leastMs, bucketMs = 1 } = pace;
  if (everyMs < leastMs || everyMs > shortest) {
    const [window, min, max] = [everyMs, leastMs, shortest].map(formatDuration);
    tell(
      at,
      `Window ${window} of check "${nameOf(one)}" does not fit: at least ${min}, at most ${max}. Set its \`every\`.`,
      "metric-window-invalid",
    );
  } else if (everyMs % bucketMs !== 0) {
    const [window, unit] = [everyMs, bucketMs].map(formatDuration);
    tell(
      at,
      `Window ${window} of check "${nameOf(one)}" is no multiple of the ${pace.word} of ${unit}. Set its \`every\`.`,
      "metric-window-invalid",
    );
  } else if (4 * everyMs + pace.lagMs > shortest) {
    // Values stand at multiples of the step: the first one is complete between one step and two after the watch begins.
    const isHopeless = 3 * everyMs + pace.lagMs > shortest;
    const then = isHopeless
      ? "it cannot pass there"
      : "whether it can pass there depends on the second in which it begins";
    warn(
      `Check "${nameOf(one)}" takes a value every ${formatDuration(everyMs)} and needs three, and a phase waits ` +
        `${formatDuration(shortest)} at most: ${then}. Shorten its \`every\` or raise \`max-hold\`.`,
    );
  }
}

/** At 100 % checks stand in for the comparison, and pass on three values like any other. */
export function checkFullWeight(
  { leastWindowMs: everyMs, lagMs, key, phases }: CheckWindowDefaults,
  warn: (message: string) => void,
): void {
  for (const { weight, maxHoldMs } of phases) {
    if (weight < 100 || 3 * everyMs + lagMs <= maxHoldMs) continue;
    const [every, longest] = [everyMs, maxHoldMs].map(formatDuration);
    warn(
      `At 100 there is nothing to compare with, and a pass needs three values, one every ${every} at the soonest. The ` +
        `phase waits ${longest} at most: it cannot pass there. Raise its \`max-hold\` or lower \`${key}\`.`,
    );
  }
}
