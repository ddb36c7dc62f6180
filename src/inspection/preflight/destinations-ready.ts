import { type Finding, finding } from "../../base/reasons/finding.ts";
import { eachOnce, type Notice, notice } from "../../base/reasons/notice.ts";
import type { BackendObjects, DestinationObjects } from "../backend-objects.ts";
import { covers, hostsOfEntry, labelPairs, readyEndpoints, servicePorts } from "../object-fields.ts";
import { lookBehind, type VersionEndpoints } from "../ready-endpoints.ts";

type Checked = { readonly findings: readonly Finding[]; readonly notices: readonly Notice[] };

/** Whether both versions exist and are ready, the stable one too: a rollback to an empty stable is an outage. */
export function checkDestinations(around: BackendObjects): Checked {
  const sides = [around.canary, around.stable].map((backdrop) => ({ backdrop, behind: lookBehind(around, backdrop) }));
  const findings = sides.flatMap(({ backdrop, behind }) => checkOne(around, backdrop, behind));
  const [canary, stable] = sides;
  const overlap =
    canary === undefined || stable === undefined ? [] : checkOverlap(around, stable.behind, canary.behind);
  const notices = sides.flatMap(({ backdrop, behind }) => noticesOn(around, backdrop, behind));
  return { findings: [...findings, ...overlap], notices: eachOnce(notices) };
}

function checkOne(around: BackendObjects, backdrop: DestinationObjects, behind: VersionEndpoints): readonly Finding[] {
  const missing = checkService(around, backdrop);
  if (missing !== undefined) return [missing];
  const port = checkPort(backdrop);
  const ready = checkReady(backdrop, behind);
  return [port, ready].flatMap((finding) => finding ?? []);
}

function checkService(around: BackendObjects, { parts, place, service }: DestinationObjects): Finding | undefined {
  if (parts.backend !== undefined) return undefined;
  const sought = place === undefined ? {} : { place };
  const gone = finding("destination-not-found", { host: parts.host, namespace: around.namespace, ...sought });
  if (place !== undefined) return service.kind === "seen" && service.value === undefined ? gone : undefined;
  if (around.entries.kind !== "seen") return undefined;
  return around.entries.value.some((entry) => hostsOfEntry(entry).some((host) => covers(host, parts.host)))
    ? undefined
    : gone;
}

function checkPort({ parts, place, service }: DestinationObjects): Finding | undefined {
  if (service.kind !== "seen" || service.value === undefined) return undefined;
  const ports = servicePorts(service.value);
  const fits =
    parts.port === undefined ? ports.length <= 1 : ports.length === 0 || ports.some(({ port }) => port === parts.port);
  if (fits) return undefined;
  const asked = parts.port === undefined ? {} : { port: parts.port };
  const at = place === undefined ? {} : { service: place.name };
  return finding("destination-port-missing", { destination: parts.id, ports, ...asked, ...at });
}

function checkReady(
  { parts, place }: DestinationObjects,
  { side, subset, because }: VersionEndpoints,
): Finding | undefined {
  if (subset?.kind === "missing") {
    const { misspelt } = subset;
    return finding("subset-missing", { subset: parts.subset ?? "", host: parts.host, misspelt });
  }
  if (side === "unknown")
    return finding("cluster-unreachable", { asked: "endpoints", object: parts.id, says: because });
  if (side !== "empty") return undefined;
  if (subset?.kind === "defined")
    return finding("subset-empty", { subset: parts.subset ?? "", labels: labelPairs(subset.labels) });
  return finding("backend-empty", { service: place?.name ?? parts.host });
}

function checkOverlap(around: BackendObjects, stable: VersionEndpoints, canary: VersionEndpoints): readonly Finding[] {
  const ofStable = new Set(podsOf(around.stable, stable));
  const sameNamespace = around.stable.place?.namespace === around.canary.place?.namespace;
  const shared = sameNamespace ? podsOf(around.canary, canary).filter((name) => ofStable.has(name)) : [];
  if (shared.length === 0) return [];
  const named = shared.slice(0, 3);
  const versions = { stable: versionName(around.stable), canary: versionName(around.canary) };
  return [finding("subset-overlap", { ...versions, pods: named, more: shared.length - named.length })];
}

const versionName = ({ parts, place }: DestinationObjects) => parts.subset ?? place?.name ?? parts.id;

/** The pods of a version: those that its subset selects, or those behind its own Service. */
function podsOf({ parts, slices }: DestinationObjects, { pods }: VersionEndpoints): readonly string[] {
  if (parts.subset !== undefined) return (pods ?? []).map((pod) => pod.metadata.name);
  return slices.kind === "seen" ? [...new Set(readyEndpoints(slices.value).flatMap(({ pod }) => pod ?? []))] : [];
}

function noticesOn(around: BackendObjects, backdrop: DestinationObjects, behind: VersionEndpoints): readonly Notice[] {
  const looked = [
    backdrop.service,
    backdrop.slices,
    ...(backdrop.parts.subset === undefined ? [] : [backdrop.pods, ...around.rules]),
  ];
  const skipped = looked.flatMap((one) => (one.kind === "skipped" ? [one.because] : []));
  const notices = behind.subset?.kind === "defined" ? behind.subset.notices : [];
  if (behind.side === "unchecked" && skipped.length === 0)
    return [...notices, notice("endpoints-unchecked", { destination: backdrop.parts.id })];
  return [...notices, ...skipped.map((because) => notice("check-skipped", { check: "destination", because }))];
}
