import type { KubeObject, RouteRef } from "../../base/kube-object.ts";
import type { DataPlane } from "../../rollout/data-planes-and-reporters.ts";
import type { RolloutTarget } from "../../rollout/plan.ts";

/** A route of the Gateway API as an engineer would have written it and a gateway accepted it, from a plan alone. */

const kinds = { httproute: "HTTPRoute", grpcroute: "GRPCRoute", tcproute: "TCPRoute", tlsroute: "TLSRoute" } as const;
type GatewayWord = keyof typeof kinds;

/** How the controllers of the known data planes sign a route. */
const controllers: Readonly<Record<DataPlane, string>> = {
  istio: "istio.io/gateway-controller",
  linkerd: "linkerd.io/policy-controller",
  "envoy-gateway": "gateway.envoyproxy.io/gatewayclass-controller",
  traefik: "traefik.io/gateway-controller",
  contour: "projectcontour.io/gateway-controller",
  kgateway: "kgateway.dev/kgateway",
};

const group = "gateway.networking.k8s.io";
const usualPort = 80;
const mostRules = 16;

export const isGatewayWord = (word: string): word is GatewayWord => Object.hasOwn(kinds, word);

export function madeGatewayRoute(
  word: GatewayWord,
  { name, namespace }: RouteRef,
  target: RolloutTarget,
  plane: DataPlane = "istio",
): KubeObject {
  const parent = { group, kind: "Gateway", name: "gateway" };
  const condition = (type: string) => ({ type, status: "True", reason: type, message: "", observedGeneration: 1 });
  return {
    apiVersion: `${group}/v1`,
    kind: kinds[word],
    metadata: { name, namespace },
    spec: {
      parentRefs: [parent],
      ...(word === "tcproute" ? {} : { hostnames: [`${name}.example.com`] }),
      rules: rulesOf(word, backendsOf(name, namespace, target), target.rules),
    },
    status: {
      parents: [
        {
          parentRef: parent,
          controllerName: controllers[plane],
          conditions: ["Accepted", "ResolvedRefs"].map(condition),
        },
      ],
    },
  };
}

/** What the plan selects, by name or by place; a route of connections has one rule. */
function rulesOf(word: GatewayWord, backendRefs: readonly object[], selectors: readonly string[]): readonly object[] {
  const wanted = selectors.map((selector) => selector.replace(/^(rules|http)\//, ""));
  const named = wanted.filter((one) => !/^\d+$/.test(one));
  const places = wanted.filter((one) => /^\d+$/.test(one)).map(Number);
  const most = word === "tcproute" || word === "tlsroute" ? 1 : mostRules;
  const count = Math.min(most, Math.max(1, named.length, ...places.map((place) => place + 1)));
  return Array.from({ length: count }, (_, index) => ({
    ...(named[index] === undefined ? {} : { name: named[index] }),
    // Only the last rule may take everything, or those behind it would never be reached.
    ...(index === count - 1 ? {} : { matches: [matchOf(word, index + 1)] }),
    backendRefs,
  }));
}

const matchOf = (word: GatewayWord, part: number): object =>
  word === "grpcroute"
    ? { method: { service: `part.Part${part}` } }
    : { path: { type: "PathPrefix", value: `/part-${part}` } };

/** Both versions as Services; one that the plan does not name is called like the other. */
function backendsOf(
  routeName: string,
  namespace: string,
  { stable, canary, startWeight }: RolloutTarget,
): readonly object[] {
  const beside = (other: string | undefined, version: string, instead: string) => {
    const { name = `${routeName}-`, ...rest } = other === undefined ? {} : partsOf(other);
    const named = (number: string) =>
      /-?v?\d+$/.test(name) ? name.replace(/v?\d+$/, number) : `${routeName}-${number}`;
    return { ...rest, name: named(version) === name ? named(instead) : named(version) };
  };
  const own = {
    stable: stable === undefined ? beside(canary, "v1", "v0") : partsOf(stable),
    canary: canary === undefined ? beside(stable, "v2", "v3") : partsOf(canary),
  };
  const weight = Math.round(startWeight);
  const entry = ({ name, home, port }: Parts, share: number) => ({
    name,
    ...(home === undefined || home === namespace ? {} : { namespace: home }),
    port: port ?? own.stable.port ?? own.canary.port ?? usualPort,
    weight: share,
  });
  return [entry(own.stable, 100 - weight), entry(own.canary, weight)];
}

type Parts = { readonly name: string; readonly home?: string; readonly port?: number };

/** `reviews-v2`, `reviews-v2:9080`, or either in full. */
function partsOf(words: string): Parts {
  const [, name = words, home, port] = /^([^.:]+)(?:\.([^.:]+)[^:]*)?(?::(\d+))?$/.exec(words) ?? [];
  return { name, ...(home === undefined ? {} : { home }), ...(port === undefined ? {} : { port: Number(port) }) };
}
