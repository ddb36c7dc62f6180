import type { Finding } from "../../base/reasons/finding.ts";
import type { BackendObjects, DestinationObjects } from "../backend-objects.ts";
import { covers, hostsOfEntry, labelText, readyEndpoints, servicePorts } from "../object-fields.ts";
import { lookBehind, type VersionEndpoints } from "../ready-endpoints.ts";

type Checked = { readonly findings: readonly Finding[]; readonly skipped: readonly string[] };

/** Whether both versions exist and are ready, the stable one too: a rollback to an empty stable is an outage. */
export function checkDestinations(around: BackendObjects): Checked {
  const sides = [around.canary, around.stable].map((backdrop) => ({ backdrop, behind: lookBehind(around, backdrop) }));
  const findings = sides.flatMap(({ backdrop, behind }) => checkOne(around, backdrop, behind));
  const [canary, stable] = sides;
  const overlap =
    canary === undefined || stable === undefined ? [] : checkOverlap(around, stable.behind, canary.behind);
  const skipped = sides.flatMap(({ backdrop, behind }) => skippedOf(around, backdrop, behind));
  return { findings: [...findings, ...overlap], skipped: [...new Set(skipped)] };
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
  const gone: Finding = {
    code: "destination-not-found",
    message:
      `${parts.host} does not exist${place === undefined ? " as a Service" : ` as Service ${place.name} in ${place.namespace}`}. ` +
      `Short names use namespace ${around.namespace}; write the full name if the service is elsewhere.`,
  };
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
  const offers = ports.map(({ port, name }) => (name === "" ? `${port}` : `${port} (${name})`)).join(", ");
  return {
    code: "destination-port-missing",
    message: `Add \`port:\` to ${parts.id}${parts.port === undefined ? "" : `, which has no port ${parts.port}`}; Service ${place?.name} offers ${offers}.`,
  };
}

function checkReady({ parts, place }: DestinationObjects, { side, subset }: VersionEndpoints): Finding | undefined {
  if (subset?.kind === "missing") {
    return {
      code: "subset-missing",
      message:
        `${parts.subset} is not in any DestinationRule for ${parts.host}; requests would fail with 503 NC. ` +
        ["Add the subset, wait a few seconds, run again.", ...subset.notes].join(" "),
    };
  }
  if (side === "unknown")
    return {
      code: "cluster-unreachable",
      message: `Nobody could say who is ready behind ${parts.id}. Run again when the API server answers.`,
    };
  if (side !== "empty") return undefined;
  if (subset?.kind === "defined") {
    return {
      code: "subset-empty",
      message: `${parts.subset} selects no ready pod (${labelText(subset.labels)}); requests would fail with 503 UH. Start the pods or correct the labels.`,
    };
  }
  return {
    code: "backend-empty",
    message: `${place?.name ?? parts.host} has no ready endpoint. Start it before shifting traffic.`,
  };
}

function checkOverlap(around: BackendObjects, stable: VersionEndpoints, canary: VersionEndpoints): readonly Finding[] {
  const ofStable = new Set(podsOf(around.stable, stable));
  const sameNamespace = around.stable.place?.namespace === around.canary.place?.namespace;
  const shared = sameNamespace ? podsOf(around.canary, canary).filter((name) => ofStable.has(name)) : [];
  if (shared.length === 0) return [];
  const some = shared.slice(0, 3).join(", ");
  const message = `${versionName(around.stable)} and ${versionName(around.canary)} both select ${some}${shared.length > 3 ? ` and ${shared.length - 3} more` : ""}. Make their labels disjoint.`;
  return [{ code: "subset-overlap", message }];
}

const versionName = ({ parts, place }: DestinationObjects) => parts.subset ?? place?.name ?? parts.id;

/** The pods of a version: those that its subset selects, or those behind its own Service. */
function podsOf({ parts, slices }: DestinationObjects, { pods }: VersionEndpoints): readonly string[] {
  if (parts.subset !== undefined) return (pods ?? []).map((pod) => pod.metadata.name);
  return slices.kind === "seen" ? [...new Set(readyEndpoints(slices.value).flatMap(({ pod }) => pod ?? []))] : [];
}

function skippedOf(around: BackendObjects, backdrop: DestinationObjects, behind: VersionEndpoints): readonly string[] {
  const looked = [
    backdrop.service,
    backdrop.slices,
    ...(backdrop.parts.subset === undefined ? [] : [backdrop.pods, ...around.rules]),
  ];
  const reasons = looked.flatMap((one) =>
    one.kind === "skipped" && one.because !== "not needed" ? [one.because] : [],
  );
  const notes = behind.subset?.kind === "defined" ? behind.subset.notes : [];
  if (behind.side === "unchecked" && reasons.length === 0)
    return [...notes, `readiness of ${backdrop.parts.id} is not checked`];
  return [...notes, ...reasons.map((because) => `check skipped: ${because}`)];
}
