import { describe, expect, it } from "vitest";
import { reason } from "../../../src/base/reasons/index.ts";
import { preflightPort } from "../../../src/inspection/preflight/index.ts";
import { readinessPort } from "../../../src/inspection/version-lookup.ts";
import type { RouteAdapter } from "../../../src/ports/route-adapter.ts";
import type { Ports } from "../../../src/ports/run-ports.ts";
import { reconcile } from "../../../src/reconcile/index.ts";
import type { RunOptions } from "../../../src/reconcile/run-context.ts";
import type { Outcome } from "../../../src/rollout/outcome.ts";
import type { Phase } from "../../../src/rollout/plan.ts";
import { grpcroute } from "../../../src/routes/grpcroute.ts";
import { httproute } from "../../../src/routes/httproute.ts";
import { tcproute } from "../../../src/routes/tcproute.ts";
import { tlsroute } from "../../../src/routes/tlsroute.ts";
import { type FaultWrapper, steady } from "../../../src/simulator/cluster/fault-injection.ts";
import { gatewaysAnswer } from "../../../src/simulator/cluster/gateway-controller.ts";
import { rehearsalCluster } from "../../../src/simulator/cluster/in-memory-cluster.ts";
import { createStore, type ObjectDraft } from "../../../src/simulator/cluster/object-store.ts";
import { createScheduler } from "../../../src/simulator/engine/scheduler.ts";
import { textOf } from "../../../src/text/index.ts";
import { me, plan as samplePlan } from "../../rollout/samples.ts";
import { furnish, gatewayShop, httpRoute } from "../../servers/shop.ts";

const minute = 60_000;
const phase = (weight: number): Phase => ({ weight, holdMs: minute, maxHoldMs: 4 * minute, thenPause: false });
const order: RunOptions = {
  command: "run",
  me,
  repository: "owner/shop",
  pullRequest: null,
  revision: "abc",
  revisionGiven: false,
  byHand: false,
  onlyContinues: false,
  dryRun: false,
};

type Scene = {
  readonly driver?: RouteAdapter;
  readonly weights?: readonly number[];
  /** Whether the gateway's controller answers at that time. */
  readonly answers?: (nowMs: number) => boolean;
  readonly change?: (draft: ObjectDraft) => void;
  readonly status?: (draft: ObjectDraft) => void;
};

/** One rollout over a route of the Gateway API, judged good in every phase, in virtual time. */
async function rollout({ driver = httproute, weights = [20, 100], answers = () => true, change, status }: Scene = {}) {
  const epoch = 1_700_000_000_000;
  const scheduler = createScheduler();
  const serverNow = () => epoch + scheduler.now();
  const objects = gatewayShop().map((object) =>
    object.kind === "HTTPRoute" ? { ...object, kind: driver.kubeKind } : object,
  );
  const store = furnish(createStore({ seed: 1 }), epoch, objects);
  const resource = { ...httpRoute, plural: driver.plural };
  if (change !== undefined) store.edit(epoch - minute, resource, change, "kubectl-edit");
  const controller = { manager: "gateway-controller", subresource: "status" } as const;
  if (status !== undefined) store.edit(epoch - minute, resource, status, controller);
  let outcome: Outcome | undefined;
  scheduler.actor("run", async (clock) => {
    const around: FaultWrapper = (call, effect, instead) => {
      if (answers(scheduler.now())) gatewaysAnswer(store, resource, serverNow());
      return steady(clock)(call, effect, instead);
    };
    const cluster = rehearsalCluster({ store, clock, serverNow, around });
    const site = { cluster, driver, resource };
    const ports: Ports = {
      ...site,
      route: `shop/${driver.kind}/reviews`,
      clock,
      random: () => 0.5,
      preflight: preflightPort(site, []),
      readiness: readinessPort(site),
      evidence: async () => ({ kind: "pass", reason: reason("passed-unmeasured", {}), checks: [] }),
      hasEnded: async () => false,
      announce: () => {},
      tell: () => {},
      signal: new AbortController().signal,
    };
    const target = { routes: [{ kind: driver.kind, namespace: "shop", name: "reviews" }], rules: [], startWeight: 0 };
    outcome = await reconcile(ports, samplePlan({ target, phases: weights.map(phase) }), order);
  });
  await scheduler.run(2 * 60 * minute);
  const ours = store.history.filter(
    ({ write, resource: { plural } }) => write.manager === "sluice" && plural === driver.plural,
  );
  const shown = ours.map(({ after }) => {
    const { rules } = (after?.spec ?? { rules: [] }) as {
      rules: readonly { backendRefs: readonly { weight: number }[] }[];
    };
    return rules.flatMap(({ backendRefs }) => backendRefs.map(({ weight }) => weight)).join("/");
  });
  return { outcome, shown, writes: ours, endedAt: scheduler.now() };
}

describe("a rollout over a route of the Gateway API", () => {
  it.each([httproute, grpcroute, tcproute, tlsroute])("$kubeKind goes up by its phases", async (driver) => {
    const { outcome, shown } = await rollout({ driver });
    expect(outcome).toMatchObject({ name: "promoted", exitCode: 0 });
    expect([...new Set(shown)]).toEqual(["80/20", "0/100"]);
  });

  it("counts in thousandths as soon as one phase is no whole percent", async () => {
    const { outcome, shown } = await rollout({ weights: [0.5, 20, 100] });
    expect(outcome?.name).toBe("promoted");
    expect([...new Set(shown)]).toEqual(["995/5", "800/200", "0/1000"]);
  });

  it("does not begin before the route is in force, and says why", async () => {
    const late = await rollout({
      answers: () => false,
      change: ({ spec }) => void Object.assign(spec, { hostnames: ["a.example.com"] }),
    });
    expect(late.outcome).toMatchObject({ name: "refused", exitCode: 2, code: "parent-not-accepted" });
    expect(late.outcome && textOf(late.outcome.reason)).toMatch(
      /^Gateway shop\/edge: Accepted is said of generation 1, and the route is at 2\./,
    );
    expect(late.writes).toEqual([]);
  });

  it("waits half a minute for a controller that is only slow", async () => {
    const slow = await rollout({
      answers: (now) => now > 20_000,
      change: ({ spec }) => void Object.assign(spec, { hostnames: ["a.example.com"] }),
    });
    expect(slow.outcome?.name).toBe("promoted");
  });

  it("goes no further when a raise is not accepted, and stops for a person at max-hold", async () => {
    const { outcome, shown } = await rollout({ answers: (now) => now === 0 });
    expect(outcome).toMatchObject({ name: "paused" });
    expect(outcome && textOf(outcome.reason)).toContain(
      "`parent-not-accepted`: Gateway shop/edge: Accepted is said of generation 1",
    );
    expect([...new Set(shown)]).toEqual(["80/20"]);
  });

  it("is refused where the parent's answer is no", async () => {
    const { outcome, writes } = await rollout({
      status: ({ status }) => {
        const [parent] = status["parents"] as { conditions: { status: string; reason: string }[] }[];
        Object.assign(parent?.conditions[0] ?? {}, { status: "False", reason: "NoMatchingParent" });
      },
    });
    expect(outcome).toMatchObject({ name: "refused", code: "parent-not-accepted" });
    expect(outcome && textOf(outcome.reason)).toContain(
      "Accepted=False NoMatchingParent. Every parent must accept the route",
    );
    expect(writes).toEqual([]);
  });

  it("is refused where a backend has another port, or is not there", async () => {
    const backends =
      (more: object) =>
      ({ spec }: ObjectDraft) => {
        const [rule] = spec["rules"] as { backendRefs: object[] }[];
        Object.assign(rule?.backendRefs[1] ?? {}, more);
      };
    const port = await rollout({ change: backends({ port: 81 }) });
    expect(port.outcome).toMatchObject({ name: "refused", code: "destination-port-missing" });
    const name = await rollout({ change: backends({ name: "reviews-v3" }) });
    expect(name.outcome).toMatchObject({ name: "refused", code: "destination-not-found" });
  });
});
