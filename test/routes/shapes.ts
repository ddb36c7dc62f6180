import type { JsonPatch, KubeObject } from "../../src/base/kube-object.ts";
import type { Finding } from "../../src/base/reasons/finding.ts";
import { said } from "../../src/base/reasons/said.ts";
import type { Percent } from "../../src/base/units.ts";
import type { RouteAdapter } from "../../src/ports/route-adapter.ts";
import type { RolloutTarget } from "../../src/rollout/plan.ts";
import type { State } from "../../src/rollout/rollout-state.ts";

type Metadata = Partial<KubeObject["metadata"]>;

/** A VirtualService of namespace `prod` as the API server sends it. */
export function virtualService(spec: unknown, metadata: Metadata = {}): KubeObject {
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name: "web", namespace: "prod", uid: "u-1", resourceVersion: "8412", generation: 3, ...metadata },
    spec,
  };
}

export const http = (...rules: readonly unknown[]) => ({ hosts: ["web"], http: rules });

/** A destination entry of host `web`, or of another one. */
export function to(subset: string | undefined, weight?: number, host = "web") {
  return {
    destination: { host, ...(subset === undefined ? {} : { subset }) },
    ...(weight === undefined ? {} : { weight }),
  };
}

/** A destination of `web` in namespace `prod` in full. */
export const web = (subset: string) => `web.prod.svc.cluster.local/${subset}`;

export const target = (more: Partial<RolloutTarget> = {}): RolloutTarget => ({
  routes: [{ kind: "virtualservice", namespace: "prod", name: "web" }],
  rules: [],
  startWeight: 0,
  ...more,
});

/** The state that a first patch for this selection would record. */
export function stateFor(
  driver: RouteAdapter,
  object: KubeObject,
  weight: Percent,
  more: Partial<RolloutTarget> = {},
): State {
  const selected = driver.select(object, target(more));
  if (selected.kind === "refused") throw new Error(JSON.stringify(selected.findings));
  const { stable, canary, rules, total, created } = selected.selection;
  return {
    rollout: "r",
    planDigest: "p",
    revision: "abc",
    repository: "o/r",
    pullRequest: null,
    startedAt: 0,
    uid: "u-1",
    stable,
    canary,
    rules,
    total,
    ...(created === undefined ? {} : { created: true }),
    weight,
    phase: 1,
    entered: [0],
    watchedFrom: null,
    deadline: 0,
    onCancel: "rollback",
    by: null,
    tookPart: [],
    superseded: [],
    revisions: [],
    grounds: null,
    notes: [],
    reason: said(""),
    frozen: null,
    further: {},
    status: "progressing",
  };
}

/** A finding as its code and its data. */
export const coded = ({ reason }: Finding): readonly [string, object] => [reason.code, reason.data];

export const rolledBack = (state: State): State => ({ ...state, status: "rolled-back", endedAt: 1 });

export function operationsOf(driver: RouteAdapter, object: KubeObject, state: State, record = "{}"): JsonPatch {
  const planned = driver.write(object, state, record);
  if (planned.kind === "refused") throw new Error(JSON.stringify(planned.finding));
  return planned.operations;
}

/** The weights that a patch sets, by path. */
export function weightsIn(operations: JsonPatch): Record<string, unknown> {
  return Object.fromEntries(
    operations.filter(({ path }) => path.endsWith("/weight")).map(({ path, value }) => [path, value]),
  );
}

/** JSON Patch as the standard has it, written for these tests alone: any step that it cannot take is an error. */
export function applied(object: KubeObject, operations: JsonPatch): KubeObject {
  const root = structuredClone(object) as unknown;
  for (const { op, path, value } of operations) {
    const steps = path
      .split("/")
      .slice(1)
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = steps.pop() ?? "";
    const parent = steps.reduce<unknown>((at, step) => descend(at, step, path), root);
    if (op === "test") {
      if (JSON.stringify(descend(parent, last, path)) !== JSON.stringify(value))
        throw new Error(`test failed: ${path}`);
    } else if (op === "remove") {
      descend(parent, last, path);
      delete (parent as Record<string, unknown>)[last];
    } else if (op === "add" && !Array.isArray(parent) && typeof parent === "object" && parent !== null) {
      (parent as Record<string, unknown>)[last] = structuredClone(value);
    } else if (op === "add" && Array.isArray(parent) && last === "-") parent.push(structuredClone(value));
    else throw new Error(`${op} at ${path} is not supported here`);
  }
  return root as KubeObject;
}

function descend(at: unknown, step: string, path: string): unknown {
  if (Array.isArray(at) && !/^(0|[1-9]\d*)$/.test(step)) throw new Error(`no position in ${path}`);
  if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) throw new Error(`nothing stands at ${path}`);
  return (at as Record<string, unknown>)[step];
}
