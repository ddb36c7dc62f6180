import type { KubeObject, RouteRef } from "../../base/kube-object.ts";
import type { Problem } from "../../base/problem.ts";
import type { DataPlane } from "../../rollout/data-planes-and-reporters.ts";
import type { RolloutTarget } from "../../rollout/plan.ts";
import { isGatewayWord, madeGatewayRoute } from "./made-up-gateway-route.ts";

/** Objects as an engineer would have written them, for what a rehearsal was not given. */

export type ObjectLabels = Readonly<Record<string, string>>;
type MadeRoute =
  | { readonly kind: "route"; readonly object: KubeObject }
  | { readonly kind: "refused"; readonly problem: Problem };

/** A route of a kind that can be made up from a plan alone. */
export function madeRoute(ref: RouteRef, target: RolloutTarget, plane?: DataPlane): MadeRoute {
  if (ref.kind === "virtualservice") return { kind: "route", object: madeVirtualService(ref, target) };
  if (isGatewayWord(ref.kind)) return { kind: "route", object: madeGatewayRoute(ref.kind, ref, target, plane) };
  const message = `A route of the kind ${ref.kind} cannot be made up. Give its own YAML with --route FILE.`;
  return { kind: "refused", problem: { code: "input", message, place: { input: "route" } } };
}

type MeshDestination = { host: string; subset?: string; port?: { number: number } };

/** `v2` is a subset of the service that is called like the route; `reviews-v2` and names with a dot are Services. */
function destinationOf(word: string, routeName: string): MeshDestination {
  const [, name = word, subset, port] = /^([^/:]+)(?:\/([^:]+))?(?::(\d+))?$/.exec(word) ?? [];
  const isService =
    !/^v?\d/i.test(name) && (name.includes(".") || name === routeName || name.startsWith(`${routeName}-`));
  const base =
    subset !== undefined ? { host: name, subset } : isService ? { host: name } : { host: routeName, subset: name };
  return { ...base, ...(port === undefined ? {} : { port: { number: Number(port) } }) };
}

/** The two versions in the plan's words; one that it does not name is called like the other, as v1 or v2. */
function wordsOf({ stable, canary }: RolloutTarget, routeName: string): { stable: string; canary: string } {
  const like = (other: string | undefined, version: string) => {
    const isService = other !== undefined && destinationOf(other, routeName).subset === undefined;
    return isService ? `${routeName}-${version}` : version;
  };
  const other = (given: string | undefined, version: string, instead: string) => {
    const word = like(given, version);
    return word === given ? like(given, instead) : word;
  };
  if (canary === undefined) return { stable: stable ?? "v1", canary: other(stable, "v2", "v3") };
  return { stable: stable ?? other(canary, "v1", "v0"), canary };
}

function madeVirtualService({ name, namespace }: RouteRef, target: RolloutTarget): KubeObject {
  const words = wordsOf(target, name);
  const [stable, canary] = [destinationOf(words.stable, name), destinationOf(words.canary, name)];
  const canaryWeight = Math.round(target.startWeight);
  const route = () => [
    { destination: stable, weight: 100 - canaryWeight },
    { destination: canary, weight: canaryWeight },
  ];
  const httpNames = httpRuleNames(target.rules);
  const http = httpNames.map((rule, index) => ({
    ...(rule === undefined ? {} : { name: rule }),
    // Only the last rule may take everything, or those behind it would never be reached.
    ...(index === httpNames.length - 1 ? {} : { match: [{ uri: { prefix: `/part-${index + 1}` } }] }),
    route: route(),
  }));
  const ports = wordsAfter("tcp/", target.rules);
  const servers = wordsAfter("tls/", target.rules).map((word) => word.split("+"));
  const tcp = ports.map((port) => ({ match: [{ port: Number(port) }], route: route() }));
  const tls = servers.map((sniHosts) => ({ match: [{ port: 443, sniHosts }], route: route() }));
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name, namespace },
    spec: {
      hosts: [stable.host, ...servers.flat()],
      ...(http.length === 0 ? {} : { http }),
      ...(tcp.length === 0 ? {} : { tcp }),
      ...(tls.length === 0 ? {} : { tls }),
    },
  };
}

const mostRules = 100;

const wordsAfter = (list: string, selectors: readonly string[]): readonly string[] =>
  selectors.flatMap((selector) => (selector.startsWith(list) ? [selector.slice(list.length)] : []));

/** The HTTP rules that the plan selects, by name or by place. */
function httpRuleNames(selectors: readonly string[]): readonly (string | undefined)[] {
  if (selectors.length === 0) return ["primary"];
  const wanted = selectors.filter((word) => !/^(tcp|tls)\//.test(word)).map((word) => word.replace(/^http\//, ""));
  const named = wanted.filter((word) => !/^\d+$/.test(word));
  const places = wanted.filter((word) => /^\d+$/.test(word)).map(Number);
  const count = Math.min(mostRules, Math.max(named.length, ...places.map((place) => place + 1)));
  return Array.from({ length: count }, (_, index) => named[index]);
}

export type BackendName = { readonly name: string; readonly namespace: string };

export function madeService(
  { name, namespace }: BackendName,
  selector: ObjectLabels,
  ports: readonly number[],
  protocol: string,
): KubeObject {
  const entries = ports.map((port, index) => ({
    name: index === 0 ? protocol : `${protocol}-${port}`,
    port,
    targetPort: port,
    protocol: "TCP",
  }));
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec: { selector, ports: entries } };
}

export function madeDestinationRule(
  name: string,
  namespace: string,
  host: string,
  subsets: readonly string[],
): KubeObject {
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "DestinationRule",
    metadata: { name, namespace },
    spec: { host, subsets: subsets.map((subset) => ({ name: subset, labels: { version: subset } })) },
  };
}

export function madeServiceEntry(name: string, namespace: string, host: string): KubeObject {
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "ServiceEntry",
    metadata: { name, namespace },
    spec: { hosts: [host], resolution: "DNS", ports: [{ number: 443, name: "https", protocol: "TLS" }] },
  };
}

const templateHash = "6b7f8c9d54";

/** The pods of one Deployment, labelled as its template says. */
export function madePods(namespace: string, workload: string, labels: ObjectLabels, count: number): KubeObject[] {
  return Array.from({ length: count }, (_, index) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${workload}-${templateHash}-${index + 1}`,
      namespace,
      labels: { ...labels, "pod-template-hash": templateHash },
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          name: `${workload}-${templateHash}`,
          uid: workload,
          controller: true,
        },
      ],
    },
    spec: {},
    status: { phase: "Running" },
  }));
}

export type Endpoint = { readonly pod: string; readonly ready: boolean };

export function madeSlice(
  { name, namespace }: BackendName,
  ports: readonly number[],
  endpoints: readonly Endpoint[],
): KubeObject {
  const slice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${name}-rehearsal`, namespace, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    endpoints: endpoints.map(({ pod, ready }, index) => ({
      addresses: [`10.1.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`],
      conditions: { ready, serving: ready, terminating: false },
      targetRef: { kind: "Pod", name: pod, namespace },
    })),
    ports: ports.map((port) => ({ port, protocol: "TCP" })),
  };
  return slice;
}
