import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { apiClient, mergePatch } from "./api.ts";
import { type Behaviour, behaviourOf } from "./behaviour.ts";

/**
 * The one Node of the lab: gives every pod an address and a web server there, reports it ready, and ends it when it is
 * deleted. `PUT /NAMESPACE/VERSION` with a behaviour in JSON changes how the pods of a version behave.
 */

type Pod = {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly {
      readonly name: string;
      readonly image: string;
      readonly env?: readonly { readonly name: string; readonly value?: string }[];
    }[];
  };
};

type Running = {
  readonly pod: Pod;
  readonly version: string;
  readonly own: Behaviour;
  readonly address: string;
  readonly server: Server | undefined;
  readonly startedAt: number;
  /** What the API server was last told. */
  reported: boolean | undefined;
};

const folder = process.env["LAB_FOLDER"] ?? ".";
const api = apiClient(folder);
const running = new Map<string, Running>();
const changed = new Map<string, Partial<Behaviour>>();
const pauseMs = 250;
const port = 8080;
let next = 10;

const behaviour = ({ pod, version, own }: Running): Behaviour => ({
  ...own,
  ...changed.get(`${pod.metadata.namespace}/${version}`),
});

/** Whether it is up at all, and whether it wants traffic. */
function isReady(one: Running): boolean {
  const { ready, readyAfterMs, crashAfterMs } = behaviour(one);
  const age = Date.now() - one.startedAt;
  return ready && age >= readyAfterMs && Math.floor(age / crashAfterMs) % 2 === 0;
}

function listen(pod: Pod, version: string, address: string, find: () => Running | undefined): Server {
  let second = 0;
  let served = 0;
  const answer = (_request: IncomingMessage, response: ServerResponse) => {
    const one = find();
    if (one === undefined) return void response.destroy();
    const { errors, delayMs, capacity, crashAfterMs } = behaviour(one);
    const now = Date.now();
    if (Math.floor((now - one.startedAt) / crashAfterMs) % 2 === 1) return void response.destroy();
    if (Math.floor(now / 1000) !== second) [second, served] = [Math.floor(now / 1000), 0];
    served += 1;
    const status = served > capacity ? 503 : Math.random() < errors ? 500 : 200;
    const end = () =>
      void response.writeHead(status, { "x-version": version, "x-pod": pod.metadata.name }).end(`${version}\n`);
    if (delayMs > 0) setTimeout(end, delayMs);
    else end();
  };
  return createServer({ keepAlive: true, keepAliveTimeout: 600_000 }, answer).listen(port, address);
}

async function start(pod: Pod): Promise<void> {
  const { name, namespace, uid, labels, annotations } = pod.metadata;
  const elsewhere = annotations?.["lab/ip"];
  const address = elsewhere ?? `10.1.${next >> 8}.${next++ & 255}`;
  const [container] = pod.spec.containers;
  const environment = Object.fromEntries((container?.env ?? []).map((one) => [one.name, one.value ?? ""]));
  const version = environment["VERSION"] ?? labels?.["version"] ?? "?";
  const server = elsewhere === undefined ? listen(pod, version, address, () => running.get(uid)) : undefined;
  running.set(uid, {
    pod,
    version,
    own: behaviourOf(environment),
    address,
    server,
    startedAt: Date.now(),
    reported: undefined,
  });
  if (pod.spec.nodeName !== undefined) return;
  // Without a node, the addresses of a pod are left out of the EndpointSlices.
  await api.ask("POST", `/api/v1/namespaces/${namespace}/pods/${name}/binding`, {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name },
    target: { kind: "Node", name: "lab" },
  });
}

async function report(one: Running): Promise<void> {
  const ready = isReady(one);
  if (ready === one.reported) return;
  const { name, namespace } = one.pod.metadata;
  const at = `${new Date().toISOString().slice(0, 19)}Z`;
  const condition = (type: string, isTrue: boolean) => ({
    type,
    status: isTrue ? "True" : "False",
    lastTransitionTime: at,
  });
  const status = {
    phase: "Running",
    startTime: at,
    podIP: one.address,
    podIPs: [{ ip: one.address }],
    hostIP: "10.1.255.2",
    conditions: [
      condition("Initialized", true),
      condition("PodScheduled", true),
      condition("ContainersReady", ready),
      condition("Ready", ready),
    ],
    containerStatuses: one.pod.spec.containers.map((container) => ({
      name: container.name,
      image: container.image,
      imageID: container.image,
      ready,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: at } },
    })),
  };
  const { code } = await api.ask(
    "PATCH",
    `/api/v1/namespaces/${namespace}/pods/${name}/status`,
    { status },
    mergePatch,
  );
  if (code < 300) one.reported = ready;
}

async function stop(one: Running, isGone: boolean): Promise<void> {
  const { name, namespace, uid } = one.pod.metadata;
  // Requests under way are finished, as a pod does within its grace period.
  one.server?.close();
  one.server?.closeIdleConnections();
  running.delete(uid);
  if (!isGone) await api.ask("DELETE", `/api/v1/namespaces/${namespace}/pods/${name}`, { gracePeriodSeconds: 0 });
}

async function turn(): Promise<void> {
  const { items = [] } = (await api.must("GET", "/api/v1/pods")) as { items?: readonly Pod[] };
  const there = new Map(items.map((pod) => [pod.metadata.uid, pod]));
  for (const pod of items) {
    if (pod.metadata.deletionTimestamp === undefined && !running.has(pod.metadata.uid)) await start(pod);
  }
  for (const [uid, one] of running) {
    const pod = there.get(uid);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) await stop(one, pod === undefined);
    else await report(one);
  }
}

createServer((request, response) => {
  const [, namespace = "", version = ""] = (request.url ?? "").split("/");
  let text = "";
  request.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  request.on("end", () => {
    if (request.method === "PUT") changed.set(`${namespace}/${version}`, JSON.parse(text) as Partial<Behaviour>);
    response.end("ok\n");
  });
}).listen(7070, "127.0.0.1");

await api.ask("POST", "/api/v1/nodes", { apiVersion: "v1", kind: "Node", metadata: { name: "lab" } });
for (;;) {
  // While the API server is away the pods go on serving, as they do in a cluster.
  await turn().catch((error: unknown) => console.error(String(error)));
  await wait(pauseMs);
}
