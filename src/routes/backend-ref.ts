import { type Fields, member, textOf } from "../base/read-fields.ts";
import { type Finding, finding } from "../base/reasons/finding.ts";
import type { NewDestination } from "../base/reasons/route-shapes.ts";
import type { DestinationParts } from "../ports/route-adapter.ts";
import type { DestinationId } from "../rollout/rollout-state.ts";
import { atPort, destinationId, partsOf, resolveHost, splitPort } from "./destination-id.ts";
import { type DestinationView, type Mirror, malformed } from "./route-view.ts";

const largestWeight = 1_000_000;
/** What the API server writes where a backend has no weight. */
const defaultWeight = 1;

/**
 * One entry of a rule's `backendRefs`. A Service is called by its host in full, as everywhere; any other kind by
 * `NAME.NAMESPACE.Kind.group`, which no host can be, since no part of a host begins with a capital.
 */
export function readBackend(entry: unknown, path: string, namespace: string, problems: Finding[]): DestinationView {
  const id = backendId(entry, namespace);
  if (id === undefined) {
    problems.push(malformed(path, "backend"));
  }
  const weight = member(entry, "weight") ?? defaultWeight;
  const counts = Number.isInteger(weight) && (weight as number) >= 0 && (weight as number) <= largestWeight;
  if (!counts) problems.push(malformed(`${path}.weight`, "weight", largestWeight));
  if (id !== undefined && backendOf(id) === undefined && partsOf(id).port === undefined) {
    problems.push(finding("destination-port-missing", { destination: id, path, ports: [] }));
  }
  return { id: id ?? "", weight: counts ? (weight as number) : null };
}

const isName = (word: unknown): word is string =>
  typeof word === "string" && /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/.test(word);
const isLabel = (word: unknown): word is string => isName(word) && !word.includes(".");

/** Undefined for what is no backend. */
export function backendId(entry: unknown, namespace: string): DestinationId | undefined {
  const name = member(entry, "name");
  const group = member(entry, "group") ?? "";
  const kind = member(entry, "kind") ?? "Service";
  const home = member(entry, "namespace") ?? namespace;
  const port = member(entry, "port");
  if (!isName(name) || !isLabel(home) || !(group === "" || isName(group))) return undefined;
  if (typeof kind !== "string" || !/^[A-Z][A-Za-z0-9]*$/.test(kind)) return undefined;
  if (port !== undefined && !(Number.isInteger(port) && (port as number) > 0 && (port as number) < 65_536)) {
    return undefined;
  }
  const isService = group === "" && kind === "Service";
  if (isService && !isLabel(name)) return undefined;
  const host = isService
    ? `${name}.${home}.svc.cluster.local`
    : [name, home, kind, ...(group === "" ? [] : [group])].join(".");
  return destinationId({ host, ...(port === undefined ? {} : { port: port as number }) });
}

export function backendParts(id: DestinationId): DestinationParts {
  const backend = backendOf(id);
  const { name, port } = splitPort(id);
  if (backend === undefined) return partsOf(id);
  return { id, host: name, ...(port === undefined ? {} : { port }), backend };
}

function backendOf(id: DestinationId): DestinationParts["backend"] {
  const found = /^(.+)\.([-a-z0-9]+)\.([A-Z][A-Za-z0-9]*)(?:\.(.+))?$/.exec(splitPort(id).name);
  if (found === null) return undefined;
  const [, name = "", namespace = "", kind = "", group = ""] = found;
  return { group, kind, namespace, name };
}

/** Which backends a user's words mean: `reviews-v2`, `reviews-v2:9080`, or either in full. */
export function backendsNamed(
  words: string,
  ids: readonly DestinationId[],
  namespace: string,
): readonly DestinationId[] {
  const { name, port } = splitPort(words);
  const host = resolveHost(name, namespace);
  const parts = [...new Set(ids)]
    .map(backendParts)
    .filter(({ host: there, backend }) =>
      backend === undefined
        ? there === host
        : there === name || (backend.name === name && backend.namespace === namespace),
    );
  return atPort(parts, port).map(({ id }) => id);
}

/** A new version beside one that is there: of its kind, and with its port where the words name none. */
function backendLike(words: string, model: DestinationId | undefined, namespace: string) {
  const near = model === undefined ? undefined : backendParts(model);
  const { name, port = near?.port } = splitPort(words);
  const [service, home] = /^([^.]+)\.([^.]+)\.svc\./.exec(name)?.slice(1) ?? [name, namespace];
  return {
    ...(near?.backend === undefined ? {} : { group: near.backend.group, kind: near.backend.kind }),
    name: service ?? name,
    ...(home === undefined || home === namespace ? {} : { namespace: home }),
    ...(port === undefined ? {} : { port }),
  };
}

export const backendIdLike = (words: string, model: DestinationId, namespace: string): DestinationId | undefined =>
  backendId(backendLike(words, model, namespace), namespace);

/** A backend as an entry of `backendRefs`. */
export function backendEntry(id: DestinationId, namespace: string): Fields {
  const { host, port, backend } = backendParts(id);
  const [name = host, home = namespace] = backend === undefined ? host.split(".") : [backend.name, backend.namespace];
  return {
    ...(backend === undefined ? {} : { group: backend.group, kind: backend.kind }),
    name,
    ...(home === namespace ? {} : { namespace: home }),
    ...(port === undefined ? {} : { port }),
  };
}

/** A new version beside one that is there, for a person to add. */
export function backendExample(words: string, model: DestinationId | undefined, namespace: string): NewDestination {
  const { name: host, ...fields } = backendLike(words, model, namespace);
  return { form: "backend", host, ...fields };
}

/** Where a rule's `RequestMirror` filters send copies; without a percentage it is all requests. */
export function mirrorsIn(filters: readonly unknown[], namespace: string): readonly Mirror[] {
  return filters.flatMap((filter) => {
    if (textOf(member(filter, "type")) !== "RequestMirror") return [];
    const mirror = member(filter, "requestMirror");
    const id = backendId(member(mirror, "backendRef"), namespace);
    const fraction = member(mirror, "fraction");
    const [upper, lower] = [member(fraction, "numerator"), member(fraction, "denominator") ?? 100];
    const share =
      typeof upper === "number" && typeof lower === "number"
        ? (upper * 100) / lower
        : (member(mirror, "percent") ?? 100);
    return id === undefined || typeof share !== "number" || !(share > 0) ? [] : [{ id, share }];
  });
}
