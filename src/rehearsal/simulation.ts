import { sameJson } from "../base/json-value.ts";
import type { KubeObject } from "../base/kube-object.ts";
import { SluiceError } from "../base/problem.ts";
import type { Millis, Percent } from "../base/units.ts";
import { controllersOf, servicesServed } from "../inspection/route-parents.ts";
import type { RouteAdapter } from "../ports/route-adapter.ts";
import type { Plan } from "../rollout/plan.ts";
import { createStore, type Store } from "../simulator/cluster/object-store.ts";
import type { PerArm, Scenario } from "../simulator/scenario/scenario.ts";
import { planeBehind } from "../simulator/traffic/data-plane-counters.ts";
import { createWorld, type SimulatedTraffic } from "../simulator/traffic/index.ts";
import type { Scene, SceneRoute } from "./objects/index.ts";
import type { GivenObject } from "./objects/plan-routes.ts";

/** The canary's share on one route. */
export type RouteShare = { readonly route: string; readonly weight: Percent };

/** One cluster with its traffic, whatever drives it: a rehearsal's runs, or real ones over loopback. */
export type Simulation = {
  readonly store: Store;
  readonly world: SimulatedTraffic;
  readonly scene: Scene;
  /** Every route, and the object as it was placed. */
  readonly routes: readonly (SceneRoute & { readonly home: KubeObject })[];
  /** The canary's share as the first route shows it now. */
  share(): Percent;
  /** The same on every route. */
  shares(): readonly RouteShare[];
  /** Brings readiness up to a time; to be called before the cluster is looked at. */
  refresh(now: Millis): void;
};

export type SimulationOptions = {
  readonly plan: Plan;
  readonly driver: RouteAdapter;
  readonly scenario: Scenario;
  readonly scene: Scene;
  readonly seed: number;
  readonly startMs: Millis;
  /** Told of every new weight of the route, the traffic included. */
  readonly onWeight?: (at: Millis, weight: Percent) => void;
};

/** An hour before the rollout somebody applied all this; a GitOps tool, where the scenario has one. */
const appliedBeforeMs = 3_600_000;
const kubectl = "kubectl-client-side-apply";
export const gitopsManager = "argocd-controller";

export function createSimulation(options: SimulationOptions): Simulation {
  const { plan, driver, scenario, scene, seed, startMs } = options;
  const { resource } = scene;
  let world: SimulatedTraffic | undefined;
  let shown: Percent | undefined;
  const store = createStore({
    seed,
    onVersion: ({ at, resource: where, after }) => {
      if (where.plural !== resource.plural || where.name !== resource.name || where.namespace !== resource.namespace)
        return;
      const weight = after === undefined ? 0 : shareIn(after, driver, scene.versions);
      if (world === undefined || weight === undefined || weight === shown) return;
      shown = weight;
      world.weightChanged(at, weight);
      options.onWeight?.(at, weight);
    },
  });
  const shareIn = (object: KubeObject, lens: RouteAdapter, versions: Scene["versions"]): Percent | undefined => {
    const named = { ...plan.target, ...versions };
    const selected = lens.select(object, named);
    return selected.kind === "selected" ? selected.selection.share : undefined;
  };
  const manager = scenario.events.some(({ kind }) => kind === "gitops-reverts") ? gitopsManager : kubectl;
  for (const given of scene.objects) {
    const isRoute = scene.routes.some((route) => route.driver.kubeKind === given.object.kind);
    apply(store, startMs - appliedBeforeMs, given, isRoute ? manager : kubectl);
  }
  const routes = scene.routes.map((route) => ({ ...route, home: homeOf(store, route) }));
  const home = homeOf(store, { resource });
  shown = shareIn(home, driver, scene.versions) ?? 0;
  const { stable, canary } = scene.backends;
  const counter = counterOf(plan, driver, home, scene);
  const counted = counter === undefined ? {} : { counter };
  const callers = countsAtWaypoint(plan, driver, home, scene) ? "waypoint" : "source";
  world = createWorld({ scenario, seed, startMs, stable, canary, homeWeight: shown, callers, ...counted });
  const set = world;
  let ready: PerArm<number> | undefined;
  const setting: Simulation = {
    store,
    world,
    scene,
    routes,
    share: () => shown ?? 0,
    shares: () =>
      routes.map((route) => {
        const object = store.object(route.resource);
        const weight = object === undefined ? undefined : shareIn(object, route.driver, route.versions);
        return { route: route.title, weight: weight ?? 0 };
      }),
    refresh(now) {
      const next = { stable: set.readyPods("stable", now), canary: set.readyPods("canary", now) };
      if (ready !== undefined && sameJson(ready, next)) return;
      ready = next;
      for (const slice of scene.slices(next)) store.place(now, slice, "kube-controller-manager");
    },
  };
  setting.refresh(startMs - appliedBeforeMs);
  return setting;
}

function homeOf(store: Store, { resource }: Pick<SceneRoute, "resource">): KubeObject {
  const home = store.object(resource);
  if (home === undefined) throw new Error(`${resource.namespace}/${resource.name} is not in the scene`);
  return home;
}

/** Whether the callers' side of this route is a waypoint, as the labels of its Services or of their namespace say. */
function countsAtWaypoint(plan: Plan, driver: RouteAdapter, home: KubeObject, { objects }: Scene): boolean {
  const { reporter } = plan.metrics ?? {};
  if (reporter !== undefined) return reporter === "waypoint";
  return servicesServed(driver, home).some(({ name, namespace }) => {
    const places = objects.flatMap(({ object: { kind, metadata } }) => {
      const isHome = kind === "Namespace" && metadata.name === namespace;
      const isService = kind === "Service" && metadata.name === name && metadata.namespace === namespace;
      return isHome || isService ? [metadata.labels?.["istio.io/use-waypoint"]] : [];
    });
    return places.some((waypoint) => waypoint !== undefined && waypoint !== "none");
  });
}

/** Who counts the requests of this route: whom the plan names, or who answers for it. */
function counterOf(plan: Plan, driver: RouteAdapter, home: KubeObject, { resource, versions }: Scene) {
  const plane = plan.metrics?.dataPlane ?? planeBehind(controllersOf(home));
  const selected = driver.select(home, { ...plan.target, ...versions });
  const [rule] = selected.kind === "selected" ? selected.selection.rules : [];
  if (plane === "istio" || rule === undefined || versions === undefined) return undefined;
  const placeOf = (id: string) => rule.destinations.indexOf(id);
  return {
    plane,
    route: { kind: driver.kubeKind, namespace: resource.namespace, name: resource.name },
    port: driver.parts(versions.stable).port ?? 80,
    rule: rule.index,
    places: { stable: placeOf(versions.stable), canary: placeOf(versions.canary) },
  };
}

/** What the server would refuse from `kubectl apply` is a mistake in the file that it stands in. */
function apply(store: Store, now: Millis, { object, at }: GivenObject, manager: string): void {
  try {
    store.place(now, object, manager);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `The API server would refuse this ${object.kind}: ${why.replace(/^\d+: /, "")}. Correct it.`;
    throw new SluiceError([{ code: "input", message, place: at }], error);
  }
}
