import type { KubeObject, RouteRef } from "../../base/kube-object.ts";
import { routeTitle } from "../../base/kube-object.ts";
import type { Problem, SourceLocation as Spot } from "../../base/problem.ts";
import type { ResourceName } from "../../ports/cluster.ts";
import type { RouteAdapter } from "../../ports/route-adapter.ts";
import type { Plan } from "../../rollout/plan.ts";
import { recordAnnotation } from "../../rollout/record/annotations.ts";
import { listed } from "../../text/listed.ts";
import { madeRoute } from "./made-up.ts";

/** The routes of a plan: taken from the objects that the user gave, or made up. */

/** An object of the user's own, and where it stands. */
export type GivenObject = { readonly object: KubeObject; readonly at: Spot };

/** Finds the lens of a kind of route. */
export type Lenses = (
  kind: string,
) =>
  | { readonly kind: "known"; readonly driver: RouteAdapter }
  | { readonly kind: "unknown"; readonly problem: Problem };

export type FoundRoute = {
  readonly ref: RouteRef;
  readonly driver: RouteAdapter;
  readonly resource: ResourceName;
  readonly object: KubeObject;
  readonly isMade: boolean;
};

export type RouteFound = {
  readonly plan: Plan;
  /** The lens of the first route. */
  readonly driver: RouteAdapter;
  /** Lenses of the further ones; without them a plan has one route. */
  readonly lensOf?: Lenses | undefined;
};

/** Every route of the plan, the first one first, or all that is wrong with them. */
export function routesOf(
  sought: RouteFound,
  given: readonly GivenObject[],
): { readonly routes: readonly FoundRoute[] } | { readonly problems: readonly Problem[] } {
  const { plan, driver, lensOf } = sought;
  const known = plan.target.routes.map((ref, index) => {
    const lens = index === 0 ? ({ kind: "known", driver } as const) : lensOf?.(ref.kind);
    return { ref, lens, object: lens?.kind === "known" ? routeIn(given, ref, lens.driver) : undefined };
  });
  // Where the files hold some of the routes, the others were left out; where they hold none, they are the wrong files.
  const mayMake = given.length === 0 || known.some(({ object }) => object !== undefined);
  const answers = known.map(({ ref, lens, object }): FoundRoute | Problem => {
    if (lens?.kind !== "known") return lens?.problem ?? unreachable(ref);
    if (object !== undefined) return found(ref, lens.driver, object, false);
    if (!mayMake) return missing(ref, lens.driver, given);
    const made = madeRoute(ref, plan.target, plan.metrics?.dataPlane);
    return made.kind === "route" ? found(ref, lens.driver, made.object, true) : made.problem;
  });
  const problems = answers.flatMap((answer) => ("message" in answer ? [answer] : []));
  if (problems.length > 0) return { problems };
  return { routes: answers.flatMap((answer) => ("message" in answer ? [] : [answer])) };
}

const unreachable = (ref: RouteRef): Problem => ({
  code: "input",
  message: `${routeTitle(ref)} moves along with another route, and here one route is rehearsed at a time. Name it alone.`,
  place: { input: "route" },
});

const routeIn = (given: readonly GivenObject[], ref: RouteRef, driver: RouteAdapter): KubeObject | undefined =>
  given.findLast(
    ({ object: { kind, metadata } }) =>
      kind === driver.kubeKind && metadata.name === ref.name && metadata.namespace === ref.namespace,
  )?.object;

function missing(ref: RouteRef, { kubeKind }: RouteAdapter, given: readonly GivenObject[]): Problem {
  const there = given.flatMap(({ object: { kind, metadata } }) =>
    kind === kubeKind ? [`${metadata.namespace}/${ref.kind}/${metadata.name}`] : [],
  );
  const holds = there.length === 0 ? `no ${kubeKind}` : `only ${listed(there)}`;
  const message = `The plan moves ${routeTitle(ref)}, and --route holds ${holds}. Give the file that holds it, or correct \`route\` in the plan.`;
  return { code: "object-not-found", message, place: { input: "route" } };
}

function found(ref: RouteRef, driver: RouteAdapter, object: KubeObject, isMade: boolean): FoundRoute {
  const { group, plural, versions } = driver;
  const written = object.apiVersion?.split("/").at(-1) ?? "";
  const version = versions.includes(written) ? written : (versions[0] ?? "v1");
  const resource = { group, version, plural, namespace: ref.namespace, name: ref.name };
  return { ref, driver, resource, object, isMade };
}

/** The objects as `kubectl apply` would create them: in a namespace, and without what only a server writes. */
export function asApplied(given: readonly GivenObject[], refs: readonly RouteRef[], notes: string[]): GivenObject[] {
  const namespaceOf = namespaces(given, refs);
  return given.map((one) => {
    const { object, at } = one;
    const { uid: _uid, annotations, ...metadata } = object.metadata;
    const { [recordAnnotation]: record, ...kept } = annotations ?? {};
    if (record !== undefined) notes.push(`The record of an earlier rollout on ${object.metadata.name} was left out.`);
    const applied = {
      ...object,
      metadata: {
        ...metadata,
        ...(object.kind === "Namespace" ? {} : { namespace: metadata.namespace ?? namespaceOf(one) }),
        ...(annotations === undefined ? {} : { annotations: kept }),
      },
    };
    return { object: applied, at };
  });
}

/** Where an object belongs that does not say it: to the route that it is, else to the one that its file holds, else to the first. */
function namespaces(given: readonly GivenObject[], refs: readonly RouteRef[]) {
  const routeAs = ({ kind = "", metadata: { name, namespace } }: KubeObject): RouteRef | undefined =>
    refs.find(
      (ref) =>
        ref.kind === kind.toLowerCase() &&
        ref.name === name &&
        (namespace === undefined || namespace === ref.namespace),
    );
  const homes = new Map<string | undefined, string>();
  for (const { object, at } of given) {
    const ref = routeAs(object);
    if (ref !== undefined && !homes.has(at.file)) homes.set(at.file, ref.namespace);
  }
  return ({ object, at }: GivenObject): string =>
    routeAs(object)?.namespace ?? homes.get(at.file) ?? refs[0]?.namespace ?? "default";
}
