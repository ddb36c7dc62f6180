import type { Clock } from "../../base/clock.ts";
import type { NetworkCode } from "../../base/reasons/api-reasons.ts";
import { type Reason, reason } from "../../base/reasons/index.ts";
import type { Millis } from "../../base/units.ts";
import type { Resource } from "../../ports/cluster.ts";

/** One call at the port of the cluster, as a fault may see it. */
export type FaultPoint = {
  readonly kind: "read" | "patch" | "dry-run" | "list" | "versions" | "may";
  readonly resource: (Resource & { readonly name?: string }) | undefined;
  readonly operations?: unknown;
  readonly deadlineMs: Millis;
  readonly signal: AbortSignal | undefined;
};

/** What the caller gets instead of the server's answer. */
export type Instead<Result> = {
  /** No answer, or a broken one: nobody knows what became of the request. */
  lost(why: Reason<NetworkCode>): Result;
  /** The server says no, with any code. */
  answered(code: number, message: string, retryAfterSeconds?: number): Result;
};

/** Stands between the caller and the server: `effect` is what the server does and says, once, whenever it is called. */
export type FaultWrapper = <Result>(
  call: FaultPoint,
  effect: () => Result,
  instead: Instead<Result>,
) => Promise<Result>;

/** The network as it should be: so long there, so long back. */
export function steady(clock: Clock, latencyMs: Millis = 0): FaultWrapper {
  return async (call, effect, instead) => {
    await clock.sleep(latencyMs, call.signal);
    if (isCut(call)) return instead.lost(cutOff);
    const result = effect();
    if (latencyMs > 0) await clock.sleep(latencyMs, call.signal);
    return isCut(call) ? instead.lost(cutOff) : result;
  };
}

const cutOff = reason("network-cancelled", {});
const reset = reason("network-reset", { errno: "ECONNRESET" });

function isCut(call: FaultPoint): boolean {
  return call.signal?.aborted === true;
}

export type Fault =
  | { readonly kind: "none" }
  /** It never reaches the server; the caller sees a reset. */
  | { readonly kind: "request-lost" }
  /** The server does it; the caller sees a reset. */
  | { readonly kind: "answer-lost" }
  /** The caller waits until its own deadline; the server does it so long after the request, or never. */
  | { readonly kind: "hang"; readonly effectAfterMs?: Millis }
  | { readonly kind: "crash-before" }
  | { readonly kind: "crash-after" }
  | { readonly kind: "answer"; readonly code: number; readonly message: string; readonly retryAfterSeconds?: number };

type Faulty = {
  readonly clock: Clock;
  readonly latencyMs?: Millis;
  /** Which fault meets this call, the `index`-th of the actor, counted from 0. */
  readonly pick: (call: FaultPoint, index: number) => Fault;
  /** Ends the caller: the call never returns. */
  readonly crash: () => void;
  /** Does something later in true time, whether or not the caller still lives. */
  readonly later: (ms: Millis, act: () => void) => void;
};

/** A network and a machine on which things go wrong, as `pick` says. */
export function faulty({ clock, latencyMs = 0, pick, crash, later }: Faulty): FaultWrapper {
  let index = 0;
  return async (call, effect, instead) => {
    const fault = pick(call, index);
    index += 1;
    switch (fault.kind) {
      case "none":
        return steady(clock, latencyMs)(call, effect, instead);
      case "request-lost":
        await clock.sleep(latencyMs, call.signal);
        return instead.lost(reset);
      case "answer-lost":
        await clock.sleep(latencyMs);
        effect();
        return instead.lost(reset);
      case "hang":
        if (fault.effectAfterMs !== undefined) later(fault.effectAfterMs, effect);
        await clock.sleep(call.deadlineMs, call.signal);
        return instead.lost(reason("api-no-answer", { withinMs: call.deadlineMs }));
      case "crash-before":
        crash();
        return new Promise(() => {});
      case "crash-after":
        await clock.sleep(latencyMs);
        effect();
        crash();
        return new Promise(() => {});
      case "answer":
        await clock.sleep(latencyMs, call.signal);
        return instead.answered(fault.code, fault.message, fault.retryAfterSeconds);
      default:
        return fault satisfies never;
    }
  };
}
