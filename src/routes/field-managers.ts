import type { KubeObject } from "../base/kube-object.ts";
import { fieldsOf, listOf, member, textOf } from "../base/read-fields.ts";
import { type Finding, finding } from "../base/reasons/finding.ts";
import { recordAnnotation } from "../rollout/record/annotations.ts";
import { titleOf } from "./route-view.ts";

/** The name under which the API server books Sluice's own writes. */
const ownManager = "sluice";

type Booking = { readonly manager: string; readonly time: string; readonly fields: unknown };

function bookings(object: KubeObject): readonly Booking[] {
  const entries = listOf(member(member(object, "metadata"), "managedFields")) ?? [];
  return entries
    .filter((entry) => textOf(member(entry, "subresource")) !== "status")
    .flatMap((entry) => {
      const manager = textOf(member(entry, "manager"));
      if (manager === undefined || manager === "") return [];
      return { manager, time: textOf(member(entry, "time")) ?? "", fields: member(entry, "fieldsV1") };
    });
}

const ownsList = (fields: unknown, list: string): boolean =>
  member(member(fields, "f:spec"), `f:${list}`) !== undefined;

/** Who owns a list below `spec`, the last writer first. Status writers own nothing there. */
export function managersOf(object: KubeObject, list: string): readonly string[] {
  const owners = bookings(object)
    .filter(({ fields }) => ownsList(fields, list))
    .toSorted((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0));
  return [...new Set(owners.map(({ manager }) => manager))];
}

/** Who else than Sluice owns the weights: the suspects when they are not what they should be. */
export function foreignManagers(object: KubeObject, list: string): readonly string[] {
  return managersOf(object, list).filter((manager) => manager !== ownManager);
}

/** When Sluice last wrote a list below `spec`, where no other manager owns it too and Sluice owns no record beside it. */
export function ownWrite(object: KubeObject, list: string): string | undefined {
  const owners = bookings(object).filter(({ fields }) => ownsList(fields, list));
  const isOwn = ({ manager, fields }: Booking) =>
    manager === ownManager &&
    member(member(member(fields, "f:metadata"), "f:annotations"), `f:${recordAnnotation}`) === undefined;
  return owners.every(isOwn)
    ? owners
        .map(({ time }) => time)
        .toSorted()
        .at(-1)
    : undefined;
}

/** Controllers that write weights of their own, by the managers and the key domains that give them away. */
const controllers = [
  { name: "Flagger", manager: /^flagger(-|$)/i, domain: /(^|\.)flagger\.app$/ },
  {
    name: "Argo Rollouts",
    manager: /^(argo-)?rollouts(-controller|-gatewayapi|$)/i,
    domain: /(^|\.)(argo-)?rollouts\.argoproj\.io$/,
  },
  { name: "KServe", manager: /^kserve/i, domain: /(^|\.)kserve\.io$/ },
  { name: "Knative", manager: /^(knative|net-istio)/i, domain: /(^|\.)knative\.dev$/ },
] as const;

/** The controller that a route belongs to, if any: it would overwrite weights that it did not write, or adopt them. */
export function ownedByController(object: KubeObject): Finding | undefined {
  const owner = ownerOf(object);
  if (owner === undefined) return undefined;
  const title = titleOf(object, textOf(member(object, "kind")) ?? "Route");
  return finding("owned-by-controller", { object: title, owner });
}

function ownerOf(object: KubeObject): string | undefined {
  const metadata = member(object, "metadata");
  const reference = (listOf(member(metadata, "ownerReferences")) ?? []).find(
    (entry) => member(entry, "controller") === true,
  );
  if (reference !== undefined) {
    const [kind, name] = [textOf(member(reference, "kind")), textOf(member(reference, "name"))];
    return `${kind ?? "an owner"} ${name ?? "without a name"}`;
  }
  const managers = bookings(object).map(({ manager }) => manager);
  const keys = ["labels", "annotations"].flatMap((map) => Object.keys(fieldsOf(member(metadata, map)) ?? {}));
  const domains = keys.filter((key) => key.includes("/")).map((key) => key.slice(0, key.indexOf("/")));
  const managedBy = textOf(member(member(metadata, "labels"), "app.kubernetes.io/managed-by")) ?? "";
  return controllers.find(
    ({ manager, domain }) =>
      [...managers, managedBy].some((word) => manager.test(word)) || domains.some((word) => domain.test(word)),
  )?.name;
}
