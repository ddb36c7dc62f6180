import { mkdtempSync, rmSync } from "node:fs";
import type http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../src/base/clock.ts";
import { type ClusterOptions, openCluster } from "../../src/cluster/api-client.ts";
import { type Kubeconfig, type KubeconfigOptions, readKubeconfig } from "../../src/cluster/kubeconfig/index.ts";
import type { Cluster, ResourceName } from "../../src/ports/cluster.ts";
import { type Certificates, certificates, type Loopback, listen, secureServer } from "../network/loopback.ts";
import { HandClock } from "../reports/samples.ts";

export const base64 = (text: string) => Buffer.from(text).toString("base64");

export const reviews: ResourceName = {
  group: "networking.istio.io",
  version: "v1",
  plural: "virtualservices",
  namespace: "shop",
  name: "reviews",
};

export const reviewsPath = "/apis/networking.istio.io/v1/namespaces/shop/virtualservices/reviews";
export const route = {
  kind: "VirtualService",
  metadata: { name: "reviews", namespace: "shop", uid: "u1", resourceVersion: "7" },
};

export const token = "planted-token-5f3a";

export type Seen = {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
};

export type Api = Loopback & {
  readonly tls: Certificates;
  readonly seen: Seen[];
  readonly url: string;
};

export type Respond = (response: http.ServerResponse, request: Seen, client: string | undefined) => void;

let made: Promise<Certificates> | undefined;
/** The same pair for every server of a test file: making keys is slow. */
export function sharedCertificates(): Promise<Certificates> {
  made ??= certificates();
  return made;
}

/** An API server's place, with whatever behaviour the test needs. */
export async function startApi(respond: Respond): Promise<Api> {
  const tls = await sharedCertificates();
  const seen: Seen[] = [];
  const server = secureServer(tls, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => {});
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      const one = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body };
      seen.push(one);
      const peer =
        "getPeerCertificate" in request.socket ? (request.socket as import("node:tls").TLSSocket) : undefined;
      respond(response, one, peer?.getPeerCertificate().subject?.CN as string | undefined);
    });
  });
  const loopback = await listen(server);
  return { ...loopback, tls, seen, url: `https://127.0.0.1:${loopback.port}` };
}

export function json(
  response: http.ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string | string[]> = {},
) {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}

export const status = (code: number, message: string, rest: object = {}) => ({
  kind: "Status",
  code,
  message,
  ...rest,
});

export function kubeconfigText(cluster: object, user: object, context: object = {}): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "shop",
    contexts: [{ name: "shop", context: { cluster: "prod", user: "ci", ...context } }],
    clusters: [{ name: "prod", cluster }],
    users: [{ name: "ci", user }],
  });
}

export const noOptions: KubeconfigOptions = {
  execAllow: [],
  execEnv: [],
  allowInsecureTls: false,
  env: {},
  home: undefined,
  workspace: undefined,
};

export type Opened = { readonly cluster: Cluster; readonly found: Kubeconfig };

export type OpenOptions = Partial<ClusterOptions> & {
  readonly kubeconfig?: Partial<KubeconfigOptions>;
  readonly clock?: Clock;
};

/** A cluster behind a kubeconfig that names the API with this user. No deadline of it passes unless a test says so. */
export function open(api: Api, user: object = { token }, options: OpenOptions = {}, cluster: object = {}): Opened {
  const text = kubeconfigText(
    { server: api.url, "certificate-authority-data": base64(api.tls.cert), ...cluster },
    user,
  );
  const found = readKubeconfig({ ...noOptions, input: text, ...options.kubeconfig });
  if (found.access === undefined) throw new Error(found.problems.map(({ message }) => message).join("\n"));
  return { cluster: openCluster(found.access, { clock: new HandClock(), env: {}, ...options }), found };
}

/** A folder that is removed by what it returns. */
export function folder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "sluice-test-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
