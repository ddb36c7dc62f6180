import { setTimeout as wait } from "node:timers/promises";
import type { KubeObject } from "../../../src/base/kube-object.ts";
import { violationsOf } from "./invariants.ts";
import { weightsOf } from "./route.ts";

/** One version of a route, in the order in which they were written, with the moment at which the watch told of it. */
export type Version = { readonly at: number; readonly object: KubeObject };

export type Versions = {
  readonly all: readonly Version[];
  /** Of one route, only where the weights changed, and until when they stood. */
  weighted(
    route?: string,
  ): readonly { readonly at: number; readonly next: number; readonly weights: readonly number[] }[];
  /** What no version of any route may show. */
  violations(): readonly string[];
};

export type RouteWatch = { readonly versions: Versions; stop(): Promise<Versions> };

const etcd = "http://127.0.0.1:2379/v3";
const base64 = (text: string) => Buffer.from(text).toString("base64");

type Event = { readonly type?: string; readonly kv: { readonly value: string; readonly mod_revision: string } };
type Told = {
  readonly result?: { readonly events?: readonly Event[]; readonly header?: { readonly revision: string } };
};

/** Where the API server keeps the kinds of routes. */
const kept = {
  virtualservice: "networking.istio.io/virtualservices",
  httproute: "gateway.networking.k8s.io/httproutes",
} as const;

/**
 * Sees every version of the routes of a namespace, where they are written: in etcd. The API server's own watch forgets
 * what happened while it was away.
 */
export async function watchRoutes(namespace: string, kind: keyof typeof kept = "virtualservice"): Promise<RouteWatch> {
  const prefix = `/registry/${kept[kind]}/${namespace}/`;
  // The range of a prefix ends where its last character would be the next one.
  const range = { key: base64(prefix), range_end: base64(`${prefix.slice(0, -1)}0`) };
  const first = await post("/kv/range", range);
  const { kvs = [], header } = first as { kvs?: Event["kv"][]; header: { revision: string } };
  const all: Version[] = kvs.map((kv) => ({ at: performance.now(), object: objectOf(kv) }));
  let next = Number(header.revision) + 1;
  const abort = new AbortController();

  const onLine = (line: string) => {
    for (const event of (JSON.parse(line) as Told).result?.events ?? []) {
      next = Math.max(next, Number(event.kv.mod_revision) + 1);
      if (event.type !== "DELETE") all.push({ at: performance.now(), object: objectOf(event.kv) });
    }
  };
  const follow = async () => {
    while (!abort.signal.aborted) {
      const request = { create_request: { ...range, start_revision: String(next) } };
      await lines("/watch", request, onLine, abort.signal).catch(() => wait(200));
    }
  };
  const following = follow();
  const versions: Versions = {
    all,
    weighted: (route = "shop") => weighted(all.filter(({ object }) => object.metadata.name === route)),
    violations: () => violationsOf(all.map(({ object }) => object)),
  };
  return {
    versions,
    async stop() {
      // The last word may still be under way.
      await wait(500);
      abort.abort();
      await following;
      return versions;
    },
  };
}

function objectOf(kv: Event["kv"]): KubeObject {
  const object = JSON.parse(Buffer.from(kv.value, "base64").toString()) as KubeObject;
  return { ...object, metadata: { ...object.metadata, resourceVersion: kv.mod_revision } };
}

async function post(path: string, body: unknown): Promise<unknown> {
  return (await fetch(etcd + path, { method: "POST", body: JSON.stringify(body) })).json();
}

async function lines(path: string, body: unknown, onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
  const response = await fetch(etcd + path, { method: "POST", body: JSON.stringify(body), signal });
  let rest = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) onLine(line);
  }
}

function weighted(all: readonly Version[]) {
  const changes = all.filter(
    ({ object }, index) =>
      index === 0 || String(weightsOf(object)) !== String(weightsOf((all[index - 1] as Version).object)),
  );
  return changes.map(({ at, object }, index) => ({
    at,
    next: changes[index + 1]?.at ?? Number.POSITIVE_INFINITY,
    weights: weightsOf(object),
  }));
}
