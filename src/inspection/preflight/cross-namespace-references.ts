import type { KubeObject } from "../../base/kube-object.ts";
import { listOf, member, textOf } from "../../base/read-fields.ts";
import { type Finding, finding } from "../../base/reasons/finding.ts";
import { type Notice, notice } from "../../base/reasons/notice.ts";
import type { CallOptions, Cluster, ListResult } from "../../ports/cluster.ts";
import type { Selection } from "../../rollout/observation.ts";
import { placeOf } from "../backend-objects.ts";
import type { InspectedRoute } from "../inspected-route.ts";

type Checked = { readonly findings: readonly Finding[]; readonly notices: readonly Notice[] };
type Target = { readonly group: string; readonly kind: string; readonly namespace: string; readonly name: string };

const gatewayGroup = "gateway.networking.k8s.io";
const coreGroup = "";
/** Newer servers have v1 too, older ones only v1beta1. */
const grantVersions = ["v1beta1", "v1"] as const;

/**
 * Whether backends in other namespaces may be sent traffic to. A controller does not say so while a backend's weight is
 * 0, so the canary would fail with its first requests.
 */
export async function checkReferences(
  { cluster, driver, resource }: InspectedRoute,
  selection: Selection,
  options: CallOptions,
): Promise<Checked> {
  if (driver.group !== gatewayGroup) return { findings: [], notices: [] };
  const ids = [...new Set(selection.rules.flatMap(({ destinations }) => destinations))];
  const abroad = ids.flatMap((id) => {
    const { host, backend } = driver.parts(id);
    const place = placeOf(host);
    const target: Target | undefined =
      backend ?? (place === undefined ? undefined : { group: coreGroup, kind: "Service", ...place });
    return target === undefined || target.namespace === resource.namespace ? [] : [{ id, target }];
  });
  const namespaces = [...new Set(abroad.map(({ target }) => target.namespace))];
  const grants = new Map(
    await Promise.all(namespaces.map(async (where) => [where, await grantsIn(cluster, where, options)] as const)),
  );
  const from = { kubeKind: driver.kubeKind, namespace: resource.namespace };
  const findings = abroad.flatMap(({ id, target }): readonly Finding[] => {
    const known = grants.get(target.namespace);
    if (known?.kind !== "listed" || known.items.some((grant) => permits(grant, from, target))) return [];
    const { kubeKind: kind, namespace } = from;
    return [finding("reference-not-granted", { kind, namespace, destination: id, to: target })];
  });
  const notices = [...grants].flatMap(([object, known]) => {
    if (known.kind === "listed") return [];
    return [notice("check-skipped", { check: "grants", object, because: known.reason })];
  });
  return { findings, notices };
}

async function grantsIn(cluster: Cluster, namespace: string, options: CallOptions): Promise<ListResult> {
  const [newest, ...older] = grantVersions;
  const ask = (version: string) =>
    cluster.list({ group: gatewayGroup, version, plural: "referencegrants", namespace }, options);
  let answer = await ask(newest);
  for (const version of older) {
    if (answer.kind !== "failed" || answer.status !== 404) return answer;
    answer = await ask(version);
  }
  return answer;
}

function permits(grant: KubeObject, from: { kubeKind: string; namespace: string }, to: Target): boolean {
  const entries = (list: string) => listOf(member(grant.spec, list)) ?? [];
  const text = (entry: unknown, key: string) => textOf(member(entry, key));
  const comes = entries("from").some(
    (entry) =>
      text(entry, "group") === gatewayGroup &&
      text(entry, "kind") === from.kubeKind &&
      text(entry, "namespace") === from.namespace,
  );
  return (
    comes &&
    entries("to").some(
      (entry) =>
        (text(entry, "group") ?? coreGroup) === to.group &&
        text(entry, "kind") === to.kind &&
        [undefined, to.name].includes(text(entry, "name")),
    )
  );
}
