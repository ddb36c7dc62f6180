import { foreign } from "../base/foreign.ts";
import type { KubeObject } from "../base/kube-object.ts";
import { listOf, member, textOf } from "../base/read-fields.ts";
import { type Finding, finding } from "../base/reasons/finding.ts";
import { namespaceOf, titleOf } from "./route-view.ts";

/** The Gateway, the Service or whatever else a route hangs on. */
type Parent = {
  readonly words: string;
  readonly kind: string;
  readonly key: string;
  /** The same without section and port, which some controllers leave out of their answer. */
  readonly shortKey: string;
};
type Condition = {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  /** Undefined where the controller does not say; some never do. */
  readonly generation: number | undefined;
};

/**
 * What the controllers say of a Gateway API route: every parent must have accepted it as it stands now. What may only be
 * late is marked so: a controller answers a moment after each change.
 */
export function acceptanceOf(object: KubeObject, kubeKind: string): readonly Finding[] {
  const parents = parentsOf(object);
  if (parents.length === 0) {
    return [finding("parent-not-accepted", { why: "no-parent", route: titleOf(object, kubeKind) })];
  }
  const entries = (listOf(member(member(object, "status"), "parents")) ?? []).map((entry) => ({
    ...parentOf(member(entry, "parentRef"), namespaceOf(object)),
    controller: textOf(member(entry, "controllerName")) ?? "",
    conditions: listOf(member(entry, "conditions")) ?? [],
  }));
  return parents.flatMap((parent) => {
    const exact = entries.filter(({ key }) => key === parent.key);
    const answers = exact.length > 0 ? exact : entries.filter(({ shortKey }) => shortKey === parent.shortKey);
    if (answers.length === 0) return [silent(parent)];
    return answers.flatMap(({ conditions }) => judge(object, kubeKind, parent, conditions));
  });
}

function parentsOf(object: KubeObject): readonly Parent[] {
  const refs = listOf(member(member(object, "spec"), "parentRefs")) ?? [];
  return refs.map((ref) => parentOf(ref, namespaceOf(object)));
}

function parentOf(ref: unknown, namespace: string): Parent {
  const kind = textOf(member(ref, "kind")) ?? "Gateway";
  const group = textOf(member(ref, "group")) ?? (kind === "Service" ? "" : "gateway.networking.k8s.io");
  const home = textOf(member(ref, "namespace")) ?? namespace;
  const name = textOf(member(ref, "name")) ?? "without a name";
  const section = textOf(member(ref, "sectionName"));
  const port = member(ref, "port");
  const shortKey = [group, kind, home, name].join("/");
  const part = section ?? (port === undefined ? undefined : `port ${JSON.stringify(port)}`);
  return {
    words: `${kind} ${home}/${name}${part === undefined ? "" : ` (${part})`}`,
    kind,
    key: [shortKey, section ?? "", JSON.stringify(port ?? null)].join("/"),
    shortKey,
  };
}

/** What is only late may pass. */
const late = (found: Finding): Finding => ({ ...found, mayPass: true });

const silent = ({ words }: Parent): Finding =>
  late(finding("parent-not-accepted", { why: "unanswered", parent: words }));

function judge(
  object: KubeObject,
  kubeKind: string,
  parent: Parent,
  conditions: readonly unknown[],
): readonly Finding[] {
  const known = new Map(conditions.map((entry) => [textOf(member(entry, "type")) ?? "", conditionOf(entry)]));
  const present = object.metadata.generation ?? 0;
  const about = { parent: parent.words };
  const partly = known.get("PartiallyInvalid");
  const partial: readonly Finding[] =
    partly?.status === "True"
      ? [finding("parent-not-accepted", { ...about, why: "partial", condition: "PartiallyInvalid", ...saidIn(partly) })]
      : [];
  const needed = (["Accepted", "ResolvedRefs"] as const).flatMap((type): readonly Finding[] => {
    const condition = known.get(type);
    const here = { ...about, condition: type };
    if (condition === undefined) return [late(finding("parent-not-accepted", { ...here, why: "unsaid" }))];
    const { generation: seen, status } = condition;
    if (seen !== undefined && seen < present)
      return [late(finding("parent-not-accepted", { ...here, why: "outdated", seen, present }))];
    if (status === "True") return [];
    if (status !== "False")
      return [late(finding("parent-not-accepted", { ...here, why: "unknown", ...saidIn(condition) }))];
    return [type === "Accepted" ? notAccepted(parent, condition) : notResolved(object, kubeKind, parent, condition)];
  });
  return [...partial, ...needed];
}

const notAccepted = ({ words }: Parent, condition: Condition): Finding =>
  finding("parent-not-accepted", { why: "refused", parent: words, condition: "Accepted", ...saidIn(condition) });

function notResolved(object: KubeObject, kind: string, { words: parent }: Parent, condition: Condition): Finding {
  const { reason, says } = saidIn(condition);
  const told = says === undefined ? {} : { says };
  return reason === "RefNotPermitted"
    ? finding("reference-not-granted", { kind, namespace: namespaceOf(object), parent, ...told })
    : finding("reference-not-resolved", { parent, reason, ...told });
}

function conditionOf(entry: unknown): Condition {
  const generation = member(entry, "observedGeneration");
  return {
    status: textOf(member(entry, "status")) ?? "Unknown",
    reason: textOf(member(entry, "reason")) ?? "",
    message: textOf(member(entry, "message")) ?? "",
    generation: typeof generation === "number" ? generation : undefined,
  };
}

/** The controller's word for the state, and its sentence where it said one. */
const saidIn = ({ reason, message }: Condition) => ({
  reason,
  ...(message.trim() === "" ? {} : { says: foreign(message) }),
});
