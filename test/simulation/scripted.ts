import type { KubeObject } from "../../src/base/kube-object.ts";
import { type Finding, finding } from "../../src/base/reasons/finding.ts";
import { type Reason, reason } from "../../src/base/reasons/index.ts";
import { said } from "../../src/base/reasons/said.ts";
import type { Ports } from "../../src/ports/run-ports.ts";
import { ownedByController } from "../../src/routes/field-managers.ts";
import type { Instead } from "../../src/simulator/cluster/fault-injection.ts";
import type { Port, PortCall } from "./calls.ts";
import type { Millis } from "./scene.ts";

/** Readiness and preflight as one call each, which keeps the number of calls small enough to go through all of them. */

/** The further check of those that look with the preflight that ships. */
export const owners = async (object: KubeObject) => {
  const owned = ownedByController(object);
  return { findings: owned === undefined ? [] : [owned], notices: [] };
};

const callTo = (kind: PortCall["kind"], options: { signal?: AbortSignal; deadlineMs?: Millis }): PortCall => ({
  kind,
  resource: undefined,
  deadlineMs: options.deadlineMs ?? 10_000,
  signal: options.signal,
});

const endpoints = (destination: string, side: "ready" | "empty") =>
  reason("endpoints", { destination, ready: side === "ready" ? 1 : 0 });

type Ready = Awaited<ReturnType<Ports["readiness"]>>;

export function scriptedReadiness(port: Port, isOn: (kind: string) => boolean): Ports["readiness"] {
  const unknown = (why: Reason): Ready => ({ stable: "unknown", canary: "unknown", reasons: [why] });
  const instead: Instead<Ready> = {
    lost: unknown,
    answered: (code: number, message: string) => unknown(said(`${code}: ${message}`)),
  };
  return (_versions, options) =>
    port(
      callTo("readiness", options),
      (): Ready => {
        if (isOn("readiness-unreadable")) return unknown(said("the slices cannot be listed"));
        const stable = isOn("stable-empty") ? "empty" : "ready";
        const canary = isOn("canary-empty") ? "empty" : "ready";
        const reasons = [endpoints("stable", stable), endpoints("canary", canary)];
        return { stable, canary, reasons };
      },
      instead,
    );
}

type Foreseen = Awaited<ReturnType<Ports["preflight"]>>;

export function scriptedPreflight(port: Port, isOn: (kind: string) => boolean): Ports["preflight"] {
  const found = (one: Finding): Foreseen => ({ findings: [one], notices: [] });
  const refused = (because: Reason) =>
    found(finding("dry-run-rejected", { object: "reviews", step: "phase", weight: 5, says: because }));
  const unanswered = (because: Reason) =>
    found(finding("cluster-unreachable", { asked: "rivals", object: "reviews", says: because }));
  const forbidden = (because: Reason) =>
    found(
      finding("permission-missing", {
        asked: "dry-run",
        object: "reviews",
        verbs: ["patch"],
        says: because,
      }),
    );
  const altered = () =>
    found(
      finding("write-altered", {
        plural: "virtualservices",
        step: "phase",
        weight: 5,
        found: reason("written-differently", { object: "reviews", differences: [] }),
      }),
    );
  return (object, _plan, _ahead, _selection, _now, options) =>
    port(
      callTo("preflight", options),
      (): Foreseen => {
        const owned = ownedByController(object);
        if (owned !== undefined) return { findings: [owned], notices: [] };
        if (isOn("webhook-422") || isOn("webhook-400")) return refused(said("a webhook refuses"));
        if (isOn("altering-webhook")) return altered();
        return { findings: [], notices: [] };
      },
      {
        lost: unanswered,
        answered: (code, message) => (code === 403 ? forbidden(said(message)) : unanswered(said(message))),
      },
    );
}
