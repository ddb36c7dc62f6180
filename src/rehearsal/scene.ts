import type { ResourceName } from "../cluster/cluster.ts";
import type { Problem, Place as Spot } from "../errors.ts";
import type { Plan, RouteRef } from "../rollout/plan.ts";
import type { DestinationId, TouchedRule } from "../rollout/state.ts";
import { type KubeObject, recordAnnotation, type TrafficDriver } from "../traffic/driver.ts";
import { enumerate } from "../traffic/route.ts";
import { madeRoute } from "./made-up.ts";
import type { PerArm, Scenario } from "./scenario.ts";
import { type Around, backendOf, sidesOf, slicesOf } from "./sides.ts";
import type { Backend } from "./traffic-labels.ts";

/** An object of the user's own, and where it stands. */
export type GivenObject = { readonly object: KubeObject; readonly at: Spot };

/** Everything that stands in the cluster when a rehearsal begins. */
export type Scene = {
  /** What happens, with traffic of the kind that the route carries. */
  readonly scenario: Scenario;
  readonly resource: ResourceName;
  readonly objects: readonly GivenObject[];
  /** The two versions, absent where the route does not say which they are: then preflight will refuse. */
  readonly versions: PerArm<DestinationId> | undefined;
  readonly backends: PerArm<Backend>;
  /** The endpoints behind both versions with so many ready pods. */
  slices(ready: PerArm<number>): readonly KubeObject[];
  /** What was made up, and what was left out, in sentences. */
  readonly notes: readonly string[];
};
export type SceneMade =
  | { readonly kind: "scene"; readonly scene: Scene }
  | { readonly kind: "refused"; readonly problems: readonly Problem[] };

export type Ask = {
  readonly plan: Plan;
  readonly driver: TrafficDriver;
  readonly scenario: Scenario;
  readonly given: readonly GivenObject[];
};

const made: Spot = {};

/** What the user gave, and around it whatever a rollout needs and nobody gave. */
export function sceneOf(ask: Ask): SceneMade {
  const { plan, driver } = ask;
  const [ref] = plan.target.routes;
  if (ref === undefined) return refused({ code: "input", message: "No route is named." });
  const notes: string[] = [];
  const given = ask.given.map(({ object, at }) => ({ object: asApplied(object, ref.namespace, notes), at }));
  const route = routeOf(ref, driver, given, ask);
  if ("problem" in route) return refused(route.problem);
  const resource = resourceFor(ref, driver, route.object);
  const selected = driver.select(route.object, plan.target);
  const versions = selected.kind === "selected" ? selected.selection : undefined;
  const scenario = carriedBy(driver, versions?.rules ?? [], ask.scenario);
  const around: Around = { given: given.map(({ object }) => object), made: [], said: [], ref, scenario };
  if (!given.some(({ object }) => object === route.object)) around.made.push(route.object);
  const sides =
    versions === undefined ? undefined : sidesOf(around, driver.parts(versions.stable), driver.parts(versions.canary));
  if (given.length === 0) {
    notes.push(
      `The route is made up from the plan, with what stands behind it (${around.said.join("; ")}). Rehearse your own with --route FILE.`,
    );
  } else if (around.said.length > 0) notes.push(`Made up around the route: ${around.said.join("; ")}.`);
  around.made.push(...namespacesFor(around));
  const objects = [...given, ...around.made.map((object) => ({ object, at: made }))];
  return {
    kind: "scene",
    scene: {
      scenario,
      resource,
      objects,
      versions: versions === undefined ? undefined : { stable: versions.stable, canary: versions.canary },
      backends: { stable: backendOf(sides?.stable, ref, "v1"), canary: backendOf(sides?.canary, ref, "v2") },
      slices: (ready) => slicesOf(sides, ready, around.given),
      notes,
    },
  };
}

/** A route of connections gets connections, also where the scenario does not say so. */
function carriedBy(driver: TrafficDriver, rules: readonly TouchedRule[], scenario: Scenario): Scenario {
  return driver.protocol(rules) === "http" ? scenario : { ...scenario, protocol: "tcp" };
}

/** Nothing stands in a cluster without a namespace, and nobody would say so. */
function namespacesFor({ given, made, ref }: Around): readonly KubeObject[] {
  const needed = new Set([ref.namespace, ...[...given, ...made].map(({ metadata }) => metadata.namespace ?? "")]);
  for (const { kind, metadata } of given) if (kind === "Namespace") needed.delete(metadata.name);
  needed.delete("");
  return [...needed].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
}

const refused = (problem: Problem): SceneMade => ({ kind: "refused", problems: [problem] });

/** The object as `kubectl apply` would create it: in a namespace, and without what only a server writes. */
function asApplied(object: KubeObject, namespace: string, notes: string[]): KubeObject {
  const { uid: _uid, annotations, ...metadata } = object.metadata;
  const { [recordAnnotation]: record, ...kept } = annotations ?? {};
  if (record !== undefined) notes.push(`The record of an earlier rollout on ${object.metadata.name} was left out.`);
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(object.kind === "Namespace" ? {} : { namespace: metadata.namespace ?? namespace }),
      ...(annotations === undefined ? {} : { annotations: kept }),
    },
  };
}

function routeOf(
  ref: RouteRef,
  driver: TrafficDriver,
  given: readonly GivenObject[],
  { plan }: Ask,
): { readonly object: KubeObject } | { readonly problem: Problem } {
  const routes = given.filter(({ object }) => object.kind === driver.kubeKind);
  const mine = routes.findLast(
    ({ object: { metadata } }) => metadata.name === ref.name && metadata.namespace === ref.namespace,
  );
  if (mine !== undefined) return { object: mine.object };
  if (given.length > 0) {
    const there = routes.map(({ object: { metadata } }) => `${metadata.namespace}/${ref.kind}/${metadata.name}`);
    const holds = there.length === 0 ? `no ${driver.kubeKind}` : `only ${enumerate(there)}`;
    const message = `The plan moves ${ref.namespace}/${ref.kind}/${ref.name}, and --route holds ${holds}. Give the file that holds it, or correct \`route\` in the plan.`;
    return { problem: { code: "object-not-found", message, place: { input: "route" } } };
  }
  const invented = madeRoute(ref, plan.target, plan.metrics?.dataPlane);
  return invented.kind === "route" ? { object: invented.object } : { problem: invented.problem };
}

function resourceFor(ref: RouteRef, driver: TrafficDriver, object: KubeObject): ResourceName {
  const written = object.apiVersion?.split("/").at(-1) ?? "";
  const version = driver.versions.includes(written) ? written : (driver.versions[0] ?? "v1");
  return { group: driver.group, version, plural: driver.plural, namespace: ref.namespace, name: ref.name };
}
