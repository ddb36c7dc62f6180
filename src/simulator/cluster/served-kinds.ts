import type { KindSchema } from "./kind-schema.ts";

/** A kind of object as one API server serves it. */
export type Kind = {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
  /** The served versions, the preferred first. */
  readonly versions: readonly string[];
  /** The schema of `spec`; absent where everything is kept. */
  readonly spec?: KindSchema;
  /** Items of a list of built-in kinds carry neither kind nor apiVersion. */
  readonly builtIn: boolean;
};

const text: KindSchema = { kind: "text" };
const object = (members: Readonly<Record<string, KindSchema>>): KindSchema => ({ kind: "object", members });
const list = (items: KindSchema, limits: { readonly most?: number; readonly least?: number } = {}): KindSchema => ({
  kind: "list",
  items,
  ...limits,
});

const istioDestination = object({ host: text, subset: text, port: object({ number: "any" }) });
// No minimum and no maximum but those of 32 bits: a negative weight is istiod's affair, not the schema's.
const istioWeight: KindSchema = { kind: "int32" };
const streamRule = object({
  match: list("any"),
  route: list(object({ destination: istioDestination, weight: istioWeight })),
});
const httpRule = object({
  name: text,
  match: list("any"),
  route: list(object({ destination: istioDestination, weight: istioWeight, headers: "any" })),
  redirect: "any",
  directResponse: "any",
  delegate: object({ name: text, namespace: text }),
  rewrite: "any",
  timeout: text,
  retries: "any",
  fault: "any",
  mirror: istioDestination,
  mirrors: list("any"),
  mirrorPercent: "any",
  mirror_percent: "any",
  mirrorPercentage: "any",
  corsPolicy: "any",
  headers: "any",
});
const virtualService = object({
  hosts: list(text),
  gateways: list(text),
  http: list(httpRule),
  tls: list(streamRule),
  tcp: list(streamRule),
  exportTo: list(text),
});

const backend: Readonly<Record<string, KindSchema>> = {
  group: { kind: "text", default: "" },
  kind: { kind: "text", default: "Service" },
  name: text,
  namespace: text,
  port: { kind: "int32", least: 1, most: 65535 },
  weight: { kind: "int32", least: 0, most: 1_000_000, default: 1 },
};
const parents = list(
  object({
    group: { kind: "text", default: "gateway.networking.k8s.io" },
    kind: { kind: "text", default: "Gateway" },
    name: text,
    namespace: text,
    port: { kind: "int32", least: 1, most: 65535 },
    sectionName: text,
  }),
  { most: 32 },
);
const matchAll = [{ path: { type: "PathPrefix", value: "/" } }];
const matches: KindSchema = { kind: "list", items: "any", most: 64 };
const layer7 = (matchRules: KindSchema): KindSchema =>
  object({
    parentRefs: parents,
    hostnames: list(text, { most: 16 }),
    rules: list(
      object({
        name: text,
        matches: matchRules,
        filters: list("any", { most: 16 }),
        backendRefs: list(object({ ...backend, filters: list("any", { most: 16 }) }), { most: 16 }),
        timeouts: "any",
        retry: "any",
        sessionPersistence: "any",
      }),
      { most: 16, least: 1 },
    ),
  });
const layer4 = object({
  parentRefs: parents,
  hostnames: list(text, { most: 16 }),
  rules: list(object({ name: text, backendRefs: list(object(backend), { most: 16, least: 1 }) }), {
    most: 1,
    least: 1,
  }),
});

const istio = { group: "networking.istio.io", versions: ["v1", "v1beta1", "v1alpha3"], builtIn: false };
const gatewayApi = { group: "gateway.networking.k8s.io", builtIn: false };
const builtIn = { versions: ["v1"], builtIn: true };

/** What a cluster with a present Istio and the standard channel of the Gateway API serves. */
export const kinds: readonly Kind[] = [
  { ...istio, plural: "virtualservices", kind: "VirtualService", spec: virtualService },
  { ...istio, plural: "destinationrules", kind: "DestinationRule" },
  { ...istio, plural: "serviceentries", kind: "ServiceEntry" },
  { ...istio, plural: "gateways", kind: "Gateway" },
  {
    ...gatewayApi,
    plural: "httproutes",
    kind: "HTTPRoute",
    versions: ["v1", "v1beta1"],
    spec: layer7({ ...matches, default: matchAll }),
  },
  { ...gatewayApi, plural: "grpcroutes", kind: "GRPCRoute", versions: ["v1"], spec: layer7(matches) },
  { ...gatewayApi, plural: "tcproutes", kind: "TCPRoute", versions: ["v1"], spec: layer4 },
  { ...gatewayApi, plural: "tlsroutes", kind: "TLSRoute", versions: ["v1"], spec: layer4 },
  { ...gatewayApi, plural: "gateways", kind: "Gateway", versions: ["v1", "v1beta1"] },
  { ...gatewayApi, plural: "gatewayclasses", kind: "GatewayClass", versions: ["v1", "v1beta1"] },
  { ...gatewayApi, plural: "referencegrants", kind: "ReferenceGrant", versions: ["v1", "v1beta1"] },
  { ...builtIn, group: "", plural: "services", kind: "Service" },
  { ...builtIn, group: "", plural: "pods", kind: "Pod" },
  { ...builtIn, group: "", plural: "namespaces", kind: "Namespace" },
  { ...builtIn, group: "discovery.k8s.io", plural: "endpointslices", kind: "EndpointSlice" },
  { ...builtIn, group: "apps", plural: "deployments", kind: "Deployment" },
  { ...builtIn, group: "apps", plural: "replicasets", kind: "ReplicaSet" },
];
