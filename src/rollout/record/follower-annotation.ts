import type { Millis, Percent } from "../../base/units.ts";
import type { State } from "../rollout-state.ts";

/**
 * What stands on a route that follows another one: whose record it follows and how far it has come. It is written with the
 * weights, so it tells a step that has not reached the route from weights that somebody else moved. And it changes with
 * every step, also where the weights stay: a write that was decided before the way home and lands after it meets another
 * version of the object, and is void.
 */
export type FollowerAnnotation = {
  /** The route that holds the record, as `shop/virtualservice/web`, and its uid. */
  readonly route: string;
  readonly uid: string;
  readonly rollout: string;
  readonly startedAt: Millis;
  /** 0 once it has been taken home. */
  readonly phase: number;
  readonly weight: Percent;
  /** Server time of the turn that wrote it. */
  readonly at: Millis;
};

const format = 1;

export function stampFor(state: State, route: string, at: Millis): string {
  const back = state.status === "rolled-back";
  const { uid, rollout, startedAt, weight } = state;
  const stamp: FollowerAnnotation = { route, uid, rollout, startedAt, phase: back ? 0 : state.phase, weight, at };
  return JSON.stringify({ format, ...stamp });
}

const isTime = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: unknown): value is string => typeof value === "string" && value.length <= 1_000;
const isShare = (value: unknown): value is number => typeof value === "number" && value >= 0 && value <= 100;

/** Undefined where it is none that Sluice wrote: then nothing follows from it. */
export function readStamp(text: string | undefined): FollowerAnnotation | undefined {
  if (text === undefined || text.length > 4_000) return undefined;
  try {
    const from = JSON.parse(text) as Record<string, unknown> | null;
    if (typeof from !== "object" || from === null || from["format"] !== format) return undefined;
    const { route, uid, rollout, startedAt, phase, weight, at } = from;
    if (!isText(route) || !isText(uid) || !isText(rollout) || !isTime(startedAt)) return undefined;
    if (!isTime(phase) || !isShare(weight) || !isTime(at)) return undefined;
    return { route, uid, rollout, startedAt, phase, weight, at };
  } catch {
    return undefined;
  }
}

/** Whether a stamp was written under this very record. */
export const isOf = (stamp: FollowerAnnotation, state: State): boolean =>
  stamp.uid === state.uid && stamp.rollout === state.rollout && stamp.startedAt === state.startedAt;
