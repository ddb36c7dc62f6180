import type { Clock } from "../base/clock.ts";
import type { RouteRef } from "../base/kube-object.ts";
import { routeTitles } from "../base/kube-object.ts";
import type { Millis } from "../base/units.ts";
import { evidenceFrom, type FindArms, freezeFrom, namedIn, outlook } from "../evidence/index.ts";
import { type FurtherCheck, preflightPort } from "../inspection/preflight/index.ts";
import { fabricReader } from "../inspection/traffic-reporters.ts";
import { armsFor, readinessPort } from "../inspection/version-lookup.ts";
import type { Cluster } from "../ports/cluster.ts";
import type { MetricSource } from "../ports/metric-source.ts";
import type { RouteAdapter } from "../ports/route-adapter.ts";
import type { Ports, ReachFollower } from "../ports/run-ports.ts";
import { type FaultWrapper, steady } from "../simulator/cluster/fault-injection.ts";
import { gatewaysAnswer } from "../simulator/cluster/gateway-controller.ts";
import { rehearsalCluster } from "../simulator/cluster/in-memory-cluster.ts";
import { createScheduler, type Scheduler } from "../simulator/engine/scheduler.ts";
import { rehearsedMetrics } from "../simulator/simulated-metric-source.ts";
import type { Lenses } from "./objects/plan-routes.ts";
import { rehearsedSource } from "./rehearsed-source.ts";
import { createSimulation, type Simulation, type SimulationOptions } from "./simulation.ts";

/** Checks before the first write that ask a metric source or know other tools: whoever starts a rehearsal brings them. */
export type FurtherChecks = (
  source: MetricSource | undefined,
  findArms: FindArms,
  signal: AbortSignal,
) => readonly FurtherCheck[];

/** What further routes are looked through and reached by: whoever starts a rehearsal brings what a real run goes by. */
export type RehearsalFollower = {
  readonly lensOf: Lenses;
  readonly reach: (from: {
    readonly cluster: Cluster;
    readonly first: { readonly driver: RouteAdapter; readonly version: string; readonly route: string };
    readonly together: readonly RouteRef[];
    readonly further: readonly FurtherCheck[];
  }) => ReachFollower;
};

/** A setting in virtual time, and what a run needs to act in it. */
export type SimulatedPorts = Simulation & {
  readonly scheduler: Scheduler;
  /** The ports of one actor, but those that belong to what it is there for. */
  portsFor(clock: Clock, signal: AbortSignal): Omit<Ports, "tell" | "hasEnded">;
  /** Tells after every event, when nothing more can happen before the next one. */
  onEachEvent(listener: (now: Millis) => void): void;
};

type SimulatedPortsOptions = SimulationOptions & {
  readonly further: FurtherChecks;
  readonly along?: RehearsalFollower | undefined;
};

export function simulatedPorts(options: SimulatedPortsOptions): SimulatedPorts {
  const { plan, driver, scenario, startMs, further, along } = options;
  const listeners: ((now: Millis) => void)[] = [];
  const onEvent = (now: Millis) => {
    for (const listener of listeners) listener(now);
  };
  const scheduler = createScheduler({ startMs, onEvent });
  const setting = createSimulation(options);
  const { store, world, scene } = setting;
  const { resource } = scene;
  const route = routeTitles(plan.target.routes.slice(0, 1));
  const now = () => scheduler.now();
  return {
    ...setting,
    scheduler,
    onEachEvent: (listener) => void listeners.push(listener),
    portsFor(clock, signal) {
      const cluster = rehearsalCluster({
        store,
        clock,
        serverNow: now,
        around: refreshing(setting, now, steady(clock, scenario.callMs / 2)),
      });
      const together = plan.target.routes;
      const site = { cluster, driver, resource, together };
      const source =
        plan.metrics === undefined ? undefined : rehearsedSource(plan.metrics, rehearsedMetrics({ world, now }));
      const fabricOf = fabricReader(site);
      const findArms: FindArms = async (versions, given) => ({
        ...(await armsFor(site, versions, given, await fabricOf(versions, given))),
        namespace: resource.namespace,
        ...namedIn(plan.metrics),
      });
      return {
        cluster,
        driver,
        resource,
        route,
        ...(along === undefined
          ? {}
          : {
              reach: along.reach({
                cluster,
                first: { driver, version: resource.version, route },
                together,
                further: further(undefined, findArms, signal),
              }),
            }),
        clock,
        random: () => 0.5,
        preflight: preflightPort(site, further(source, findArms, signal)),
        readiness: readinessPort(site),
        // What was scraped stays as it is; only a source that something is wrong with says now this, now that.
        evidence: evidenceFrom(source, findArms, clock, () => world.metricsFault(now()) === undefined),
        freeze: freezeFrom(source, findArms, clock),
        outlook,
        announce: () => {},
        signal,
      };
    },
  };
}

function refreshing(setting: Simulation, now: () => Millis, around: FaultWrapper): FaultWrapper {
  return (call, effect, instead) =>
    around(
      call,
      () => {
        setting.refresh(now());
        for (const { resource } of setting.scene.routes) gatewaysAnswer(setting.store, resource, now());
        return effect();
      },
      instead,
    );
}
