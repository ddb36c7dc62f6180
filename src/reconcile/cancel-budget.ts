import type { Clock } from "../base/clock.ts";
import type { Millis } from "../base/units.ts";
import type { CallOptions } from "../ports/cluster.ts";

/**
 * The seconds after a cancel. The runner kills the process tree ten seconds after its first signal, so every call gets
 * what is left of a budget of six, and the last one goes to reports and a clean exit.
 */
export type CancelBudget = {
  isOn(): boolean;
  isOver(): boolean;
  hasTimeForAnother(): boolean;
  /** The same where a turn writes twice, one after the other. */
  hasTimeForTwo(): boolean;
  readOptions(): CallOptions;
  patchOptions(): { readonly deadlineMs: Millis; readonly timeoutMs: Millis };
  readinessOptions(): CallOptions;
  /** The same on the way back, where the answer is waited for before the route is read. */
  readinessAheadOptions(): CallOptions;
  /** Resolves once a call that was under way when the signal came has had its time. */
  cutShort<T>(call: Promise<T>, instead: T): Promise<T>;
};

const clusterTrafficEndsMs = 6_000;
const readMs = 1_900;
const patchMs = 2_500;
const anotherTakesMs = 1_500;
const inFlightMs = 1_500;
const readinessMs = 700;
const ordinary = { readMs: 10_000, patchMs: 10_000, patchTimeoutMs: 5_000, readinessMs: 8_000 } as const;
/** Pods are asked for after their Service: both together get two seconds. */
const readinessAheadMs = 1_000;

export function cancelBudget(clock: Clock, signal: AbortSignal): CancelBudget {
  let since: Millis | undefined = signal.aborted ? clock.now() : undefined;
  signal.addEventListener(
    "abort",
    () => {
      since ??= clock.now();
    },
    { once: true },
  );
  const left = () => (since === undefined ? Number.POSITIVE_INFINITY : clusterTrafficEndsMs - (clock.now() - since));
  const readinessWithin = (ordinaryMs: Millis): CallOptions =>
    since === undefined
      ? { signal, deadlineMs: ordinaryMs }
      : { deadlineMs: Math.max(1, Math.min(readinessMs, left())) };
  return {
    isOn: () => since !== undefined,
    isOver: () => left() <= 0,
    hasTimeForAnother: () => left() >= anotherTakesMs,
    hasTimeForTwo: () => left() >= 2 * anotherTakesMs,
    readOptions: () =>
      since === undefined
        ? { signal, deadlineMs: ordinary.readMs }
        : { deadlineMs: Math.max(1, Math.min(readMs, left())) },
    patchOptions: () =>
      since === undefined
        ? { deadlineMs: ordinary.patchMs, timeoutMs: ordinary.patchTimeoutMs }
        : { deadlineMs: Math.max(1, Math.min(patchMs, left())), timeoutMs: 2_000 },
    readinessOptions: () => readinessWithin(ordinary.readinessMs),
    readinessAheadOptions: () => readinessWithin(readinessAheadMs),
    async cutShort(call, instead) {
      if (signal.aborted) return call;
      // A wait is only begun, and called off, where the signal comes: hardly any patch meets one.
      let wait: AbortController | undefined;
      let onAbort = () => {};
      const afterSignal = new Promise<typeof instead>((resolve) => {
        onAbort = () => {
          wait = new AbortController();
          void clock.sleep(inFlightMs, wait.signal).then(() => resolve(instead));
        };
        signal.addEventListener("abort", onAbort, { once: true });
      });
      try {
        return await Promise.race([call, afterSignal]);
      } finally {
        signal.removeEventListener("abort", onAbort);
        wait?.abort();
      }
    },
  };
}
