import type { Millis } from "../base/units.ts";
import type { Ports, ProgressUpdate } from "../ports/run-ports.ts";
import { isFinal } from "../rollout/begin-or-supersede.ts";
import type { Outcome } from "../rollout/outcome.ts";
import type { Plan } from "../rollout/plan.ts";
import type { State } from "../rollout/rollout-state.ts";
import { watchOf } from "../rollout/transitions.ts";
import { healthNow } from "./health-now.ts";

/** One look at the rollout that writes nothing, and how it ended. */
type WatchOnce = (tell: Ports["tell"]) => Promise<Outcome>;

const paceMs: Millis = 10_000;

/** Looks again and again until the rollout is over or the command is interrupted. It writes nothing and moves nothing. */
export async function watchStatus(
  ports: Pick<Ports, "clock" | "signal" | "tell" | "evidence" | "readiness">,
  plan: Plan | undefined,
  look: WatchOnce,
): Promise<Outcome> {
  for (let first = true; ; first = false) {
    let told: ProgressUpdate | undefined;
    const outcome = await look((telling) => {
      told = telling;
    });
    const seen = told === undefined ? undefined : await closer(ports, plan, told);
    const isOver = seen?.state !== undefined && isFinal(seen.state);
    if (seen === undefined || isOver || (first && outcome.exitCode !== 0) || ports.signal.aborted) {
      if (seen !== undefined) ports.tell(seen);
      return outcome;
    }
    const { outcome: _, ...rest } = seen;
    // What could not be seen this time may be seen the next.
    ports.tell({ ...rest, kind: outcome.exitCode === 0 ? "wait" : "trouble", waitMs: paceMs });
    await ports.clock.sleep(paceMs, ports.signal);
    if (ports.signal.aborted) {
      ports.tell(seen);
      return seen.outcome ?? outcome;
    }
  }
}

/** Who is ready and what the metrics say, where the plan of this very rollout tells how to ask. A single look asks neither. */
async function closer(
  { evidence, readiness, signal }: Pick<Ports, "evidence" | "readiness" | "signal">,
  plan: Plan | undefined,
  told: ProgressUpdate,
): Promise<ProgressUpdate> {
  const { state, at } = told;
  if (state === undefined || isFinal(state) || signal.aborted) return told;
  const health = healthNow(await readiness(state, { signal }));
  if (plan === undefined || at === undefined || !isWatched(plan, state, at)) return { ...told, health };
  const judged = await evidence({ ...plan, rollout: state.rollout, revision: state.revision }, state, at, signal);
  const { reason } = judged;
  const { outcome } = told;
  return { ...told, health, judged, reason, ...(outcome === undefined ? {} : { outcome: { ...outcome, reason } }) };
}

const isWatched = (plan: Plan, state: State, now: Millis): boolean =>
  plan.digest === state.planDigest && state.status === "progressing" && now >= watchOf(plan, state);
