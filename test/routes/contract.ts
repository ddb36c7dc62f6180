import type { KubeObject } from "../../src/base/kube-object.ts";
import type { RolloutTarget } from "../../src/rollout/plan.ts";
import type { DestinationId } from "../../src/rollout/rollout-state.ts";
import { http, target, to, virtualService, web } from "./shapes.ts";

/** What a kind shows to the contract: one object at rest, whose canary gets nothing yet. */
export type SampleRoute = {
  readonly object: KubeObject;
  readonly target: RolloutTarget;
  readonly stable: DestinationId;
  readonly canary: DestinationId;
  /** Where the weights of the rule stand, stable and canary first. */
  readonly paths: readonly string[];
  /** The same object with the rule moved in its list, and with another version. */
  readonly reordered: KubeObject;
};

const rule = { name: "main", route: [to("v1", 100), to("v2")] };
const first = { name: "docs", match: [{ uri: { prefix: "/docs" } }], route: [to(undefined, undefined, "docs")] };

const backend = (name: string, weight?: number) => ({ name, port: 9080, ...(weight === undefined ? {} : { weight }) });
const split = [backend("web-v1", 100), backend("web-v2", 0)];

/** A sample of a Gateway API kind; a kind with one rule only is moved among its backends. */
function gatewaySample(kind: string, spec: object, moved: object): SampleRoute {
  const object = (more: object, resourceVersion: string): KubeObject => ({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind,
    metadata: { name: "web", namespace: "prod", uid: "u-1", resourceVersion, generation: 3 },
    spec: { parentRefs: [{ name: "edge" }], ...more },
  });
  return {
    object: object(spec, "8412"),
    target: target({ routes: [{ kind: kind.toLowerCase(), namespace: "prod", name: "web" }] }),
    stable: "web-v1.prod.svc.cluster.local:9080",
    canary: "web-v2.prod.svc.cluster.local:9080",
    paths: ["/spec/rules/0/backendRefs/0/weight", "/spec/rules/0/backendRefs/1/weight"],
    reordered: object(moved, "8413"),
  };
}

const path = (value: string) => ({ matches: [{ path: { type: "PathPrefix", value } }] });
const call = (service: string) => ({ matches: [{ method: { type: "Exact", service } }] });
const docs = [backend("docs")];
const turned = { rules: [{ backendRefs: split.toReversed() }] };

const versions = { target: target(), stable: web("v1"), canary: web("v2") };
const stream = { match: [{ port: 3000 }], route: [to("v1", 100), to("v2")] };
const otherStream = { match: [{ port: 3001 }], route: [to(undefined, undefined, "docs")] };
const server = { match: [{ port: 443, sniHosts: ["db.x"] }], route: [to("v1", 100), to("v2")] };
const otherServer = { match: [{ port: 443, sniHosts: ["docs.x"] }], route: [to(undefined, undefined, "docs")] };

export const samples: Readonly<Record<string, readonly SampleRoute[]>> = {
  virtualservice: [
    {
      ...versions,
      object: virtualService(http(rule)),
      paths: ["/spec/http/0/route/0/weight", "/spec/http/0/route/1/weight"],
      reordered: virtualService(http(first, rule), { resourceVersion: "8413" }),
    },
    {
      ...versions,
      object: virtualService({ hosts: ["web"], tcp: [stream] }),
      paths: ["/spec/tcp/0/route/0/weight", "/spec/tcp/0/route/1/weight"],
      reordered: virtualService({ hosts: ["web"], tcp: [otherStream, stream] }, { resourceVersion: "8413" }),
    },
    {
      ...versions,
      object: virtualService({ hosts: ["db.x"], tls: [server] }),
      paths: ["/spec/tls/0/route/0/weight", "/spec/tls/0/route/1/weight"],
      reordered: virtualService({ hosts: ["db.x"], tls: [otherServer, server] }, { resourceVersion: "8413" }),
    },
  ],
  httproute: [
    gatewaySample(
      "HTTPRoute",
      { rules: [{ ...path("/"), backendRefs: split }] },
      {
        rules: [
          { ...path("/docs"), backendRefs: docs },
          { ...path("/"), backendRefs: split },
        ],
      },
    ),
  ],
  grpcroute: [
    gatewaySample(
      "GRPCRoute",
      { rules: [{ ...call("web.Web"), backendRefs: split }] },
      {
        rules: [
          { ...call("web.Docs"), backendRefs: docs },
          { ...call("web.Web"), backendRefs: split },
        ],
      },
    ),
  ],
  tcproute: [gatewaySample("TCPRoute", { rules: [{ backendRefs: split }] }, turned)],
  tlsroute: [gatewaySample("TLSRoute", { hostnames: ["db.x"], rules: [{ backendRefs: split }] }, turned)],
};
