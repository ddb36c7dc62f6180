import type { KubeObject } from "../../src/base/kube-object.ts";
import type { Finding } from "../../src/base/reasons/finding.ts";
import { reason } from "../../src/base/reasons/index.ts";
import type { Notice } from "../../src/base/reasons/notice.ts";
import type { InspectedRoute } from "../../src/inspection/inspected-route.ts";
import type { FurtherCheck } from "../../src/inspection/preflight/index.ts";
import { preflightPort } from "../../src/inspection/preflight/index.ts";
import { readinessPort } from "../../src/inspection/version-lookup.ts";
import type { Cluster, Credential } from "../../src/ports/cluster.ts";
import { stretchOf } from "../../src/rollout/expected-duration.ts";
import type { Selection } from "../../src/rollout/observation.ts";
import type { Plan, RolloutTarget } from "../../src/rollout/plan.ts";
import { plannedStates } from "../../src/rollout/planned-states.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import type { Admission } from "../../src/simulator/cluster/admission.ts";
import type { FaultPoint, FaultWrapper } from "../../src/simulator/cluster/fault-injection.ts";
import { rehearsalCluster } from "../../src/simulator/cluster/in-memory-cluster.ts";
import { createStore, type Store } from "../../src/simulator/cluster/object-store.ts";
import type { Rule } from "../../src/simulator/cluster/rbac.ts";
import { asked, entered, plan as samplePlan } from "../rollout/samples.ts";
import { furnish, namespace, virtualService as resource, shop } from "../servers/shop.ts";

/** The stable and the canary version of the shop. */
export const v1 = "reviews.shop.svc.cluster.local/v1";
export const v2 = "reviews.shop.svc.cluster.local/v2";

/** Get and patch on the one route, and every right to look. */
export const route: Rule = {
  groups: [resource.group],
  plurals: [resource.plural],
  verbs: ["get", "patch"],
  names: [resource.name],
};
export const look = (...plurals: readonly string[]): Rule => ({ groups: ["*"], plurals, verbs: ["get", "list"] });
export const looks = look(
  "services",
  "endpointslices",
  "pods",
  "destinationrules",
  "virtualservices",
  "serviceentries",
  "gateways",
  "namespaces",
  "serviceprofiles",
);

/** What goes wrong with a call, by its kind or by what it asks about. */
export type Trouble = (call: FaultPoint) => { readonly code: number; readonly message: string } | undefined;

type Scene = {
  readonly objects?: readonly KubeObject[];
  readonly rights?: readonly Rule[];
  readonly admissions?: readonly Admission[];
  readonly credential?: Credential;
  readonly trouble?: Trouble;
  readonly further?: readonly FurtherCheck[];
  readonly target?: Partial<RolloutTarget>;
  readonly plan?: Plan;
};

export type Stage = {
  readonly site: InspectedRoute;
  readonly store: Store;
  readonly calls: readonly FaultPoint[];
  readonly selection: Selection;
  /** Findings and notices as a run would get them before its first write. */
  preflight(): Promise<{
    readonly codes: readonly string[];
    readonly findings: readonly Finding[];
    readonly notices: readonly Notice[];
  }>;
  readiness(): Promise<string>;
};

const idle = { now: () => 0, sleep: async () => {} };

export function stage({
  objects = shop(),
  rights,
  admissions = [],
  credential,
  trouble,
  further = [],
  target,
  plan = samplePlan(),
}: Scene = {}): Stage {
  const store = furnish(createStore({ seed: 1, admissions }), entered, objects);
  const calls: FaultPoint[] = [];
  const around: FaultWrapper = async (call, effect, instead) => {
    calls.push(call);
    const wrong = trouble?.(call);
    if (wrong !== undefined)
      return wrong.code === 0
        ? instead.lost(reason("network-reset", { errno: wrong.message }))
        : instead.answered(wrong.code, wrong.message);
    return effect();
  };
  const cluster: Cluster = rehearsalCluster({
    store,
    clock: idle,
    serverNow: () => entered,
    around,
    user: "ci",
    ...(rights === undefined ? {} : { rights }),
    ...(credential === undefined ? {} : { credential }),
  });
  const site: InspectedRoute = { cluster, driver: virtualservice, resource };
  const object = () => store.object(resource) ?? fail();
  const selection = selected(object(), { ...plan.target, ...target });
  return {
    site,
    store,
    calls,
    selection,
    async preflight() {
      const states = plannedStates(plan, asked(), object().metadata.uid ?? "", selection, undefined, entered);
      const stretch = stretchOf(plan, asked(), undefined);
      const { findings, notices } = await preflightPort(site, further)(
        object(),
        plan,
        states,
        selection,
        entered,
        {},
        stretch,
      );
      return { codes: findings.map(({ reason }) => reason.code), findings, notices };
    },
    async readiness() {
      const { stable, canary } = await readinessPort(site)(selection, {});
      return `${stable} ${canary}`;
    },
  };
}

function selected(object: KubeObject, target: RolloutTarget): Selection {
  const found = virtualservice.select(object, target);
  if (found.kind === "selected") return found.selection;
  throw new Error(JSON.stringify(found.findings));
}

function fail(): never {
  throw new Error("the route is not there");
}

/** One finding or notice with this reason. */
export const because = (code: string, data: object) => [{ reason: { code, data } }];

/** The shop with some of its objects changed, taken away or added. */
export function changed(
  change: (object: KubeObject) => KubeObject | undefined,
  ...more: readonly KubeObject[]
): KubeObject[] {
  return [...shop().flatMap((object) => change(object) ?? []), ...more];
}

export const only = (kind: string, change: (object: KubeObject) => KubeObject | undefined) => (object: KubeObject) =>
  object.kind === kind ? change(object) : object;

export const destinationRule = (
  name: string,
  host: string,
  subsets: Readonly<Record<string, string>>,
  where = namespace,
  more: object = {},
): KubeObject => ({
  apiVersion: "networking.istio.io/v1",
  kind: "DestinationRule",
  metadata: { name, namespace: where },
  spec: {
    host,
    ...more,
    subsets: Object.entries(subsets).map(([subset, version]) => ({ name: subset, labels: { version } })),
  },
});

export const virtualServiceOf = (name: string, spec: object, where = namespace): KubeObject => ({
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  metadata: { name, namespace: where },
  spec,
});
