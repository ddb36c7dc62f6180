import type { RouteSnapshot } from "./read-route.ts";
import type { RunMemory } from "./run-memory.ts";

/**
 * A write that went unanswered can land no more once the version that it was guarded by has gone. With a record on the route
 * that tells. Without one it has not landed where nothing but metadata has changed, for it would have changed the weights.
 */
export function resolveLostResponse(memory: RunMemory, { object: { metadata }, state }: RouteSnapshot): void {
  const { unanswered } = memory;
  if (unanswered === undefined || metadata.resourceVersion === unanswered.version) return;
  // Generations only rise: this is a late answer, of a time before the write.
  if ((metadata.generation ?? 0) < (unanswered.generation ?? 0)) return;
  memory.unanswered = undefined;
  if (state === undefined && metadata.generation !== unanswered.generation) memory.mayHaveWritten = true;
}
