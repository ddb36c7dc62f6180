import type { Code } from "../base/reasons/codes.ts";
import type { Reason } from "../base/reasons/index.ts";
import type { Percent } from "../base/units.ts";

export const outcomes = [
  "promoted",
  "rolled-back",
  "paused",
  "reached",
  "in-progress",
  "superseded",
  "drifted",
  "held",
  "cancelled",
  "ready",
  "none",
  "refused",
  "failed",
] as const;
export type OutcomeName = (typeof outcomes)[number];

/** How a run ends. `exitCode` 0: what was asked for came true; 2: refused before anything was written; 1: every other end. */
export type Outcome = {
  readonly name: OutcomeName;
  readonly exitCode: 0 | 1 | 2;
  readonly reason: Reason;
  readonly code?: Code;
  /** Undefined where the last read failed: then nobody knows. */
  readonly weight?: Percent;
  readonly phase?: number;
};
