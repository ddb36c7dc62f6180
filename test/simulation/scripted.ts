import type { KubeObject } from "../../src/base/kube-object.ts";
import type { Ports } from "../../src/ports/run-ports.ts";
import { ownedByController } from "../../src/routes/field-managers.ts";
import type { Instead } from "../../src/simulator/cluster/fault-injection.ts";
import type { Port, PortCall } from "./calls.ts";
import type { Millis } from "./scene.ts";

/** Readiness and preflight as one call each, which keeps the number of calls small enough to go through all of them. */

/** The further check of those that look with the preflight that ships. */
export const owners = async (object: KubeObject) => {
  const owned = ownedByController(object);
  return { findings: owned === undefined ? [] : [owned], notes: [] };
};

const callTo = (kind: PortCall["kind"], options: { signal?: AbortSignal; deadlineMs?: Millis }): PortCall => ({
  kind,
  resource: undefined,
  deadlineMs: options.deadlineMs ?? 10_000,
  signal: options.signal,
});

type Ready = Awaited<ReturnType<Ports["readiness"]>>;

export function scriptedReadiness(port: Port, isOn: (kind: string) => boolean): Ports["readiness"] {
  const unknown = (because: string): Ready => ({ stable: "unknown", canary: "unknown", because });
  const instead: Instead<Ready> = {
    lost: ({ code }) => unknown(code),
    answered: (code: number, message: string) => unknown(`${code}: ${message}`),
  };
  return (_versions, options) =>
    port(
      callTo("readiness", options),
      (): Ready => {
        if (isOn("readiness-unreadable")) return unknown("the slices cannot be listed");
        const stable = isOn("stable-empty") ? "empty" : "ready";
        const canary = isOn("canary-empty") ? "empty" : "ready";
        return { stable, canary, because: `stable is ${stable}, canary is ${canary}` };
      },
      instead,
    );
}

type Foreseen = Awaited<ReturnType<Ports["preflight"]>>;

export function scriptedPreflight(port: Port, isOn: (kind: string) => boolean): Ports["preflight"] {
  const found = (code: Foreseen["findings"][number]["code"], message: string): Foreseen => ({
    findings: [{ code, message }],
    notes: [],
  });
  return (object, _plan, _ahead, _selection, _now, options) =>
    port(
      callTo("preflight", options),
      (): Foreseen => {
        const owned = ownedByController(object);
        if (owned !== undefined) return { findings: [owned], notes: [] };
        if (isOn("webhook-422") || isOn("webhook-400")) return found("dry-run-rejected", "a webhook refuses");
        if (isOn("altering-webhook")) return found("write-altered", "a webhook alters");
        return { findings: [], notes: [] };
      },
      {
        lost: ({ code }) => found("cluster-unreachable", code),
        answered: (code, message) => found(code === 403 ? "permission-missing" : "cluster-unreachable", message),
      },
    );
}
