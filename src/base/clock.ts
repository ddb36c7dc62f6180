import type { Millis } from "./units.ts";

/** The only source of time. `now` is monotonic and says nothing about the date: the date is the API server's. */
export interface Clock {
  now(): Millis;
  /** Resolves after `ms`, or at once when the signal is aborted. Never rejects. */
  sleep(ms: Millis, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const finish = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      signal?.addEventListener("abort", finish, { once: true });
    }),
};
