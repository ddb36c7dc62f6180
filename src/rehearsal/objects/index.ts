import type { KubeObject } from "../../base/kube-object.ts";
import { routeTitle } from "../../base/kube-object.ts";
import type { Problem, SourceLocation as Spot } from "../../base/problem.ts";
import type { ResourceName } from "../../ports/cluster.ts";
import type { RouteAdapter } from "../../ports/route-adapter.ts";
import type { DestinationId, RecordedRule } from "../../rollout/rollout-state.ts";
import type { PerArm, Scenario } from "../../simulator/scenario/scenario.ts";
import type { Backend } from "../../simulator/traffic/metric-labels.ts";
import { asApplied, type FoundRoute, type GivenObject, type RouteFound, routesOf } from "./plan-routes.ts";
import { backendOf, type ObjectsAround, type SimulatedBackends, sidesOf, slicesOf } from "./version-backends.ts";

/** One route of the plan in its place. */
export type SceneRoute = {
  readonly title: string;
  readonly driver: RouteAdapter;
  readonly resource: ResourceName;
  /** The two versions on this route, absent where it does not say which they are. */
  readonly versions: PerArm<DestinationId> | undefined;
};

/** Everything that stands in the cluster when a rehearsal begins. */
export type Scene = {
  /** What happens, with traffic of the kind that the route carries. */
  readonly scenario: Scenario;
  readonly resource: ResourceName;
  /** Every route of the plan, the first one first. */
  readonly routes: readonly SceneRoute[];
  readonly objects: readonly GivenObject[];
  /** The two versions, absent where the route does not say which they are: then preflight will refuse. */
  readonly versions: PerArm<DestinationId> | undefined;
  readonly backends: PerArm<Backend>;
  /** The endpoints behind both versions with so many ready pods. */
  slices(ready: PerArm<number>): readonly KubeObject[];
  /** What was made up, and what was left out, in sentences. */
  readonly notes: readonly string[];
};
type SceneMade =
  | { readonly kind: "scene"; readonly scene: Scene }
  | { readonly kind: "refused"; readonly problems: readonly Problem[] };

type ObjectsRequest = RouteFound & {
  readonly scenario: Scenario;
  readonly given: readonly GivenObject[];
};

const made: Spot = {};

/** What the user gave, and around it whatever a rollout needs and nobody gave. */
export function sceneOf(ask: ObjectsRequest): SceneMade {
  const { plan } = ask;
  const notes: string[] = [];
  const given = asApplied(ask.given, plan.target.routes, notes);
  const found = routesOf(ask, given);
  if ("problems" in found) return { kind: "refused", problems: found.problems };
  const around: ObjectsAround = { given: given.map(({ object }) => object), made: [], said: [] };
  const standing = found.routes.map((route) => standingIn(around, route, ask));
  const [first] = standing;
  if (first === undefined) return refused({ code: "input", message: "No route is named." });
  const { scenario, versions, sides } = first;
  notes.push(...notesOn(found.routes, around));
  around.made.push(...namespacesFor(around, found.routes));
  const objects = [...given, ...around.made.map((object) => ({ object, at: made }))];
  const behind = standing.flatMap((one) => one.sides ?? []);
  return {
    kind: "scene",
    scene: {
      scenario,
      resource: first.resource,
      routes: standing.map(({ title, driver, resource, versions: own }) => ({
        title,
        driver,
        resource,
        versions: own,
      })),
      objects,
      versions,
      backends: {
        stable: backendOf(sides?.stable, first.ref, "v1"),
        canary: backendOf(sides?.canary, first.ref, "v2"),
      },
      slices: (ready) => slicesOf(behind, ready, around.given),
      notes,
    },
  };
}

/** One route with what stands behind it; what was made up for those before it is there already. */
function standingIn(around: ObjectsAround, route: FoundRoute, { plan, scenario: asked }: ObjectsRequest) {
  const { ref, driver, object } = route;
  const selected = driver.select(object, plan.target);
  const selection = selected.kind === "selected" ? selected.selection : undefined;
  const scenario = carriedBy(driver, selection?.rules ?? [], asked);
  const former = [...around.made];
  if (route.isMade) around.made.push(object);
  const behind: SimulatedBackends = { ...around, former, ref, scenario };
  const sides =
    selection === undefined
      ? undefined
      : sidesOf(behind, driver.parts(selection.stable), driver.parts(selection.canary));
  const versions = selection === undefined ? undefined : { stable: selection.stable, canary: selection.canary };
  return { ...route, title: routeTitle(ref), scenario, versions, sides };
}

/** What was made up, and for several routes which of them carries the traffic. */
function notesOn(routes: readonly FoundRoute[], { given, said }: ObjectsAround): readonly string[] {
  const several = routes.length > 1;
  const behind = said.join("; ");
  const notes: string[] = [];
  if (given.length === 0) {
    notes.push(
      several
        ? `The routes are made up from the plan, with what stands behind them (${behind}). Rehearse your own with --route FILE.`
        : `The route is made up from the plan, with what stands behind it (${behind}). Rehearse your own with --route FILE.`,
    );
  } else {
    for (const { ref, isMade } of routes)
      if (isMade) notes.push(`${routeTitle(ref)} is made up from the plan, for no file of --route holds it.`);
    if (said.length > 0) notes.push(`Made up around the ${several ? "routes" : "route"}: ${behind}.`);
  }
  const [first] = routes;
  if (several && first !== undefined) {
    notes.push(
      `All traffic is that of the first route, ${routeTitle(first.ref)}: the others move along and carry none.`,
    );
  }
  return notes;
}

/** A route of connections gets connections, also where the scenario does not say so. */
function carriedBy(driver: RouteAdapter, rules: readonly RecordedRule[], scenario: Scenario): Scenario {
  return driver.protocol(rules) === "http" ? scenario : { ...scenario, protocol: "tcp" };
}

/** Nothing stands in a cluster without a namespace, and nobody would say so. */
function namespacesFor({ given, made }: ObjectsAround, routes: readonly FoundRoute[]): readonly KubeObject[] {
  const needed = new Set([
    ...routes.map(({ ref }) => ref.namespace),
    ...[...given, ...made].map(({ metadata }) => metadata.namespace ?? ""),
  ]);
  for (const { kind, metadata } of given) if (kind === "Namespace") needed.delete(metadata.name);
  needed.delete("");
  return [...needed].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
}

const refused = (problem: Problem): SceneMade => ({ kind: "refused", problems: [problem] });
