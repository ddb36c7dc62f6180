import type { KubeObject } from "../base/kube-object.ts";
import { fieldsOf, listOf, member, textOf, textsOf } from "../base/read-fields.ts";

/** The few things that preflight reads of Services, slices, pods and rules, whatever shape they are in. */

export type PodLabels = Readonly<Record<string, string>>;

export function labelsIn(value: unknown): PodLabels | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, text]) => (typeof text === "string" ? [[key, text]] : [])),
  );
}

/** As `app=shop`. */
export const labelPairs = (labels: PodLabels): readonly string[] =>
  Object.entries(labels).map(([key, value]) => `${key}=${value}`);

export const selectorText = (labels: PodLabels): string => labelPairs(labels).join(",");

/** A Service without a selector has its endpoints from elsewhere, and no pods of its own to ask about. */
export function serviceSelector(service: KubeObject): PodLabels | undefined {
  const labels = labelsIn(member(service.spec, "selector"));
  return labels === undefined || Object.keys(labels).length === 0 ? undefined : labels;
}

type ServicePort = { readonly port: number; readonly name: string };

export function servicePorts(service: KubeObject): readonly ServicePort[] {
  return (listOf(member(service.spec, "ports")) ?? []).flatMap((entry) => {
    const port = member(entry, "port");
    return typeof port === "number" ? [{ port, name: textOf(member(entry, "name")) ?? "" }] : [];
  });
}

/** Names of the pods behind a slice that may get traffic. A terminating pod still calls itself ready; its endpoint does not. */
export function readyEndpoints(slices: readonly KubeObject[]): readonly { readonly pod: string | undefined }[] {
  return slices.flatMap((slice) =>
    (listOf(member(slice, "endpoints")) ?? []).flatMap((endpoint) => {
      if (member(member(endpoint, "conditions"), "ready") === false) return [];
      return [{ pod: textOf(member(member(endpoint, "targetRef"), "name")) }];
    }),
  );
}

export const matches = (labels: PodLabels | undefined, wanted: PodLabels): boolean =>
  Object.entries(wanted).every(([key, value]) => labels?.[key] === value);

/** `shop-v2` of a pod `shop-v2-5d9c7b9f6b-x2x4z`: its ReplicaSet's name without the hash of the template. */
export function workloadOf(pod: KubeObject): string | undefined {
  const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (owner === undefined) return undefined;
  const hash = pod.metadata.labels?.["pod-template-hash"];
  const suffix = hash === undefined ? "" : `-${hash}`;
  return owner.kind === "ReplicaSet" && suffix !== "" && owner.name.endsWith(suffix)
    ? owner.name.slice(0, -suffix.length)
    : owner.name;
}

export type SubsetRule = {
  readonly name: string;
  readonly namespace: string;
  readonly host: string;
  readonly exportTo: readonly string[];
  readonly subsets: ReadonlyMap<string, PodLabels>;
  /** The only clients that it is for. */
  readonly workloads?: PodLabels;
  /** Where it comes among others: the oldest first. */
  readonly order: string;
};

export function subsetRule(object: KubeObject): SubsetRule | undefined {
  const host = textOf(member(object.spec, "host"));
  if (host === undefined) return undefined;
  const subsets = new Map<string, PodLabels>();
  for (const entry of listOf(member(object.spec, "subsets")) ?? []) {
    const name = textOf(member(entry, "name"));
    if (name !== undefined && !subsets.has(name)) subsets.set(name, labelsIn(member(entry, "labels")) ?? {});
  }
  const { name, namespace = "default" } = object.metadata;
  const selector = member(object.spec, "workloadSelector");
  return {
    name,
    namespace,
    host,
    exportTo: textsOf(member(object.spec, "exportTo")),
    subsets,
    ...(selector === undefined ? {} : { workloads: labelsIn(member(selector, "matchLabels")) ?? {} }),
    order: `${textOf(member(object.metadata, "creationTimestamp")) ?? ""} ${name}`,
  };
}

/** Whether a host as a rule or an entry names it, perhaps with a leading wildcard, means this one. */
export const covers = (pattern: string, host: string): boolean =>
  pattern.startsWith("*") ? host.endsWith(pattern.slice(1)) : pattern === host;

export const hostsOfEntry = (entry: KubeObject): readonly string[] => textsOf(member(entry.spec, "hosts"));
