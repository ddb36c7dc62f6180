import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv, type ValidateFunction } from "ajv";
import { describe, expect, it, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { extraPreflightChecks } from "../../src/app/extra-preflight-checks.ts";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { member, textOf } from "../../src/base/read-fields.ts";
import { codes } from "../../src/base/reasons/codes.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { notice } from "../../src/base/reasons/notice.ts";
import type { Inputs } from "../../src/inputs/index.ts";
import { followDelegate } from "../../src/inspection/delegate-lookup.ts";
import type { InspectedRoute } from "../../src/inspection/inspected-route.ts";
import { preflightPort } from "../../src/inspection/preflight/index.ts";
import { lookout } from "../../src/inspection/version-lookup.ts";
import { selectorsOf } from "../../src/metrics/prometheus/data-planes/index.ts";
import { stretchOf } from "../../src/rollout/expected-duration.ts";
import { plannedStates } from "../../src/rollout/planned-states.ts";
import { gitopsOf } from "../../src/routes/gitops-tools.ts";
import { driverFor } from "../../src/routes/index.ts";
import { rehearsalCluster } from "../../src/simulator/cluster/in-memory-cluster.ts";
import { createStore } from "../../src/simulator/cluster/object-store.ts";
import type { Rule } from "../../src/simulator/cluster/rbac.ts";
import { kinds } from "../../src/simulator/cluster/served-kinds.ts";
import { accepted } from "../inputs/reading.ts";
import { asked, entered } from "../rollout/samples.ts";
import { furnish } from "../servers/shop.ts";

/** What people copy from the pages about topologies has to be right as it stands: every block of every page. */

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const manifest = parse(read("action.yml")) as { inputs: Record<string, unknown> };

type Step = { readonly uses?: string; readonly with?: Record<string, unknown> };
type Workflow = { readonly jobs: Record<string, { readonly steps: readonly Step[] }> };
type Page = {
  readonly name: string;
  readonly text: string;
  readonly objects: readonly KubeObject[];
  readonly workflows: readonly Workflow[];
  readonly plans: readonly string[];
};

const pages: readonly Page[] = readdirSync(join(root, "docs/topologies"))
  .filter((name) => name !== "README.md")
  .map((name) => pageOf(name, read(`docs/topologies/${name}`)));

function pageOf(name: string, text: string): Page {
  const blocks = [...text.matchAll(/```(\w*)\n([\s\S]*?)```/g)];
  expect(blocks.map(([, language]) => language).filter((language) => language !== "yaml")).toEqual([]);
  const yaml = blocks.map(([, , block = ""]) => ({
    block,
    documents: parseAllDocuments(block).map((one) => one.toJS()),
  }));
  const holds = (key: string) => yaml.filter(({ documents: [first] }) => member(first, key) !== undefined);
  return {
    name,
    text,
    objects: holds("apiVersion").flatMap(({ documents }) => documents as KubeObject[]),
    workflows: holds("jobs").map(({ documents: [first] }) => first as Workflow),
    plans: holds("phases").map(({ block }) => block),
  };
}

/** A member that a CRD does not know would be dropped without a word; in an example it is a mistake. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema) || typeof schema !== "object" || schema === null) return schema;
  const { properties, items, additionalProperties, ...rest } = schema as Record<string, unknown>;
  const kept = rest["x-kubernetes-preserve-unknown-fields"] === true;
  const known = Object.entries((properties ?? {}) as Record<string, unknown>).map(([key, value]) => [
    key,
    strict(value),
  ]);
  return {
    ...rest,
    ...(properties === undefined ? {} : { properties: Object.fromEntries(known) }),
    ...(properties === undefined || kept ? {} : { additionalProperties: false }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: strict(additionalProperties) }),
    ...(items === undefined ? {} : { items: strict(items) }),
  };
}

const crds = parse(read("test/fixtures/crds/schemas.json")) as Record<string, { properties: { spec: unknown } }>;
const ajv = new Ajv({ strict: false, allErrors: true });
const compiled = new Map<string, ValidateFunction>();
const groupsOfCrds = ["networking.istio.io", "gateway.networking.k8s.io"];

function wrongIn(object: KubeObject): readonly string[] {
  const kind = `${object.apiVersion} ${object.kind}`;
  if (!groupsOfCrds.some((group) => kind.startsWith(`${group}/`))) return [];
  const crd = crds[kind];
  if (crd === undefined) return [`${kind} is not among the schemas`];
  const check = compiled.get(kind) ?? ajv.compile(strict(crd.properties.spec) as object);
  compiled.set(kind, check);
  return check(object.spec)
    ? []
    : (check.errors ?? []).map((one) => `${object.metadata.name}${one.instancePath} ${one.message}`);
}

/** The pods and endpoints that the page's Deployments and Services would have. */
function running(objects: readonly KubeObject[]): readonly KubeObject[] {
  const pods = objects
    .filter(({ kind }) => kind === "Deployment")
    .map((deployment): KubeObject => {
      const { name, namespace = "shop" } = deployment.metadata;
      const template = member(member(deployment.spec, "template"), "metadata");
      const labels = { ...(member(template, "labels") as Record<string, string>), "pod-template-hash": "abc" };
      const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: `${name}-abc`, controller: true };
      const metadata = { name: `${name}-abc-1`, namespace, labels, ownerReferences: [owner] };
      return { apiVersion: "v1", kind: "Pod", metadata, spec: {} };
    });
  const slices = objects
    .filter(({ kind }) => kind === "Service")
    .map((service) => {
      const { name, namespace = "shop" } = service.metadata;
      const selector = Object.entries(member(service.spec, "selector") as Record<string, string>);
      const behind = pods.filter(({ metadata }) => selector.every(([key, value]) => metadata.labels?.[key] === value));
      const endpoints = behind.map(({ metadata }) => ({
        addresses: ["10.0.0.1"],
        conditions: { ready: true },
        targetRef: { kind: "Pod", name: metadata.name },
      }));
      const metadata = { name: `${name}-1`, namespace, labels: { "kubernetes.io/service-name": name } };
      return { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata, endpoints } as KubeObject;
    });
  return [...pods, ...slices];
}

const controllers: Readonly<Record<string, string>> = { "linkerd.md": "linkerd.io/policy-controller" };

/** What the controllers of a cluster write into the status once they have seen the objects. */
function answered(object: KubeObject, page: string): KubeObject {
  const condition = (type: string) => ({ type, status: "True", reason: type, message: "", observedGeneration: 1 });
  const status =
    object.kind === "Gateway"
      ? { conditions: ["Accepted", "Programmed"].map(condition) }
      : {
          parents: (member(object.spec, "parentRefs") as readonly object[]).map((parentRef) => ({
            parentRef,
            controllerName: controllers[page] ?? "istio.io/gateway-controller",
            conditions: ["Accepted", "ResolvedRefs"].map(condition),
          })),
        };
  return { ...object, status };
}

const isAnswered = ({ apiVersion, kind }: KubeObject) =>
  apiVersion?.startsWith("gateway.networking.k8s.io/") === true && (kind === "Gateway" || kind === "HTTPRoute");
const profiles = {
  group: "linkerd.io",
  plural: "serviceprofiles",
  kind: "ServiceProfile",
  versions: ["v1alpha2"],
  builtIn: false,
};

type RoleRule = { apiGroups: string[]; resources: string[]; verbs: string[]; resourceNames?: string[] };
const rightsIn = (objects: readonly KubeObject[]): readonly Rule[] =>
  objects
    .filter(({ kind }) => kind === "Role")
    .flatMap(({ metadata, ...role }) =>
      (role as unknown as { rules: RoleRule[] }).rules.map(({ apiGroups, resources, verbs, resourceNames }) => ({
        groups: apiGroups,
        plurals: resources,
        verbs,
        // A Role may grant the reading of its own namespace, which is asked for without one.
        ...(resources.includes("namespaces") ? {} : { namespaces: [metadata.namespace ?? ""] }),
        ...(resourceNames === undefined ? {} : { names: resourceNames }),
      })),
    );

/** The one step of the page, read as the action reads it. */
async function inputsOf({ workflows, plans }: Page): Promise<Inputs> {
  const [step] = workflows.flatMap(({ jobs }) =>
    Object.values(jobs).flatMap(({ steps }) => steps.filter(({ uses }) => uses?.startsWith("owner/sluice@"))),
  );
  const { kubeconfig: _, config, ...given } = (step?.with ?? {}) as Record<string, string>;
  expect(config === undefined).toBe(plans.length === 0);
  const texts = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
  return accepted(texts, { hosted: true, ...(plans[0] === undefined ? {} : { plan: plans[0] }) });
}

async function tried(page: Page) {
  const inputs = await inputsOf(page);
  const { plan } = inputs;
  const [ref] = inputs.routes;
  const known = driverFor(ref?.kind ?? "");
  if (plan === undefined || ref === undefined || known.kind === "unknown") throw new Error("no route, or no plan");
  const { group, plural, versions } = known.driver;
  const placed = page.objects.map((one) => (isAnswered(one) ? answered(one, page.name) : one));
  const store = createStore({ seed: 1, kinds: [...kinds, profiles] });
  const isServed = ({ kind }: KubeObject) => kinds.some((one) => one.kind === kind);
  const namespace: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };
  const spaces = placed.some(({ kind }) => kind === "Namespace") ? [] : [namespace];
  furnish(store, entered, [...spaces, ...placed.filter(isServed), ...running(placed)]);
  const clock = { now: () => 0, sleep: async () => {} };
  const cluster = rehearsalCluster({ store, clock, serverNow: () => entered, rights: rightsIn(page.objects) });
  const resource = { group, version: versions[0] ?? "v1", plural, namespace: ref.namespace, name: ref.name };
  const named: InspectedRoute = { cluster, driver: known.driver, resource };
  const follow = inputs.followDelegates;
  const found = follow === undefined ? undefined : await followDelegate(named, follow.rules, {});
  const site: InspectedRoute = found?.kind === "follows" ? { ...named, ...found } : named;
  const object = store.object(site.resource);
  const selected = object === undefined ? undefined : site.driver.select(object, plan.target);
  if (object === undefined || selected?.kind !== "selected") throw new Error(JSON.stringify(selected));
  const { selection } = selected;
  const further = extraPreflightChecks(
    undefined,
    () => Promise.reject(new Error("nothing is measured")),
    AbortSignal.abort(),
  );
  const states = plannedStates(plan, asked(), object.metadata.uid ?? "", selection, undefined, entered);
  const stretch = stretchOf(plan, asked(), undefined);
  const { findings, notices } = await preflightPort(site, further)(
    object,
    plan,
    states,
    selection,
    entered,
    {},
    stretch,
  );
  const arms = { ...(await lookout(site).arms(selection, {})), namespace: site.resource.namespace };
  const accepts = site.driver.acceptance?.(object) ?? [];
  return { plan, object, selection, findings: [...findings, ...accepts], notices, arms };
}

describe.each(pages)("docs/topologies/$name", (page) => {
  it("shows objects that their CRDs take, and no member that those would drop", () => {
    expect(page.objects.flatMap(wrongIn)).toEqual([]);
    expect(page.objects.some(({ kind }) => kind === "VirtualService" || kind === "HTTPRoute")).toBe(true);
    expect(page.workflows).toHaveLength(1);
  });

  it("gives the step only inputs that it knows, pins every action, and writes no expression into a shell line", () => {
    const steps = page.workflows.flatMap(({ jobs }) => Object.values(jobs).flatMap((job) => job.steps));
    const given = steps
      .filter(({ uses }) => uses?.startsWith("owner/sluice@"))
      .flatMap((step) => Object.keys(step.with ?? {}));
    expect(given.filter((name) => !Object.hasOwn(manifest.inputs, name))).toEqual([]);
    expect(steps.flatMap(({ uses }) => uses ?? []).filter((word) => !/@[0-9a-f]{40}$/.test(word))).toEqual([]);
    expect(page.text.split("\n").filter((line) => /\brun:.*\$\{\{/.test(line))).toEqual([]);
  });

  it("is ready to begin: preflight under the page's own role finds nothing, and skips nothing", async () => {
    const { findings, notices, plan, selection } = await tried(page);
    expect(findings).toEqual([]);
    const mentioned = page.text.includes("`istio-system`")
      ? [reason("not-listable", { plural: "destinationrules", namespace: "istio-system" })]
      : [];
    const skipped = notices.flatMap(({ reason: one }) => (one.code === "check-skipped" ? one.data.because : []));
    expect(skipped).toEqual(mentioned);
    expect(plan.phases.at(-1)?.weight).toBe(100);
    expect(selection.share).toBe(0);
  });

  it("names the label by which the metrics tell the versions apart", async () => {
    const selectors = selectorsOf((await tried(page)).arms);
    if (selectors.kind === "refused") throw new Error(selectors.reason.code);
    expect(page.text.replaceAll(/\s+/g, " ").includes(`told apart by \`${selectors.label}\``), selectors.label).toBe(
      true,
    );
  });

  it("gives no right to write but to the one route, by its name", () => {
    const rules = rightsIn(page.objects);
    const writing = rules.filter(({ verbs }) => !verbs.every((verb) => ["get", "list"].includes(verb)));
    expect(writing.map(({ verbs, names }) => `${verbs} ${names?.length}`)).toEqual(["get,patch 1"]);
  });

  it("speaks only of codes that there are", () => {
    const words = [...page.text.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(
      ([, cell = ""]) => cell.match(/[a-z0-9-]+/g) ?? [],
    );
    const known: readonly string[] = codes;
    expect(words.filter((word) => !known.includes(word))).toEqual([]);
    expect(words.length).toBeGreaterThan(3);
  });
});

test("the pages are listed, and the README leads to them", () => {
  const list = read("docs/topologies/README.md");
  expect(pages.filter(({ name }) => !list.includes(`](${name})`)).map(({ name }) => name)).toEqual([]);
  expect(read("README.md")).toContain("](docs/topologies/README.md)");
  expect(read("docs/guide.md")).toContain("](topologies/README.md)");
});

describe("the page about GitOps", () => {
  const page = pages.find(({ name }) => name === "gitops.md");

  it("shows what preflight prints for the very object", async () => {
    if (page === undefined) throw new Error("the page is gone");
    const { object, selection } = await tried(page);
    const managers = ["argocd-controller", "kustomize-controller"].map((manager) => ({ manager }));
    const tools = gitopsOf({ ...object, metadata: { ...object.metadata, managedFields: managers } }, selection.rules);
    const snippets = tools.flatMap(({ advice }) => (advice.snippet ?? "").split("---\n"));
    const lines = snippets.flatMap((snippet) => snippet.split("\n")).filter((line) => line.startsWith("  "));
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.filter((line) => !page.text.includes(line))).toEqual([]);
  });

  it("follows the root and pauses Flux, and says both before anything is written", async () => {
    if (page === undefined) throw new Error("the page is gone");
    const { notices, object, selection } = await tried(page);
    expect(object.metadata.name).toBe("storefront-weights");
    expect(selection.flux).toEqual({ before: null });
    const delegate = "shop/storefront-weights";
    expect(notices).toContainEqual(notice("delegate-followed", { root: "shop/storefront", delegate }));
    expect(notices).toContainEqual(notice("flux-pause", { fate: "planned" }));
    expect(textOf(member(object.metadata.annotations, "argocd.argoproj.io/tracking-id"))).toBeUndefined();
  });
});
