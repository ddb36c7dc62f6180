import { describe, expect, test } from "vitest";
import type { KubeObject } from "../src/base/kube-object.ts";
import { type Code, codes } from "../src/base/reasons/codes.ts";
import { rightsOn } from "../src/github/event-permissions.ts";
import type { Circumstances } from "../src/github/workflow-event.ts";
import type { RolloutTarget } from "../src/rollout/plan.ts";
import { recordAnnotation } from "../src/rollout/record/annotations.ts";
import { drivers } from "../src/routes/index.ts";
import { mutating } from "../src/simulator/cluster/admission.ts";
import { textOf, toldOf } from "../src/text/index.ts";
import { stage } from "./inspection/scene.ts";
import { dropRecord, epoch, judged, type Start, setWeights, world } from "./reconcile/world.ts";
import { planFrom, type Rehearsing, rehearsed } from "./rehearsal/rehearsed.ts";
import { entered, plan as samplePlan } from "./rollout/samples.ts";
import { shop, virtualService } from "./servers/shop.ts";

/**
 * Every reason for which Sluice refuses or stops, provoked on whole objects, with the text as people read it. What is printed
 * stands in test/fixtures/refusals.txt: a changed sentence is a changed file.
 */

type Told = { readonly code: string; readonly text: string };
type Case = readonly [what: string, provoke: () => Promise<Told>];

type Change = (object: KubeObject) => KubeObject | undefined;
const changed = (kind: string, change: Change) =>
  shop().flatMap((object) => (object.kind === kind ? (change(object) ?? []) : object));
const spec = (kind: string, fields: object) =>
  changed(kind, (object) => ({ ...object, spec: { ...(object.spec as object), ...fields } }));
const metadata = (kind: string, fields: object) =>
  changed(kind, (object) => ({ ...object, metadata: { ...object.metadata, ...fields } }));

const to = (subset: string, weight: number, port?: number) => ({
  destination: { host: "reviews", subset, ...(port === undefined ? {} : { port: { number: port } }) },
  weight,
});
const both = (more: object = {}) => ({ ...more, route: [to("v1", 100), to("v2", 0)] });
const http = (...rules: object[]) => spec("VirtualService", { http: rules });

type Scene = Parameters<typeof world>[0] & { readonly target?: Partial<RolloutTarget>; readonly start?: Start };

/** One run against a mesh with the service `reviews`, and how it ended. */
async function mesh(
  { target = {}, start = {}, ...scene }: Scene = {},
  act?: (set: ReturnType<typeof world>) => void,
): Promise<Told> {
  const set = world(scene);
  const sample = samplePlan();
  const evidence = judged("pass");
  const run = set.start({ plan: { ...sample, target: { ...sample.target, ...target } }, evidence, ...start });
  act?.(set);
  await set.pass();
  return { code: run.outcome?.code ?? "", text: run.outcome === undefined ? "" : textOf(run.outcome.reason) };
}

/** The same for a route of the Gateway API, with metrics. */
async function gateway(
  object: KubeObject,
  more: Partial<Rehearsing> & {
    readonly text?: string;
    readonly others?: readonly KubeObject[];
    readonly canary?: string;
  } = {},
): Promise<Told> {
  const kind = (object.kind ?? "").toLowerCase() as keyof typeof drivers;
  const {
    text = "compare: off\nchecks: [{preset: success-rate, min: 99%}]",
    others = [],
    canary = "web-v2",
    ...rest
  } = more;
  const plan = await planFrom(`
route: ${kind}/web
namespace: shop
canary: ${canary}
stable: web-v1
phases: 20/100
hold: 5m
prometheus: https://prometheus.example.com
${text}
`);
  const given = [object, ...others].map((one) => ({ object: one, at: { file: "route.yaml" } }));
  const { outcome } = await rehearsed({ plan, driver: drivers[kind], given, scenario: "good", ...rest });
  return { code: outcome.code ?? "", text: textOf(outcome.reason) };
}

const refs = [
  { name: "web-v1", port: 80, weight: 100 },
  { name: "web-v2", port: 80, weight: 0 },
];
type Parent = { readonly controller?: string; readonly conditions?: readonly object[]; readonly ref?: object };
const says = (type: string, status = "True", reason = type, message = "") => ({
  type,
  status,
  reason,
  message,
  observedGeneration: 1,
});
const well = [says("Accepted"), says("ResolvedRefs")];
const forMesh = { group: "", kind: "Service", name: "web", port: 80 };

function route(
  fields: object = {},
  { controller = "istio.io/gateway-controller", conditions = well, ref = { name: "edge" } }: Parent = {},
  kind = "HTTPRoute",
): KubeObject {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind,
    metadata: { name: "web", namespace: "shop" },
    spec: { parentRefs: [ref], rules: [{ backendRefs: refs }], ...fields },
    status: { parents: [{ parentRef: ref, controllerName: controller, conditions }] },
  };
}

const named = (name: string, object: KubeObject): KubeObject => ({ ...object, metadata: { ...object.metadata, name } });
const namespaceOf = (labels: Readonly<Record<string, string>> = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "shop", labels },
});
const service = (name: string, labels: Readonly<Record<string, string>> = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "shop", labels },
  spec: { selector: { app: name }, ports: [{ port: 80 }] },
});
const pod = (name: string, labels: Readonly<Record<string, string>>): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "shop", labels },
  spec: { containers: [] },
  status: {},
});
const waypoint = (status: string): KubeObject => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "Gateway",
  metadata: { name: "waypoint", namespace: "shop" },
  spec: { gatewayClassName: "istio-waypoint", listeners: [{ name: "mesh", port: 15008, protocol: "HBONE" }] },
  status: { conditions: [{ type: "Programmed", status }] },
});
const ambient = { "istio.io/dataplane-mode": "ambient" };
const bound = { "istio.io/use-waypoint": "waypoint" };

const inputs = async (text: string): Promise<Told> => {
  const error = await planFrom(`route: virtualservice/reviews\nnamespace: shop\ncanary: v2\n${text}`).catch(
    (one: unknown) => one,
  );
  return { code: "", text: error instanceof Error ? error.message : "" };
};

/** A server that says no, to whatever it is asked. */
const no = {
  kind: "answer",
  code: 422,
  message: 'admission webhook "policy.example.com" denied the request: not on a Friday',
} as const;
const putsBack = mutating((object, { operation, before }) =>
  operation === "UPDATE" && before !== undefined ? { ...object, spec: before.spec } : object,
);

async function expired(): Promise<Told> {
  const endsAt = entered + 60_000;
  const { codes: found, findings } = await stage({ credential: { user: "ci", renewable: false, endsAt } }).preflight();
  return { code: found[0] ?? "", text: findings.map((one) => toldOf(one)).join("\n") };
}

/** A rule goes away while a rollout runs, and then somebody wants to go home. */
async function takenAway(): Promise<Told> {
  const set = world();
  set.start({ turns: 2, evidence: judged("pass") });
  await set.pass();
  const rule = { name: "another", match: [{ uri: { prefix: "/x" } }], route: [to("v1", 100)] };
  set.edit(set.scheduler.now() + 1000, (draft) => void Object.assign(draft.spec as object, { http: [rule] }));
  const back = set.start({ at: set.scheduler.now() + 2000, command: "rollback", plan: undefined });
  await set.pass();
  return { code: back.outcome?.code ?? "", text: back.outcome === undefined ? "" : textOf(back.outcome.reason) };
}

/** The run that drove is gone, then the record, and then a command comes. */
async function recordless(command: "rollback" | "sweep" | "status"): Promise<Told> {
  const set = world();
  set.start({ turns: 2, evidence: judged("pass") });
  await set.pass();
  set.edit(set.scheduler.now() + 1000, dropRecord);
  const late = set.start({ at: set.scheduler.now() + 2000, command, plan: undefined });
  await set.pass();
  return { code: late.outcome?.code ?? "", text: late.outcome === undefined ? "" : textOf(late.outcome.reason) };
}

/** The reason of a rollback, which has no code of its own: it stands in the record as a sentence. */
async function stuck(): Promise<Told> {
  const { outcome } = await rehearsed({
    plan: await planFrom(
      "route: virtualservice/reviews\nnamespace: shop\ncanary: v2\nphases: 20/100\nhold: 5m\nprometheus: https://p.example.com",
    ),
    scenario: "traffic 50 rps; share 0%",
  });
  return { code: outcome.name === "rolled-back" ? "traffic-did-not-move" : outcome.name, text: textOf(outcome.reason) };
}

/** More rules than a record has room for. */
const crowded = () =>
  mesh({ objects: http(...Array.from({ length: 400 }, (_, at) => both({ match: [{ uri: { prefix: `/${at}` } }] }))) });

/** A run on an event that may not start one. */
async function onEvent(circumstances: Partial<Circumstances>): Promise<Told> {
  const rights = rightsOn("run", { fork: false, dependabot: false, ...circumstances } as Circumstances, []);
  return rights.kind === "refused"
    ? { code: rights.problem.code, text: rights.problem.message }
    : { code: "", text: "" };
}
const cancelled = { run: { id: "4711", attempt: 1 }, doubts: ["ended as cancelled", "was started by pull_request"] };

const table: Readonly<Record<Code, readonly Case[]>> = {
  input: [["phases that fall", async () => ({ ...(await inputs("phases: 50/20\nhold: 5m")), code: "input" })]],
  "event-refused": [
    ["a pull request of a fork", () => onEvent({ event: "pull_request", fork: true })],
    ["the end of another run", () => onEvent({ event: "workflow_run", endedRun: cancelled })],
    ["an event that the step could allow", () => onEvent({ event: "create" })],
    ["an event that is not on the list", () => onEvent({ event: "check_run" })],
    ["an event without a name", () => onEvent({ event: "" })],
  ],
  "object-not-found": [["a name that is wrong", () => mesh({ objects: changed("VirtualService", () => undefined) })]],
  "object-malformed": [["a selector for a list that is absent", () => mesh({ target: { rules: ["tcp/9080"] } })]],
  "route-not-found": [["a selector that matches no rule", () => mesh({ target: { rules: ["http/missing"] } })]],
  "duplicate-route-name": [
    [
      "two rules of one name",
      () =>
        mesh({
          objects: http(both({ name: "a", match: [{ uri: { prefix: "/a" } }] }), both({ name: "a" })),
          target: { rules: ["a"] },
        }),
    ],
  ],
  "canary-destination-missing": [
    ["a subset that no rule sends to", () => mesh({ target: { canary: "v3" } })],
    ["a Service that no rule sends to", () => gateway(route({ rules: [{ backendRefs: [refs[0]] }] }))],
  ],
  "stable-destination-missing": [["a wrong stable", () => mesh({ target: { stable: "v0" } })]],
  "canary-ambiguous": [
    [
      "one subset on two ports",
      () =>
        mesh({
          objects: http({ route: [to("v1", 100), to("v2", 0, 9080), to("v2", 0, 9443)] }),
          target: { canary: "v2" },
        }),
    ],
  ],
  "ambiguous-scope": [
    [
      "two rules with the same match",
      () => mesh({ objects: http(both({ name: "primary" }), both({ name: "secondary" })) }),
    ],
  ],
  "inconsistent-weights": [
    [
      "rules with different shares",
      () =>
        mesh({
          objects: http(
            { name: "api", match: [{ uri: { prefix: "/api" } }], route: [to("v1", 90), to("v2", 10)] },
            both({ name: "rest" }),
          ),
          target: { stable: "v1", canary: "v2" },
        }),
    ],
  ],
  "rule-not-weighted": [
    [
      "a redirect",
      () =>
        mesh({
          objects: http(
            { name: "old", match: [{ uri: { prefix: "/old" } }], redirect: { uri: "/new" } },
            both({ name: "rest" }),
          ),
          target: { rules: ["old"] },
        }),
    ],
  ],
  "unreachable-rule": [
    [
      "a rule behind a catch-all",
      () =>
        mesh({
          objects: http({ name: "all", route: [to("v1", 100)] }, both({ name: "behind" })),
          target: { stable: "v1", canary: "v2", rules: ["behind"] },
        }),
    ],
    [
      "a route whose host an older one takes",
      () =>
        gateway(route({ hostnames: ["shop.example.com"] }), {
          others: [
            named(
              "first",
              route({ hostnames: ["shop.example.com"], rules: [{ backendRefs: [{ name: "other", port: 80 }] }] }),
            ),
          ],
        }),
    ],
    [
      "a rule that a more specific one takes",
      () =>
        gateway(
          route({
            rules: [
              { name: "split", matches: [{ path: { type: "Exact", value: "/a" } }], backendRefs: refs },
              {
                name: "first",
                matches: [
                  { path: { type: "Exact", value: "/a" }, method: "GET" },
                  { path: { type: "Exact", value: "/a" } },
                ],
                backendRefs: [{ name: "other", port: 80 }],
              },
            ].toReversed(),
          }),
        ),
    ],
  ],
  "fault-injected": [
    [
      "a rule with a fault",
      () => mesh({ objects: http(both({ fault: { abort: { httpStatus: 500, percentage: { value: 1 } } } })) }),
    ],
  ],
  delegated: [
    [
      "a rule that delegates",
      () => mesh({ objects: http({ delegate: { name: "reviews-rules", namespace: "shop" } }) }),
    ],
  ],
  "multiple-virtualservices": [
    [
      "another object for the host",
      () => {
        const objects = shop();
        const second = objects
          .filter(({ kind }) => kind === "VirtualService")
          .map((object) => named("reviews-old", object));
        return mesh({ objects: [...objects, ...second] });
      },
    ],
  ],
  "weights-do-not-fit": [
    [
      "a fixed third destination",
      () =>
        mesh({
          objects: http({ route: [to("v1", 40), to("v2", 0), to("v3", 60)] }),
          target: { stable: "v1", canary: "v2", others: "fixed" },
        }),
    ],
  ],
  "zero-total-weight": [
    [
      "no weight at all",
      () => gateway(route({ rules: [{ backendRefs: refs.map((ref) => ({ ...ref, weight: 0 })) }] })),
    ],
  ],
  "fractional-weight": [
    [
      "half a percent of a VirtualService",
      async () => ({ ...(await inputs("phases: 0.5/100\nhold: 5m")), code: "fractional-weight" }),
    ],
  ],
  "unexpected-start-weight": [
    [
      "a canary with traffic",
      () => mesh({ objects: http({ route: [to("v1", 90), to("v2", 10)] }), target: { stable: "v1", canary: "v2" } }),
    ],
  ],
  "owned-by-controller": [
    [
      "an object of Flagger",
      () =>
        gateway({
          ...route(),
          metadata: {
            ...route().metadata,
            ownerReferences: [{ apiVersion: "flagger.app/v1beta1", kind: "Canary", name: "web", controller: true }],
          },
        }),
    ],
  ],
  "destination-not-found": [["no such Service", () => mesh({ objects: changed("Service", () => undefined) })]],
  "destination-port-missing": [
    [
      "several ports, none named",
      () =>
        mesh({
          objects: spec("Service", {
            ports: [
              { name: "http", port: 9080 },
              { name: "admin", port: 9090 },
            ],
          }),
        }),
    ],
    [
      "a Service behind a route without its port",
      () => gateway(route({ rules: [{ backendRefs: [refs[0], { name: "web-v2", weight: 0 }] }] })),
    ],
  ],
  "subset-missing": [
    [
      "a subset that no DestinationRule has",
      () => mesh({ objects: spec("DestinationRule", { subsets: [{ name: "v1", labels: { version: "v1" } }] }) }),
    ],
  ],
  "subset-empty": [["no pod is ready", () => mesh({ objects: shop({ v2: [false, false] }) })]],
  "subset-overlap": [
    [
      "labels of both",
      () =>
        mesh({
          objects: spec("DestinationRule", {
            subsets: ["v1", "v2"].map((name) => ({ name, labels: { app: "reviews" } })),
          }),
        }),
    ],
  ],
  "backend-empty": [["no endpoint is ready", () => gateway(route(), { scenario: "canary unready from 0s for 1h" })]],
  "parent-not-accepted": [
    [
      "a Gateway that does not take it",
      () =>
        gateway(
          route(
            {},
            { conditions: [says("Accepted", "False", "NoMatchingParent", "no listener for it"), says("ResolvedRefs")] },
          ),
        ),
    ],
    ["a Gateway that is not there", () => gateway({ ...route(), status: {} })],
    [
      "a rule that is left out",
      () =>
        gateway(
          route({}, { conditions: [...well, says("PartiallyInvalid", "True", "UnsupportedValue", "Dropped Rule 1")] }),
        ),
    ],
    ["no parent", () => gateway({ ...route({ parentRefs: [] }), status: {} })],
  ],
  "reference-not-granted": [
    [
      "a backend of another namespace",
      () =>
        gateway(route({ rules: [{ backendRefs: [refs[0], { ...refs[1], namespace: "next" }] }] }), {
          canary: "web-v2.next.svc.cluster.local",
        }),
    ],
    [
      "as the controller says it",
      () =>
        gateway(
          route(
            {},
            {
              conditions: [
                says("Accepted"),
                says("ResolvedRefs", "False", "RefNotPermitted", "backendRef next/web-v2 not accessible"),
              ],
            },
          ),
        ),
    ],
  ],
  "reference-not-resolved": [
    [
      "a backend that is not there",
      () =>
        gateway(
          route(
            {},
            {
              conditions: [
                says("Accepted"),
                says("ResolvedRefs", "False", "BackendNotFound", "backend(web-v3) not found"),
              ],
            },
          ),
        ),
    ],
  ],
  "no-l7-dataplane": [
    [
      "a namespace in ambient mode",
      () => gateway(route({}, { ref: forMesh }), { others: [namespaceOf(ambient), service("web")] }),
    ],
    [
      "pods in ambient mode",
      () =>
        gateway(route({}, { ref: forMesh }), {
          others: [namespaceOf(), service("web"), pod("web-1", { app: "web", ...ambient })],
        }),
    ],
    [
      "a waypoint that is not ready",
      () =>
        gateway(route({}, { ref: forMesh }), {
          others: [namespaceOf(ambient), service("web", bound), waypoint("False")],
        }),
    ],
  ],
  "mixed-route-apis": [
    [
      "a VirtualService beside an HTTPRoute on a waypoint",
      () => {
        const twin = {
          apiVersion: "networking.istio.io/v1",
          kind: "VirtualService",
          metadata: { name: "web", namespace: "shop" },
          spec: { hosts: ["web"], http: [{ route: [{ destination: { host: "web" } }] }] },
        };
        return gateway(route({}, { ref: forMesh }), {
          others: [namespaceOf({ ...ambient, ...bound }), service("web"), waypoint("True"), twin],
        });
      },
    ],
  ],
  "route-ignored": [
    [
      "a filter that Linkerd does not know",
      () =>
        gateway(
          route(
            {
              rules: [
                {
                  filters: [{ type: "URLRewrite", urlRewrite: { hostname: "x.example.com" } }],
                  sessionPersistence: { sessionName: "s" },
                  backendRefs: refs,
                },
              ],
            },
            { ref: forMesh, controller: "linkerd.io/policy-controller" },
          ),
          { others: [service("web")] },
        ),
    ],
  ],
  "metric-not-separable": [
    [
      "one cluster of Envoy Gateway for both",
      () => gateway(route({}, { controller: "gateway.envoyproxy.io/gatewayclass-controller" })),
    ],
    [
      "an implementation that counts in total",
      () => gateway(route({}, { controller: "gateway.nginx.org/nginx-gateway-controller" })),
    ],
    [
      "parents of two data planes",
      () => {
        const mixed = route();
        const traefik = route({}, { controller: "traefik.io/gateway-controller" });
        const parents = [mixed, traefik].flatMap(({ status }) => (status as { parents: unknown[] }).parents);
        return gateway({ ...mixed, status: { parents } });
      },
    ],
    [
      "a backend that is no Service",
      () => {
        const backend = { group: "traefik.io", kind: "TraefikService" };
        return gateway(
          route(
            { rules: [{ backendRefs: refs.map(({ port: _, ...ref }) => ({ ...ref, ...backend })) }] },
            { controller: "traefik.io/gateway-controller" },
          ),
        );
      },
    ],
  ],
  "metric-labels-missing": [
    [
      "a query that finds nothing of stable",
      () =>
        gateway(route(), {
          text: "compare: off\nchecks: [{name: orders, query: 'sum(orders_total{v=\"{{canary}}\"})', min: 1}]",
        }),
    ],
  ],
  "metric-protocol-mismatch": [
    ["requests of a TCPRoute", () => gateway(route({}, {}, "TCPRoute"))],
    [
      "connections of an HTTPRoute",
      () => gateway(route(), { text: "compare: off\nchecks: [{preset: connections, min: 99%}]" }),
    ],
    [
      "failures of gRPC where only HTTP is counted",
      () => gateway(route({}, { controller: "projectcontour.io/gateway-controller" }, "GRPCRoute")),
    ],
  ],
  "metric-window-invalid": [
    [
      "a window of two scrapes",
      async () => ({
        ...(await inputs(
          "phases: 20/100\nhold: 5m\nprometheus: https://p.example.com\nchecks: [{preset: success-rate, min: 99%, every: 30s}]",
        )),
        code: "metric-window-invalid",
      }),
    ],
  ],
  "metric-query-failed": [
    ["a Prometheus that is down", () => gateway(route(), { scenario: "prometheus answers html from 0s for 1h" })],
  ],
  "permission-missing": [
    [
      "no right to patch",
      () => mesh({ start: { rights: [{ groups: ["*"], plurals: ["*"], verbs: ["get", "list"] }] } }),
    ],
  ],
  "credentials-expire": [["a token of one minute", expired]],
  "cluster-unreachable": [
    ["no answer", () => mesh({ start: { pick: () => ({ kind: "answer", code: 503, message: "etcd is away" }) } })],
  ],
  "dry-run-rejected": [
    ["an admission policy", () => mesh({ start: { pick: ({ kind }) => (kind === "dry-run" ? no : undefined) } })],
  ],
  "write-rejected": [
    [
      "an admission policy that lets a dry run pass",
      () => mesh({ start: { pick: ({ kind }) => (kind === "patch" ? no : undefined) } }),
    ],
  ],
  "write-altered": [["a webhook that changes weights", () => mesh({ admissions: [putsBack] })]],
  drifted: [["weights that another program set", () => mesh({}, (set) => set.edit(60_000, setWeights(0, 100)))]],
  "record-missing": [
    ["a rollback after the record was removed", () => recordless("rollback")],
    ["a sweep after it", () => recordless("sweep")],
    ["a status after it", () => recordless("status")],
  ],
  "route-gone": [
    [
      "the route is deleted",
      () =>
        mesh({}, ({ scheduler, store }) =>
          scheduler.at(60_000, () => void store.remove(epoch + 60_000, virtualService)),
        ),
    ],
  ],
  "traffic-did-not-move": [["a canary that gets nothing", stuck]],
  "corrupt-record": [
    [
      "a record that is no record",
      () => mesh({ objects: metadata("VirtualService", { annotations: { [recordAnnotation]: "{}" } }) }),
    ],
  ],
  "foreign-record": [
    [
      "a record that was copied to another object",
      async () => {
        const first = world();
        const evidence = judged("pass");
        first.start({ turns: 2, evidence });
        await first.pass();
        const text = first.object()?.metadata.annotations?.[recordAnnotation] ?? "";
        const annotations = {
          [recordAnnotation]: text.replace(/"uid":"[^"]*"/, '"uid":"of-an-object-that-was-deleted"'),
        };
        return mesh({ objects: metadata("VirtualService", { annotations }) });
      },
    ],
  ],
  "rollback-target-changed": [["a rule that was taken away", takenAway]],
  "command-refused": [["a promote without a rollout", () => mesh({ start: { command: "promote" } })]],
  internal: [["a record that would be too large", crowded]],
};

describe("every refusal", () => {
  test("has a case here", () => {
    expect(Object.keys(table).toSorted()).toEqual([...codes].toSorted());
  });

  test("is told by its code, in the words of the file", async () => {
    const lines: string[] = [];
    for (const [code, cases] of Object.entries(table)) {
      for (const [what, provoke] of cases) {
        const told = await provoke();
        expect(told.code, what).toBe(code);
        lines.push(`${code}, ${what}:\n  ${told.text.replaceAll("\n", "\n  ")}\n`);
      }
    }
    await expect(lines.join("\n")).toMatchFileSnapshot("fixtures/refusals.txt");
  });
});
