import type { Clock } from "../base/clock.ts";
import type { Millis } from "../base/units.ts";
import type { GitHubError } from "../ports/github.ts";
import { textOf } from "../text/index.ts";

type CircuitBreakerOptions = {
  /** What is lost when the channel is off, as `the pull request comment`. */
  readonly what: string;
  /** The line of `permissions:` that the job needs, as `pull-requests: write`. */
  readonly permission: string;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  /** Told once: shown more prominently than a line of the log. */
  readonly warn: (line: string) => void;
};

export type GitHubCircuitBreaker = {
  /** Nothing stands against using it now. */
  isOpen(): boolean;
  /** What GitHub's refusal means for the rest of the run; it is said in one line, and never twice. */
  failed(failure: GitHubError): void;
  /** Off for the rest of the run, with one warning. */
  close(because: string): void;
};

/** Refusals that asking again cannot mend: the token, the right, or the place is not there. */
const final: readonly number[] = [401, 403, 404, 410];

export function gitHubCircuitBreaker({
  what,
  permission,
  clock,
  log,
  warn,
}: CircuitBreakerOptions): GitHubCircuitBreaker {
  let isClosed = false;
  let silentUntil: Millis = Number.NEGATIVE_INFINITY;

  function close(because: string): void {
    if (isClosed) return;
    isClosed = true;
    warn(`${what} is off for the rest of this run: ${because}`);
  }

  return {
    isOpen: () => !isClosed && clock.now() >= silentUntil,
    close,
    failed(failure) {
      if (failure.limitedMs !== undefined) {
        silentUntil = clock.now() + failure.limitedMs;
        log(`${what} is not updated for now. ${textOf(failure.reason)}`);
      } else if (failure.status !== undefined && final.includes(failure.status)) {
        const remedy = `If the job's token lacks the right, add \`permissions: { ${permission} }\` to the job.`;
        close(`${textOf(failure.reason)} ${remedy}`);
      } else {
        log(`${what} was not updated. ${textOf(failure.reason)}`);
      }
    },
  };
}
