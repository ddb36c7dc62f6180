import { expect, it } from "vitest";
import { parse } from "yaml";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { collectionOf } from "../demo-shop.ts";
import { mergePatch } from "../inside/api.ts";
import { until } from "../inside/processes.ts";
import { shopObjects } from "../shop.ts";
import { api, create, kubeconfigOf, leastRights, openShop, readRoute, type Shop, tokenFor } from "./world/place.ts";
import { type Plan, sluice } from "./world/sluice.ts";

type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
};
type Role = KubeObject & { readonly rules: readonly Rule[] };

const planFor = ({ namespace }: Shop): Plan => ({
  route: `${namespace}/virtualservice/shop`,
  phases: "30@1s/100@1s",
  settle: "0s",
  "write-allowance": "0s",
});

const roleOf = ({ namespace }: Shop) => leastRights(namespace).find(({ kind }) => kind === "Role") as Role;

/** Gives the shop's user these rights, and waits until the server goes by them. */
async function grant(shop: Shop, rules: readonly unknown[]): Promise<void> {
  await api.must("PUT", `${collectionOf(roleOf(shop))}/sluice`, { ...roleOf(shop), rules });
  const mark = {
    apiGroups: ["example.com"],
    resources: ["marks"],
    resourceNames: [String(Math.random())],
    verbs: ["get"],
  };
  await api.must("PUT", `${collectionOf(roleOf(shop))}/sluice`, { ...roleOf(shop), rules: [...rules, mark] });
  const attributes = {
    namespace: shop.namespace,
    group: "example.com",
    resource: "marks",
    name: mark.resourceNames[0],
    verb: "get",
  };
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: { user: `system:serviceaccount:${shop.namespace}:sluice`, resourceAttributes: attributes },
  };
  await until("the new rights", async () => {
    const { status } = await api.must("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review);
    return (status as { allowed?: boolean }).allowed === true;
  });
}

/** All rules, but for one resource of one of them. */
const without = (role: Role, resource: string) =>
  role.rules
    .map((rule) =>
      "resourceNames" in rule ? rule : { ...rule, resources: rule.resources.filter((one) => one !== resource) },
    )
    .filter(({ resources }) => resources.length > 0);

it("needs no more than deploy/rbac.yaml, for any command", async () => {
  const shop = await openShop("enough");
  const plan = planFor(shop);
  const route = ["--route", `${shop.namespace}/virtualservice/shop`];
  const outcomes = [];
  for (const [words, options] of [
    [["preflight"], { plan }],
    [["run", "--until", "30"], { plan }],
    [["status", ...route], {}],
    [["resume"], { plan }],
    [["sweep", ...route], {}],
    [["rollback", ...route], {}],
  ] as const) {
    const { exitCode, result, log } = await sluice(shop, words, options);
    expect(log).not.toContain("forbid");
    outcomes.push([words[0], exitCode, result?.outcome]);
  }
  expect(outcomes).toEqual([
    ["preflight", 0, "ready"],
    ["run", 0, "reached"],
    ["status", 0, "paused"],
    ["resume", 0, "promoted"],
    ["sweep", 0, "promoted"],
    ["rollback", 0, "rolled-back"],
  ]);
});

it("names the one right without which nothing works, in a Role that can be applied", async () => {
  const shop = await openShop("hard");
  await grant(shop, roleOf(shop).rules.slice(1));
  const { exitCode, log } = await sluice(shop, ["run"], { plan: planFor(shop) });
  expect(exitCode, log).toBe(2);
  expect(log).toContain("permission-missing");
  expect(log).toContain("may not patch virtualservices shop");
  const [, text = ""] = /Apply: (\{.*\})/.exec(log) ?? [];
  const printed = parse(text) as Role;
  await grant(shop, printed.rules);
  const after = await sluice(shop, ["run"], { plan: planFor(shop) });
  expect(after.result?.outcome, after.log).toBe("promoted");
});

it.each(["virtualservices", "destinationrules", "services", "pods", "endpointslices"])(
  "names the check that is skipped without %s",
  async (resource) => {
    const shop = await openShop(`no-${resource}`);
    await grant(shop, without(roleOf(shop), resource));
    const { exitCode, log } = await sluice(shop, ["preflight"], { plan: planFor(shop) });
    expect(exitCode, log).toBe(0);
    const notes = log.split("\n").filter((line) => line.includes("skipped") && line.includes(shop.namespace));
    expect(notes.join("\n"), log).toContain(resource);
  },
);

it("sees in the dry run what Istio's admission refuses, and writes nothing", async () => {
  const namespace = `denied-${process.pid}`;
  const [space, ...objects] = shopObjects({ namespace }) as [KubeObject, ...KubeObject[]];
  const label = (value: string | null) => ({ metadata: { labels: { "lab/admission": value } } });
  await create([{ ...space, metadata: { ...space.metadata, ...label("off").metadata } } as KubeObject]);
  // Istio's webhook is told to look away, so that an object can stand there as from a time before it.
  const broken = objects.map((object) => (object.kind === "VirtualService" ? withForbiddenRule(object) : object));
  const [service, ...rest] = broken as [KubeObject, ...KubeObject[]];
  await create([service]);
  await until("an unguarded namespace", async () => {
    const route = rest.find(({ kind }) => kind === "VirtualService");
    return route !== undefined && (await api.ask("POST", `${collectionOf(route)}?dryRun=All`, route)).code < 300;
  });
  await create([...rest, ...leastRights(namespace)]);
  await api.must("PATCH", `/api/v1/namespaces/${namespace}`, label(null), mergePatch);
  const path = `/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices/shop`;
  const touch = { metadata: { annotations: { note: "1" } } };
  await until("the guard", async () => (await api.ask("PATCH", `${path}?dryRun=All`, touch, mergePatch)).code === 400);
  const before = await readRoute(namespace);
  const kubeconfig = kubeconfigOf({ token: await tokenFor(namespace) }, namespace);
  const shop: Shop = { namespace, host: "", port: 0, kind: "virtualservice", kubeconfig };
  const { exitCode, log } = await sluice(shop, ["run"], { plan: planFor(shop) });
  expect(exitCode, log).toBe(2);
  for (const what of ["30%", "100%", "the rollback"]) expect(log).toContain(`The cluster would refuse ${what} on shop`);
  expect(log).toContain('admission webhook "validation.istio.io" denied the request');
  expect(log).toContain("HTTP route cannot contain both route and redirect");
  expect((await readRoute(namespace)).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
});

/** Bound to no gateway: a route that Envoy refuses would stop every other route of the lab from being updated. */
function withForbiddenRule(object: KubeObject): KubeObject {
  const { http, ...spec } = object.spec as { http: readonly unknown[] };
  const both = {
    name: "old",
    match: [{ uri: { prefix: "/old" } }],
    redirect: { uri: "/new" },
    route: [{ destination: { host: "shop" } }],
  };
  return { ...object, spec: { ...spec, gateways: ["mesh"], http: [both, ...http] } } as KubeObject;
}
