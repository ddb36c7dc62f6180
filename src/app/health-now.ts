import type { Readiness } from "../ports/run-ports.ts";
import type { Health } from "../rollout/observation.ts";

/** Who is ready, as one look says that is no reconcile of a run: how long the canary has been empty is not known. */
export const healthNow = (found: Readiness): Health => ({ ...found, canaryEmptyMs: 0 });
