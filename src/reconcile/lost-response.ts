import { isLowering } from "../rollout/begin-or-supersede.ts";
import type { RouteSnapshot } from "./read-route.ts";
import type { RunMemory } from "./run-memory.ts";

/**
 * A write that went unanswered can land no more once the version that it was guarded by has gone. A record that goes on tells:
 * it would have given way. One that has gone home, or none, does not, since another run may have put an older record back from
 * memory where ours was removed. There it has not landed where nothing but metadata has changed, for it would have changed the weights.
 */
export function resolveLostResponse(memory: RunMemory, { object: { metadata }, state }: RouteSnapshot): void {
  const { unanswered } = memory;
  if (unanswered === undefined || metadata.resourceVersion === unanswered.version) return;
  memory.unanswered = undefined;
  if ((state === undefined || isLowering(state)) && metadata.generation !== unanswered.generation)
    memory.mayHaveWritten = true;
}
