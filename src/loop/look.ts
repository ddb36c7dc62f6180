import type { Clock } from "../clock.ts";
import type { CallOptions, ServerTime } from "../cluster/cluster.ts";
import type { Ports } from "../ports.ts";
import type { Standing } from "../rollout/observation.ts";
import { isFinal } from "../rollout/order.ts";
import type { Millis, Plan, Target } from "../rollout/plan.ts";
import { decodeRecord } from "../rollout/record-reader.ts";
import type { State } from "../rollout/state.ts";
import { type KubeObject, recordAnnotation, type Selected } from "../traffic/driver.ts";

/** What one read of the route says, before anybody else is asked. */
export type Sight =
  | { readonly kind: "blind"; readonly because: string; readonly denied: boolean; readonly retryAfterMs?: Millis }
  | { readonly kind: "absent"; readonly because: string }
  | { readonly kind: "going-away" }
  | { readonly kind: "corrupt"; readonly because: string; readonly object: KubeObject }
  | Seen;

export type Seen = {
  readonly kind: "seen";
  readonly object: KubeObject;
  readonly uid: string;
  readonly now: Millis | undefined;
  /** The record as text, and what it says. */
  readonly record: string | undefined;
  readonly state: State | undefined;
  readonly standing: Standing | undefined;
  readonly selected: Selected | undefined;
};

/** Server time now, in whole milliseconds: the date of the answer, and the monotonic time since it came. */
const timeNow = (clock: Clock, time: ServerTime | undefined): Millis | undefined =>
  time === undefined ? undefined : time.dateMs + Math.floor(Math.max(0, clock.now() - time.receivedAt));

/**
 * With an unfinished record, or one of this rollout, versions that the plan does not name are the record's: in the
 * middle of a rollout both have traffic, and nobody could tell them apart.
 */
function targetFor(plan: Plan, state: State | undefined): Target {
  const { target } = plan;
  if (state === undefined || (isFinal(state) && state.rollout !== plan.rollout)) return target;
  return { ...target, stable: target.stable ?? state.stable, canary: target.canary ?? state.canary };
}

/** Reads the route once. Nothing is cached: the object is the only memory. */
export async function look(ports: Ports, plan: Plan | undefined, options: CallOptions): Promise<Sight> {
  const read = await ports.cluster.read(ports.resource, options);
  if (read.kind === "failed") {
    const denied = read.status === 401 || read.status === 403;
    return {
      kind: "blind",
      because: read.because,
      denied,
      ...(read.retryAfterMs === undefined ? {} : { retryAfterMs: read.retryAfterMs }),
    };
  }
  if (read.kind === "absent") return { kind: "absent", because: read.because };
  const { object } = read;
  if (object.metadata.deletionTimestamp !== undefined) return { kind: "going-away" };
  const text = object.metadata.annotations?.[recordAnnotation];
  const decoded = text === undefined ? undefined : decodeRecord(text);
  if (decoded?.kind === "corrupt") return { kind: "corrupt", because: decoded.because, object };
  const state = decoded?.state;
  return {
    kind: "seen",
    object,
    uid: object.metadata.uid ?? "",
    now: timeNow(ports.clock, read.time),
    record: text,
    state,
    standing: state === undefined ? undefined : ports.driver.standing(object, state),
    selected: plan === undefined ? undefined : ports.driver.select(object, targetFor(plan, state)),
  };
}
