import type { KubeObject } from "../src/base/kube-object.ts";
import { said } from "../src/base/reasons/said.ts";
import type { RouteAdapter } from "../src/ports/route-adapter.ts";
import type { Selection } from "../src/rollout/observation.ts";
import { recordAnnotation } from "../src/rollout/record/annotations.ts";
import { decodeRecord } from "../src/rollout/record/decode.ts";
import { encodeRecord } from "../src/rollout/record/encode.ts";
import type { State } from "../src/rollout/rollout-state.ts";
import { drivers } from "../src/routes/index.ts";

/**
 * What one turn costs on the largest routes: the object read, its rules selected, its weights held against the record, and the
 * next patch written with a new record. CPU time of this process alone; the first figure is a cold start, as in a run's first
 * turn, before anything is compiled, and the best is the least disturbed by whatever else the machine does. Reports; fails nothing.
 */

const turns = Number(process.argv[2] ?? 300);

const subset = (name: string, weight: number) => ({
  destination: { host: "reviews", subset: name, port: { number: 9080 } },
  weight,
});

/** 100 rules with two conditions each, as generated configuration has them. */
const virtualService: KubeObject = {
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  metadata: { name: "reviews", namespace: "shop", uid: "1", resourceVersion: "8412" },
  spec: {
    hosts: ["reviews", "reviews.example.com"],
    gateways: ["mesh", "istio-system/edge"],
    http: Array.from({ length: 100 }, (_, at) => ({
      name: `rule-${at}`,
      match: Array.from({ length: 2 }, (_value, part) => ({
        uri: { prefix: `/api/v1/part-${at}/${part}` },
        headers: { "x-tenant": { exact: `tenant-${part}` } },
      })),
      headers: { response: { add: { "x-rule": String(at) } } },
      route: [subset("v1", 100), subset("v2", 0)],
    })),
  },
};

/** As many rules and backends as the Gateway API allows; 8 matches a rule make its 128 in all. */
const httpRoute: KubeObject = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name: "reviews", namespace: "shop", uid: "1", resourceVersion: "8412", generation: 3 },
  spec: {
    parentRefs: [{ name: "edge" }],
    hostnames: ["reviews.example.com"],
    rules: Array.from({ length: 16 }, (_, at) => ({
      name: `rule-${at}`,
      matches: Array.from({ length: 8 }, (_value, part) => ({
        path: { type: "PathPrefix", value: `/api/v1/part-${at}/${part}` },
        headers: [{ name: "x-tenant", value: `tenant-${part}` }],
      })),
      backendRefs: Array.from({ length: 16 }, (_value, place) => ({
        name: place === 0 ? "reviews-v1" : place === 1 ? "reviews-v2" : `other-${place}`,
        port: 9080,
        weight: place === 1 ? 0 : 10,
        filters: [
          {
            type: "RequestHeaderModifier",
            requestHeaderModifier: { add: [{ name: "x-place", value: String(place) }] },
          },
        ],
      })),
    })),
  },
};

const target = { routes: [{ kind: "any", namespace: "shop", name: "reviews" }], rules: [], startWeight: 0 };

const stateOf = ({ stable, canary, rules, total }: Selection): State => ({
  rollout: "0123456789ab",
  planDigest: "plan",
  revision: "abc",
  repository: "owner/shop",
  pullRequest: 7,
  startedAt: 0,
  uid: "1",
  stable,
  canary,
  rules,
  total,
  weight: 20,
  phase: 1,
  entered: [0],
  watchedFrom: null,
  deadline: 1,
  onCancel: "rollback",
  by: null,
  tookPart: [],
  superseded: [],
  revisions: ["abc"],
  grounds: null,
  notes: [],
  reason: said("errors are within their limit"),
  frozen: null,
  further: {},
  status: "progressing",
});

/** A new object with every answer, as from a server, so nothing that hangs on the old one is known; nobody changes it. */
const answered = (text: string): KubeObject => Object.freeze(JSON.parse(text) as KubeObject);

type Turn = { readonly name: string; readonly act: () => void };

function turnOf(name: string, driver: RouteAdapter, object: KubeObject, canary: string, stable: string): Turn {
  const asked = { ...target, canary, stable };
  const first = driver.select(object, asked);
  if (first.kind === "refused") throw new Error(JSON.stringify(first.findings));
  const state = stateOf(first.selection);
  const record = encodeRecord(state);
  const written = { ...object, metadata: { ...object.metadata, annotations: { [recordAnnotation]: record } } };
  const text = JSON.stringify(written);
  return {
    name,
    act: () => {
      const present = answered(text);
      const decoded = decodeRecord(present.metadata.annotations?.[recordAnnotation] ?? "");
      const selected = driver.select(present, asked);
      const standing = driver.standing(present, decoded.kind === "state" ? decoded.state : state);
      const next: State = { ...state, weight: 50, phase: 2, entered: [0, 1] };
      const planned = driver.write(present, next, encodeRecord(next));
      if (decoded.kind !== "state") throw new Error("the record was not read");
      if (selected.kind === "refused" || standing.kind === "rule-gone" || planned.kind === "refused") {
        throw new Error("a turn was refused");
      }
    },
  };
}

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

const cases = [
  () => turnOf("VirtualService, 100 rules", drivers.virtualservice, virtualService, "v2", "v1"),
  () => turnOf("HTTPRoute, 16 rules x 16 backends", drivers.httproute, httpRoute, "reviews-v2", "reviews-v1"),
];

console.log("CPU of one turn in ms: read, select, hold against the record, plan and write the patch\n");
console.log(
  `${"route".padEnd(36)}${"best".padStart(9)}${"median".padStart(9)}${"p95".padStart(9)}${"first".padStart(9)}`,
);
for (const made of cases) {
  const { name, act } = made();
  const began = cpuMs();
  act();
  const first = cpuMs() - began;
  const samples = Array.from({ length: turns }, () => {
    const before = cpuMs();
    act();
    return cpuMs() - before;
  }).sort((a, b) => a - b);
  const figures = [samples[0] ?? 0, quantile(samples, 0.5), quantile(samples, 0.95), first].map((ms) =>
    ms.toFixed(2).padStart(9),
  );
  console.log(`${name.padEnd(36)}${figures.join("")}`);
}
