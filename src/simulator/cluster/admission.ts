import { isMembers } from "../../base/json-value.ts";
import type { KubeObject } from "../../base/kube-object.ts";
import type { ResourceName } from "../../ports/cluster.ts";

export type Review = {
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  readonly resource: ResourceName;
  /** The object as it would be stored; at a deletion the one that is. */
  readonly object: KubeObject;
  readonly before: KubeObject | undefined;
  readonly manager: string;
  readonly dryRun: boolean;
};

/** `denied`: with any code the webhook likes. A webhook that is down is a denial with 500. */
type Admitted =
  | { readonly kind: "admitted"; readonly object?: KubeObject; readonly warnings?: readonly string[] }
  | { readonly kind: "denied"; readonly code: number; readonly message: string; readonly reason?: string };

/** What a webhook or an admission policy says. One that changes the object is asked before the schema is checked. */
export type Admission = { readonly mutates: boolean; readonly review: (review: Review) => Admitted };

export const admitted: Admitted = { kind: "admitted" };

export function validating(review: (review: Review) => Admitted): Admission {
  return { mutates: false, review };
}

export function mutating(change: (object: KubeObject, review: Review) => KubeObject): Admission {
  return { mutates: true, review: (review) => ({ kind: "admitted", object: change(review.object, review) }) };
}

/** What istiod's own webhook says of the weights of a VirtualService: no code of a reason, and always 400. */
export const istioValidation: Admission = validating(({ resource, object, operation }) => {
  if (resource.plural !== "virtualservices" || operation === "DELETE" || !isMembers(object.spec)) return admitted;
  const rules = ["http", "tls", "tcp"].flatMap((list) =>
    listOf(isMembers(object.spec) ? object.spec[list] : undefined),
  );
  for (const rule of rules) {
    const destinations = listOf(isMembers(rule) ? rule["route"] : undefined);
    const weights = destinations.map((entry) => (isMembers(entry) ? Number(entry["weight"] ?? 0) : 0));
    const negative = weights.find((weight) => weight < 0);
    if (negative !== undefined) return istioDenies(`weight ${negative} < 0`);
    if (weights.length > 1 && weights.every((weight) => weight === 0))
      return istioDenies("total destination weight = 0");
  }
  return admitted;
});

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function istioDenies(because: string): Admitted {
  const message = `admission webhook "validation.istio.io" denied the request: configuration is invalid: ${because}`;
  return { kind: "denied", code: 400, message };
}
