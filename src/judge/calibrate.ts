import type { Millis } from "../base/units.ts";
import { dispersionOf, type PodMinutes } from "./dispersion.ts";
import { processesOf } from "./intervals-from-counters.ts";
import { type JudgePlan, latencyName } from "./judge-plan.ts";
import type { Calibration } from "./types.ts";

/**
 * What is measured once before the first look. `history`: for each process the minutes of each pod of the stable version;
 * `edgesMs`: all bucket edges that the stable version has.
 */
export function freeze(
  plan: JudgePlan,
  history: ReadonlyMap<string, readonly PodMinutes[]>,
  edgesMs: Iterable<Millis>,
): Calibration {
  const edges = new Set(edgesMs);
  const boundariesMs = plan.constants.boundariesMs.filter((boundary) => edges.has(boundary));
  const names = [...processesOf(plan), ...boundariesMs.map(latencyName)];
  const measured = names.map((name) => [name, dispersionOf(plan.constants, history.get(name) ?? [])] as const);
  return {
    phi: Object.fromEntries(measured.map(([name, { phi }]) => [name, phi])),
    rate: Object.fromEntries(measured.map(([name, { rate }]) => [name, rate])),
    phiFrom: measured.some(([, { from }]) => from === "history") ? "history" : "default",
    boundariesMs,
  };
}
