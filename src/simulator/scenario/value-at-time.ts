import type { Millis, Percent } from "../../base/units.ts";

/** A moment of a rehearsal: so long after its start or, where `phase` stands, after the canary was first given that weight. */
export type ScenarioTime = { readonly afterMs: Millis; readonly phase?: Percent };

/** From a moment to another; null stands for always before and always after. */
export type ScenarioSpan = { readonly from: ScenarioTime | null; readonly until: ScenarioTime | null };

/** One value for a span of time. In a list of layers a later one covers the earlier ones. */
export type Layer = ScenarioSpan & {
  readonly value: number;
  readonly rising?: { readonly to: number; readonly overMs: Millis };
};

/** When a moment is, or undefined while its phase has not been entered. */
export type Calendar = (moment: ScenarioTime) => Millis | undefined;

export function spanHolds(span: ScenarioSpan, at: Millis, calendar: Calendar): boolean {
  if (span.from !== null) {
    const from = calendar(span.from);
    if (from === undefined || at < from) return false;
  }
  if (span.until === null) return true;
  const until = calendar(span.until);
  return until === undefined || at < until;
}

/** The uppermost layer that holds at this time. */
export function layerAt<L extends ScenarioSpan>(layers: readonly L[], at: Millis, calendar: Calendar): L | undefined {
  for (let i = layers.length - 1; i >= 0; i -= 1) {
    const layer = layers[i];
    if (layer !== undefined && spanHolds(layer, at, calendar)) return layer;
  }
  return undefined;
}

export function valueAt(layers: readonly Layer[], at: Millis, calendar: Calendar): number | undefined {
  const layer = layerAt(layers, at, calendar);
  if (layer?.rising === undefined) return layer?.value;
  const begun = calendar(layer.from ?? { afterMs: 0 }) ?? at;
  const way = Math.min(1, Math.max(0, (at - begun) / layer.rising.overMs));
  return layer.value + (layer.rising.to - layer.value) * way;
}

export function later(moment: ScenarioTime, ms: Millis): ScenarioTime {
  return { ...moment, afterMs: moment.afterMs + ms };
}
