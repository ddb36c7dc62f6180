import type { Millis } from "../../base/units.ts";
import { misread } from "./clause-reader.ts";
import type { PerArm, Scenario, ScenarioArm } from "./scenario.ts";
import type { Layer, ScenarioSpan } from "./value-at-time.ts";

export type ArmSelector = ScenarioArm | "both";

/** What the clauses fill in. Layers said of both versions lie below those of one. */
export type ScenarioDraft = {
  -readonly [Key in keyof Omit<Scenario, "errors" | "latencyMs" | "latencyFactor" | "slow">]: Scenario[Key];
} & {
  errors: Record<ArmSelector, Layer[]>;
  latencyMs: Record<ArmSelector, Layer[]>;
  latencyFactor: Record<ArmSelector, Layer[]>;
  slow: Record<ArmSelector, (Layer & { byMs: Millis })[]>;
  /** Clauses that may stand only once, with what was said. */
  said: Map<string, string>;
};

const always: ScenarioSpan = { from: null, until: null };

export function emptyDraft(): ScenarioDraft {
  return {
    traffic: [{ ...always, value: 50 }],
    errors: { both: [{ ...always, value: 0.001 }], stable: [], canary: [] },
    incidents: [],
    latencyMs: { both: [{ ...always, value: 40 }], stable: [], canary: [] },
    latencyFactor: { both: [], stable: [], canary: [] },
    slow: { both: [], stable: [], canary: [] },
    burst: 1,
    share: [],
    ignored: [],
    followsAfterMs: 200,
    callMs: 10,
    pods: { stable: 3, canary: 2 },
    unready: { stable: [], canary: [] },
    crashes: { stable: [], canary: [] },
    restarts: [],
    scrapeMs: 15_000,
    noData: [],
    faults: [],
    protocol: "http",
    noise: true,
    metrics: [],
    events: [],
    said: new Map(),
  };
}

export function finished(draft: ScenarioDraft): Scenario {
  const { said: _said, ...rest } = draft;
  const joined = <L>(layers: Record<ArmSelector, L[]>): PerArm<readonly L[]> => ({
    stable: [...layers.both, ...layers.stable],
    canary: [...layers.both, ...layers.canary],
  });
  return {
    ...rest,
    errors: joined(draft.errors),
    latencyMs: joined(draft.latencyMs),
    latencyFactor: joined(draft.latencyFactor),
    slow: joined(draft.slow),
  };
}

/** Refuses a second statement that would hide the first one for good. */
export function sayOnce(draft: ScenarioDraft, what: string, clause: string): void {
  const before = draft.said.get(what);
  if (before !== undefined) throw misread(`"${before}" says it already, and only one of the two can hold; remove one`);
  draft.said.set(what, clause);
}

export function addLayers<L extends Layer>(
  draft: ScenarioDraft,
  what: string,
  to: L[],
  layers: readonly L[],
  side: ArmSelector,
  clause: string,
): void {
  const always = layers.some((layer) => layer.from === null && layer.until === null);
  if (always) sayOnce(draft, `${side} ${what}`, clause);
  // What always holds lies below what holds for a while, in whatever order the two were said.
  const passing = to.findIndex((layer) => layer.from !== null || layer.until !== null);
  to.splice(always && passing !== -1 ? passing : to.length, 0, ...layers);
}
