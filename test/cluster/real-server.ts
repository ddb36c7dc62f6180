import { readFileSync } from "node:fs";
import { type RequestOptions, request } from "node:https";
import { setTimeout as wait } from "node:timers/promises";
import { KubeConfig } from "@kubernetes/client-node";
import { parse, stringify } from "yaml";
import { systemClock } from "../../src/base/clock.ts";
import { resourceOf } from "../../src/simulator/cluster/object-kind.ts";
import { kinds } from "../../src/simulator/cluster/served-kinds.ts";
import { connect } from "./connect.ts";
import type { Subject } from "./contract.ts";

type Reply = { readonly code: number; readonly body: Record<string, unknown> };
type Ask = (method: string, path: string, body?: unknown) => Promise<Reply>;

/** An API server that a kubeconfig file names, with a namespace of its own and a service account without rights. */
export async function realServer(path: string): Promise<Subject> {
  const text = readFileSync(path, "utf8");
  const ask = asker(text);
  const namespace = `sluice-contract-${Math.random().toString(36).slice(2, 10)}`;
  await must(ask("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }));
  const removeKind = await provideVirtualServices(ask);
  const token = await strangersToken(ask, namespace);
  const cluster = connect(text, { clock: systemClock });
  const stranger = connect(asStranger(text, token), { clock: systemClock });
  return {
    cluster,
    stranger,
    namespace,
    now: Date.now,
    create: async (object) => {
      const { group, version, plural } = resourceOf(object, kinds);
      await must(ask("POST", `/apis/${group}/${version}/namespaces/${namespace}/${plural}`, object));
    },
    remove: async ({ group, version, plural, name }) => {
      await must(ask("DELETE", `/apis/${group}/${version}/namespaces/${namespace}/${plural}/${name}`));
    },
    close: async () => {
      cluster.close();
      stranger.close();
      await must(ask("DELETE", `/api/v1/namespaces/${namespace}`));
      await removeKind();
    },
  };
}

function asker(text: string): Ask {
  const config = new KubeConfig();
  config.loadFromString(text);
  const server = config.getCurrentCluster()?.server ?? "";
  return async (method, path, body) => {
    const options: RequestOptions = { method, headers: { "content-type": "application/json" } };
    await config.applyToHTTPSOptions(options);
    return new Promise((resolve, reject) => {
      const call = request(new URL(server + path), options, (response) => {
        let answer = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          answer += chunk;
        });
        response.on("end", () => {
          const isJson = response.headers["content-type"]?.startsWith("application/json") === true;
          resolve({ code: response.statusCode ?? 0, body: isJson ? JSON.parse(answer) : { message: answer } });
        });
      });
      call.on("error", reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  };
}

async function must(reply: Promise<Reply>): Promise<Reply> {
  const { code, body } = await reply;
  if (code >= 300) throw new Error(`The server answered ${code}: ${String(body["message"])}`);
  return { code, body };
}

/** The kind as Istio defines it is used where it is there; elsewhere as much of it as the contract needs is lent. */
async function provideVirtualServices(ask: Ask): Promise<() => Promise<void>> {
  const group = "networking.istio.io";
  if ((await ask("GET", `/apis/${group}/v1`)).code === 200) return async () => {};
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  await must(ask("POST", path, lentKind(group)));
  for (let attempt = 0; (await ask("GET", `/apis/${group}/v1`)).code !== 200; attempt += 1) {
    if (attempt > 100) throw new Error(`The server does not serve ${group}/v1 20 s after its definition.`);
    await wait(200);
  }
  return async () => {
    await must(ask("DELETE", `${path}/virtualservices.${group}`));
  };
}

function lentKind(group: string) {
  const text = { type: "string" };
  const object = (properties: Record<string, unknown>) => ({ type: "object", properties });
  const list = (items: unknown) => ({ type: "array", items });
  const destination = object({ host: text, subset: text });
  const entry = object({ destination, weight: { type: "integer", format: "int32" } });
  const spec = object({ hosts: list(text), http: list(object({ name: text, route: list(entry) })) });
  const version = {
    name: "v1",
    served: true,
    storage: true,
    subresources: { status: {} },
    schema: { openAPIV3Schema: object({ spec }) },
  };
  const names = {
    plural: "virtualservices",
    singular: "virtualservice",
    kind: "VirtualService",
    listKind: "VirtualServiceList",
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `virtualservices.${group}` },
    spec: { group, scope: "Namespaced", names, versions: [version] },
  };
}

async function strangersToken(ask: Ask, namespace: string): Promise<string> {
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  const metadata = { name: "stranger" };
  await must(ask("POST", accounts, { apiVersion: "v1", kind: "ServiceAccount", metadata }));
  const asked = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 600 } };
  const { body } = await must(ask("POST", `${accounts}/stranger/token`, asked));
  return String((body["status"] as { token?: unknown }).token);
}

function asStranger(text: string, token: string): string {
  const config = parse(text) as { contexts: { name: string; context: { user: string } }[]; "current-context": string };
  const current = config.contexts.find((context) => context.name === config["current-context"])?.context.user;
  return stringify({ ...config, users: [{ name: current, user: { token } }] });
}
