import type { DestinationParts } from "../ports/route-adapter.ts";
import type { DestinationId } from "../rollout/rollout-state.ts";

const clusterDomain = "cluster.local";

/**
 * A destination's host in full, by the mesh's own rule: only a name without any dot is completed, with the namespace of
 * the object that holds the rule. `web.prod` is taken as it stands, and normally matches no service.
 */
export function resolveHost(host: string, namespace: string): string {
  if (host === "" || host.includes(".") || host.includes("*")) return host;
  return `${host}.${namespace}.svc.${clusterDomain}`;
}

export function destinationId(parts: Omit<DestinationParts, "id">): DestinationId {
  const subset = parts.subset === undefined ? "" : `/${parts.subset}`;
  const port = parts.port === undefined ? "" : `:${parts.port}`;
  return `${parts.host}${subset}${port}`;
}

export function partsOf(id: DestinationId): DestinationParts {
  const { name, port } = splitPort(id);
  const slash = name.indexOf("/");
  return {
    id,
    host: slash < 0 ? name : name.slice(0, slash),
    ...(slash < 0 ? {} : { subset: name.slice(slash + 1) }),
    ...(port === undefined ? {} : { port }),
  };
}

export function splitPort(text: string): { name: string; port: number | undefined } {
  const found = /^(.*):(\d{1,5})$/s.exec(text);
  return found === null ? { name: text, port: undefined } : { name: found[1] ?? "", port: Number(found[2]) };
}

/**
 * Which of a rule's destinations a user's words mean: `v2`, `reviews-v2`, `reviews-v2:9080`, `HOST[/SUBSET][:PORT]`.
 * A bare word may be a subset and a service; both are looked for. The answer holds each identity once.
 */
export function destinationsNamed(
  words: string,
  ids: readonly DestinationId[],
  namespace: string,
): readonly DestinationId[] {
  const { name, port } = splitPort(words);
  const parts = [...new Set(ids)].map(partsOf);
  const slash = name.indexOf("/");
  const host = resolveHost(slash < 0 ? name : name.slice(0, slash), namespace);
  const subset = slash < 0 ? undefined : name.slice(slash + 1);
  const found =
    subset !== undefined
      ? atPort(
          parts.filter((part) => part.host === host && part.subset === subset),
          port,
        )
      : [
          ...atPort(
            parts.filter((part) => part.subset === name),
            port,
          ),
          ...atPort(ofHost(parts, host), port),
        ];
  const exact = destinationId({
    host,
    ...(subset === undefined ? {} : { subset }),
    ...(port === undefined ? {} : { port }),
  });
  // A name in full means the one destination that is called exactly so, even where a shorter reading fits more of them.
  const bySubset = subset === undefined && found.some((part) => part.subset === name);
  const chosen = !bySubset && found.some((part) => part.id === exact) ? [exact] : found.map((part) => part.id);
  return [...new Set(chosen)];
}

/** A service means its destination without a subset where there is one, otherwise its subsets. */
function ofHost(parts: readonly DestinationParts[], host: string): readonly DestinationParts[] {
  const all = parts.filter((part) => part.host === host);
  const whole = all.filter((part) => part.subset === undefined);
  return whole.length > 0 ? whole : all;
}

/** A destination without a port stands for the service's only one, so a named port falls back to it. */
export function atPort(parts: readonly DestinationParts[], port: number | undefined): readonly DestinationParts[] {
  if (port === undefined) return parts;
  const exact = parts.filter((part) => part.port === port);
  return exact.length > 0 ? exact : parts.filter((part) => part.port === undefined);
}
