import type { KubeObject } from "../base/kube-object.ts";
import { listOf, member, textOf } from "../base/read-fields.ts";
import type { Finding } from "../base/reasons/finding.ts";
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
    const message = `${titleOf(object, kubeKind)} names no parent, so nothing applies it. Add a Gateway or a Service to \`parentRefs\`.`;
    return [{ code: "parent-not-accepted", message }];
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

const remedy = "Every parent must accept the route; correct or remove it.";

function silent(parent: Parent): Finding {
  const message = `${parent.words}: no controller answers for it, as when it does not exist. ${remedy}`;
  return { code: "parent-not-accepted", message, mayPass: true };
}

function judge(
  object: KubeObject,
  kubeKind: string,
  parent: Parent,
  conditions: readonly unknown[],
): readonly Finding[] {
  const known = new Map(conditions.map((entry) => [textOf(member(entry, "type")) ?? "", conditionOf(entry)]));
  const generation = object.metadata.generation ?? 0;
  const partly = known.get("PartiallyInvalid");
  const partial: readonly Finding[] =
    partly?.status === "True"
      ? [{ code: "parent-not-accepted", message: `${parent.words}: PartiallyInvalid ${wordsOf(partly)}. ${remedy}` }]
      : [];
  const needed = (["Accepted", "ResolvedRefs"] as const).flatMap((type): readonly Finding[] => {
    const condition = known.get(type);
    if (condition === undefined) {
      return [late(`${parent.words}: ${type} is not said. ${remedy}`)];
    }
    if (condition.generation !== undefined && condition.generation < generation) {
      return [
        late(
          `${parent.words}: ${type} is said of generation ${condition.generation}, and the route is at ${generation}. ${remedy}`,
        ),
      ];
    }
    if (condition.status === "True") return [];
    if (condition.status !== "False") return [late(`${parent.words}: ${type} ${wordsOf(condition)}. ${remedy}`)];
    return [type === "Accepted" ? notAccepted(parent, condition) : notResolved(object, kubeKind, parent, condition)];
  });
  return [...partial, ...needed];
}

const late = (message: string): Finding => ({ code: "parent-not-accepted", message, mayPass: true });

const notAccepted = ({ words }: Parent, condition: Condition): Finding => ({
  code: "parent-not-accepted",
  message: `${words}: Accepted=False ${wordsOf(condition)}. ${remedy}`,
});

function notResolved(object: KubeObject, kubeKind: string, { words }: Parent, condition: Condition): Finding {
  if (condition.reason === "RefNotPermitted") {
    const grant = `A backend in another namespace needs a ReferenceGrant there, from ${kubeKind} in namespace ${namespaceOf(object)}.`;
    return {
      code: "reference-not-granted",
      message: `${words}: ResolvedRefs=False ${wordsOf(condition)}. ${grant}`,
    };
  }
  return {
    code: "reference-not-resolved",
    message: `${words}: ResolvedRefs=False ${wordsOf(condition)}. The share of that backend would answer 500. Correct the reference.`,
  };
}

const longest = 200;

function conditionOf(entry: unknown): Condition {
  const generation = member(entry, "observedGeneration");
  const message = (textOf(member(entry, "message")) ?? "").replace(/\s+/g, " ").trim();
  return {
    status: textOf(member(entry, "status")) ?? "Unknown",
    reason: (textOf(member(entry, "reason")) ?? "").slice(0, longest),
    message: message.length > longest ? `${message.slice(0, longest)}…` : message,
    generation: typeof generation === "number" ? generation : undefined,
  };
}

const wordsOf = ({ reason, message }: Condition) =>
  message === "" ? reason : `${reason} (${message.replace(/\.$/, "")})`;
