import type { KubeObject } from "../traffic/driver.ts";
import type { Seen } from "./look.ts";
import type { Memory } from "./memory.ts";

/** An answer that shows an earlier version again comes from a server, or a cache, that lags behind. */
export function noteVersion(memory: Memory, { metadata: { resourceVersion } }: KubeObject): void {
  if (resourceVersion === undefined || resourceVersion === memory.newest) return;
  if (memory.newest !== undefined) memory.replaced.add(memory.newest);
  memory.newest = resourceVersion;
}

/**
 * A write that went unanswered can land no more once the version that it was guarded by has gone. With a record on the route
 * that tells. Without one it has not landed where nothing but metadata has changed, for it would have changed the weights.
 */
export function settleUnanswered(memory: Memory, { object: { metadata }, state }: Seen): void {
  const { unanswered } = memory;
  if (unanswered === undefined || metadata.resourceVersion === unanswered.version) return;
  memory.unanswered = undefined;
  if (state === undefined && metadata.generation !== unanswered.generation) memory.mayHaveWritten = true;
}
