import type { Code } from "./codes.ts";

/** A reason not to begin, or, in a rollout that goes on already, not to raise. */
export type Finding = {
  readonly code: Code;
  readonly message: string;
  /** It may pass by itself within seconds: a run that only wants to begin gives it half a minute. */
  readonly mayPass?: true;
};
