import type { Clock } from "../../src/base/clock.ts";
import { reason } from "../../src/base/reasons/index.ts";
import type { FaultPoint, Instead } from "../../src/simulator/cluster/fault-injection.ts";
import type { Actor } from "../../src/simulator/engine/scheduler.ts";
import { type Stream, stream } from "../../src/simulator/engine/seeded-random.ts";
import type { Life } from "./process-life.ts";
import { type CallFault, type CallFaultKind, callFaults, type Millis, type Scene, startMs } from "./scene.ts";

/** What goes wrong at the ports, call by call. */

export type PortCall = Omit<FaultPoint, "kind"> & {
  readonly kind: FaultPoint["kind"] | "readiness" | "evidence" | "preflight";
};

export type Network = {
  readonly scene: Scene;
  readonly now: () => Millis;
  readonly later: (ms: Millis, act: () => void) => void;
  readonly isOn: (kind: string) => boolean;
  readonly crash: (life: Life) => void;
  readonly mark: (name: string) => void;
  readonly staleAnswer: <Result>(call: PortCall, fresh: Result) => Result;
  readonly withoutDate: <Result>(fresh: Result) => Result;
  readonly happened: (fault: CallFault, call: PortCall) => void;
  readonly trace: (text: string) => void;
};

const answers: Readonly<Partial<Record<CallFaultKind, readonly [code: number, message: string, retryAfter?: number]>>> =
  {
    redirect: [307, "Temporary Redirect"],
    "answer-400": [400, "the request is malformed"],
    "answer-401": [401, "Unauthorized"],
    "answer-403": [403, "forbidden: the user may not do this"],
    "answer-404": [404, "404 page not found"],
    "answer-405": [405, "the server does not allow this method"],
    "answer-409": [409, "the object has been modified"],
    "answer-413": [413, "the request is too large"],
    "answer-415": [415, "the media type is not supported"],
    "answer-422": [422, "the server rejected our request due to an error in our request"],
    "answer-429": [429, "Too many requests, please try again later."],
    "answer-429-later": [429, "Too many requests, please try again later.", 7],
    "answer-500": [500, "Internal error occurred"],
    "answer-502": [502, "<html>bad gateway</html>"],
    "answer-503": [503, "the server is currently unable to handle the request"],
    "answer-504": [504, "request did not complete within the requested timeout"],
  };

/** Only writes can land late, only reads can be stale or undated; a 404 to a read would say that the route is gone. */
function fits(kind: CallFaultKind, call: PortCall["kind"]): boolean {
  if (kind === "late-write" || kind === "very-late-write") return call === "patch";
  if (kind === "stale-read" || kind === "no-date") return call === "read";
  if (kind === "answer-404") return call === "patch";
  return true;
}

/** All calls that the scenes make; the versions of an API are asked for where a route is found, which they do not do. */
const calls = ["read", "patch", "dry-run", "list", "may", "readiness", "evidence", "preflight"] as const;

/** By name: each fault at each call that it can happen to. */
export const faultPairs: readonly string[] = callFaults.flatMap((kind) =>
  calls.filter((call) => fits(kind, call)).map((call) => pairOf(kind, call)),
);

export function pairOf(kind: CallFaultKind, call: PortCall["kind"]): string {
  return `${kind} x ${call}`;
}

export function pickerOf(scene: Scene): (life: Life, call: PortCall) => CallFaultKind | undefined {
  const chosen = new Map(scene.faults.map((fault) => [`${fault.run}/${fault.call}`, fault.kind]));
  const rates = Object.entries(scene.weather?.rates ?? {}) as [CallFaultKind, number][];
  const streams = new Map<string, Stream>();
  return (life, call) => {
    const fixed = chosen.get(`${life.name}/${life.calls}`);
    if (fixed !== undefined) return fits(fixed, call.kind) ? fixed : undefined;
    if (rates.length === 0) return undefined;
    const draws = streams.get(life.name) ?? stream(scene.seed, `faults of ${life.name}`);
    streams.set(life.name, draws);
    draws.seek(life.calls);
    for (const [kind, rate] of rates) {
      if (draws.unit() < rate && fits(kind, call.kind)) return kind;
    }
    return undefined;
  };
}

export type Port = <Result>(call: PortCall, effect: () => Result, instead: Instead<Result>) => Promise<Result>;

/** The way of every call of one run: so long there, so long back, and what happens to it. */
export function portOf(
  network: Network,
  life: Life,
  clock: Clock,
  actor: () => Actor,
  pick: ReturnType<typeof pickerOf>,
): Port {
  const { scene, now, isOn } = network;
  const latency = stream(scene.seed, `latency of ${life.name}`);
  return async (call, effect, instead) => {
    // Questions of one turn go out together: those beside the fatal one die with it, in the same instant.
    if (life.diedAt === now()) return new Promise(() => {});
    const fault = now() - startMs < scene.healMs ? pick(life, call) : undefined;
    const index = life.calls;
    life.calls += 1;
    const [there, back] = delays(scene, latency, index);
    network.trace(`${now()} ${life.name} ${index} ${call.kind} ${fault ?? ""}`);
    if (fault !== undefined) {
      life.turn.faults += 1;
      network.happened({ run: life.name, call: index, kind: fault }, call);
    }
    const isCut = () => call.signal?.aborted === true;
    const cut = () => instead.lost(reason("network-cancelled", {}));
    const wayThere = () => clock.sleep(there, call.signal);
    if (isOn("outage") && !isMetric(call)) {
      life.turn.faults += 1;
      await clock.sleep(50, call.signal);
      return instead.lost(reason("network-refused", { errno: "ECONNREFUSED" }));
    }
    const denied = isOn("unauthorized") ? 401 : isOn("forbidden") ? 403 : undefined;
    if (denied !== undefined && !isMetric(call)) {
      life.turn.faults += 1;
      await wayThere();
      return instead.answered(denied, denied === 401 ? "Unauthorized" : "forbidden: the right was revoked");
    }
    switch (fault) {
      case undefined: {
        await wayThere();
        if (isCut()) return cut();
        const result = effect();
        if (back > 0) await clock.sleep(back, call.signal);
        return isCut() ? cut() : result;
      }
      case "request-lost":
        await wayThere();
        return instead.lost(reason("network-reset", { errno: "ECONNRESET" }));
      case "answer-lost":
        await wayThere();
        if (!isCut()) {
          const { answer } = effect() as { answer?: { code: number } };
          if (call.kind === "patch" && answer?.code === 200) network.mark("an unknown outcome had landed");
        }
        return instead.lost(reason("network-reset", { errno: "ECONNRESET" }));
      case "crash-before":
        network.crash(life);
        return new Promise(() => {});
      case "crash-after":
        await clock.sleep(there);
        effect();
        network.crash(life);
        return new Promise(() => {});
      case "hang":
        await clock.sleep(call.deadlineMs, call.signal);
        return instead.lost(reason("api-no-answer", { withinMs: call.deadlineMs }));
      case "late-write":
      case "very-late-write": {
        latency.seek(index + 1_000_000);
        const lateMs = fault === "late-write" ? latency.unit() * 14_000 : 15_000 + latency.unit() * 19_000;
        network.later(lateMs, () => {
          const landed = (effect() as { answer?: { code: number } }).answer?.code === 200;
          network.mark(landed ? "a late write landed" : "a late write was void");
        });
        await clock.sleep(Math.min(call.deadlineMs, 10_000), call.signal);
        return instead.lost(reason("api-no-answer", { withinMs: Math.min(call.deadlineMs, 10_000) }));
      }
      case "stale-read":
        await wayThere();
        return isCut() ? cut() : network.staleAnswer(call, effect());
      case "no-date":
        await wayThere();
        return isCut() ? cut() : network.withoutDate(effect());
      case "freeze": {
        latency.seek(index + 2_000_000);
        life.frozen = true;
        actor().freeze(now() + 1_000 + latency.unit() * latency.unit() * 599_000);
        await wayThere();
        return isCut() ? cut() : effect();
      }
      default: {
        await wayThere();
        const [code, message, retryAfter] = answers[fault] ?? [500, "unknown"];
        return instead.answered(code, message, retryAfter);
      }
    }
  };
}

const isMetric = (call: PortCall): boolean => call.kind === "evidence";

function delays(scene: Scene, latency: Stream, index: number): readonly [number, number] {
  if (scene.weather === null || scene.weather.latencyMs === 0) return [5, 0];
  latency.seek(index);
  const most = scene.weather.latencyMs;
  const there = 1 + latency.below(most);
  // Beside a busy writer the whole round trip counts.
  const isLong = scene.writer !== undefined || latency.unit() < 0.3;
  return [there, isLong ? 1 + latency.below(most) : 0];
}
