import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "../src/base/kube-object.ts";
import { type Api, apiClient } from "./inside/api.ts";
import { until } from "./inside/processes.ts";
import { isMeasured } from "./prometheus.ts";
import { hostOf, shopObjects } from "./shop.ts";
import { startTraffic, type Traffic } from "./traffic.ts";

/** The shop of the shell and of the demo: two versions, steady traffic, and a plan that takes half a minute. */

export const namespace = "shop";
export const host = hostOf(namespace);

export const plan = `# Half a minute a rollout; in earnest a phase takes minutes.
route: ${namespace}/virtualservice/shop
phases: 10@8s/50@8s/100@8s
settle: 2s
write-allowance: 1s
prometheus:
  url: http://127.0.0.1:9090
  scrape-interval: 1s
  lag: 1s
compare: off
checks:
  - {preset: success-rate, min: 95%, every: 4s}
  - {preset: latency, max: 250ms, every: 4s}
`;

export type House = { readonly api: Api; readonly folder: string; readonly traffic: Traffic };

/** Opens the shop for traffic and lays the plan into a folder. */
export async function openHouse(labFolder: string, env: NodeJS.ProcessEnv): Promise<House> {
  const folder = join(labFolder, "shop");
  mkdirSync(folder);
  writeFileSync(join(folder, "rollout.yml"), plan);
  const api = apiClient(labFolder);
  for (const object of shopObjects({ namespace })) await api.must("POST", collectionOf(object), object);
  const traffic = startTraffic({ host, perSecond: Number(env["LAB_TRAFFIC"] ?? 60) });
  await until("the first answers", async () => traffic.answers.some(({ status }) => status === 200));
  await isMeasured(namespace);
  return { api, folder, traffic };
}

const collections: Readonly<Record<string, string>> = {
  Service: "/api/v1/namespaces/NS/services",
  Deployment: "/apis/apps/v1/namespaces/NS/deployments",
  DestinationRule: "/apis/networking.istio.io/v1/namespaces/NS/destinationrules",
  VirtualService: "/apis/networking.istio.io/v1/namespaces/NS/virtualservices",
  Gateway: "/apis/networking.istio.io/v1/namespaces/NS/gateways",
  HTTPRoute: "/apis/gateway.networking.k8s.io/v1/namespaces/NS/httproutes",
  ServiceAccount: "/api/v1/namespaces/NS/serviceaccounts",
  Role: "/apis/rbac.authorization.k8s.io/v1/namespaces/NS/roles",
  RoleBinding: "/apis/rbac.authorization.k8s.io/v1/namespaces/NS/rolebindings",
};

/** Where objects of its kind are kept. */
export function collectionOf({ kind, metadata }: KubeObject): string {
  if (kind === "Namespace") return "/api/v1/namespaces";
  const path = collections[kind ?? ""];
  if (path === undefined) throw new Error(`The lab does not know where a ${kind} is kept.`);
  return path.replace("NS", metadata.namespace ?? "");
}
