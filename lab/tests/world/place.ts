import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../../src/base/kube-object.ts";
import { root } from "../../build/cache.ts";
import { collectionOf } from "../../demo-shop.ts";
import { apiClient, applyPatch, mergePatch } from "../../inside/api.ts";
import type { Behaviour } from "../../inside/behaviour.ts";
import { controlUrl } from "../../inside/control.ts";
import type { PartName } from "../../inside/parts.ts";
import { until } from "../../inside/processes.ts";
import { hostOf, portOf, type ShopOptions, shopObjects } from "../../shop.ts";

/** The folder of the lab that the tests run in. */
export const folder = process.env["LAB_FOLDER"] ?? "";
if (folder === "") throw new Error("These tests run inside the lab: make lab-test.");

export const api = apiClient(folder);

export const routePath = (namespace: string, route = "shop") =>
  `/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices/${route}`;

/** Creates objects as they are. */
export async function create(objects: readonly KubeObject[]): Promise<void> {
  for (const object of objects) await api.must("POST", collectionOf(object), object);
}

/** Server-side apply, as `kubectl apply --server-side` and GitOps controllers do it. */
export const apply = (object: KubeObject, manager: string) =>
  api.must(
    "PATCH",
    `${collectionOf(object)}/${object.metadata.name}?fieldManager=${manager}&force=true`,
    object,
    applyPatch,
  );

export const readRoute = async (namespace: string, route = "shop") =>
  (await api.must("GET", routePath(namespace, route))) as unknown as KubeObject;

export const editRoute = (namespace: string, change: unknown, route = "shop") =>
  api.must("PATCH", `${routePath(namespace, route)}?fieldManager=kubectl-edit`, change, mergePatch);

/** How the pods of one version behave from now on. */
export async function behave(namespace: string, version: string, behaviour: Partial<Behaviour>): Promise<void> {
  await fetch(`http://127.0.0.1:7070/${namespace}/${version}`, { method: "PUT", body: JSON.stringify(behaviour) });
}

/** Stops, starts, kills, holds or releases a part of the lab. */
export async function control(part: PartName, action: "start" | "stop" | "kill" | "hold" | "release"): Promise<void> {
  const response = await fetch(`${controlUrl}/${part}/${action}`, { method: "POST" });
  if (!response.ok) throw new Error(await response.text());
}

export const apiServerIsReady = () =>
  until("the API server", async () => {
    try {
      return (await api.ask("GET", "/readyz")).code === 200;
    } catch {
      return false;
    }
  });

/** The least rights as the project offers them, for this namespace and its route. */
export function leastRights(namespace: string, kind: RouteKind = "virtualservice"): KubeObject[] {
  const offered = readFileSync(join(root, "deploy/rbac.yaml"), "utf8")
    .replaceAll(/namespace: shop\b/g, `namespace: ${namespace}`)
    .replaceAll("[reviews]", "[shop]");
  const text =
    kind === "virtualservice"
      ? offered
      : offered
          .replaceAll("[networking.istio.io]", "[gateway.networking.k8s.io]")
          .replace("[virtualservices]", "[httproutes]")
          .replace("[virtualservices, destinationrules, serviceentries]", "[httproutes, referencegrants]");
  return parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
}

export type RouteKind = "virtualservice" | "httproute";

export type Shop = {
  readonly namespace: string;
  readonly host: string;
  /** Where Envoy waits for its requests. */
  readonly port: number;
  readonly kind: RouteKind;
  /** A kubeconfig with the rights of `deploy/rbac.yaml` and nothing more. */
  readonly kubeconfig: string;
};

let count = 0;

/** A shop that serves, with a user of its own. It is the test's alone and ends with the lab. */
export async function openShop(name: string, options: Omit<ShopOptions, "namespace"> = {}): Promise<Shop> {
  count += 1;
  const namespace = `${name}-${process.pid}-${count}`;
  const kind = options.shape === "httproute" ? "httproute" : "virtualservice";
  await create(shopObjects({ namespace, ...options }));
  await create(leastRights(namespace, kind));
  const [host, port] = [hostOf(namespace), portOf(options)];
  await until(`${host} answers`, async () => (await answered(host, port)) === 200);
  await until(`the canary of ${namespace}`, () => isServed(namespace, "v2"));
  const kubeconfig = kubeconfigOf({ token: await tokenFor(namespace) }, namespace);
  return { namespace, host, port, kind, kubeconfig };
}

function answered(host: string, port: number): Promise<number> {
  return new Promise((resolve) => {
    const call = request({ host: "127.0.0.1", port, headers: { host }, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on("error", () => resolve(0));
    call.end();
  });
}

/** Whether the cluster itself says so: an EndpointSlice that has a ready pod of this version. */
async function isServed(namespace: string, version: string): Promise<boolean> {
  type Slice = { endpoints?: { conditions?: { ready?: boolean }; targetRef?: { name?: string } }[] | null };
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  const { items } = (await api.must("GET", path)) as { items: Slice[] };
  const endpoints = items.flatMap((slice) => slice.endpoints ?? []);
  return endpoints.some(
    ({ conditions, targetRef }) => conditions?.ready === true && targetRef?.name?.startsWith(`shop-${version}-`),
  );
}

/** A token of the service account that `deploy/rbac.yaml` names. */
export async function tokenFor(namespace: string): Promise<string> {
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 7200 } };
  const answer = await api.must("POST", `/api/v1/namespaces/${namespace}/serviceaccounts/sluice/token`, body);
  return String((answer["status"] as { token?: unknown }).token);
}

/** A kubeconfig as text: whoever `user` says, on the lab's server. */
export const kubeconfigOf = (user: object, namespace: string): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "lab",
    contexts: [{ name: "lab", context: { cluster: "lab", user: "ci", namespace } }],
    clusters: [
      {
        name: "lab",
        cluster: { server: "https://127.0.0.1:6443", "certificate-authority": join(folder, "apiserver.crt") },
      },
    ],
    users: [{ name: "ci", user }],
  });
