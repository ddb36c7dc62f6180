import { isMembers, type Members, sameJson, setMember } from "../../base/json-value.ts";
import type { KubeObject } from "../../base/kube-object.ts";
import type { Millis } from "../../base/units.ts";
import type { ResourceName } from "../../ports/cluster.ts";
import type { Admission, Review } from "./admission.ts";
import { ownership } from "./field-ownership.ts";
import { causes, conform, incomplete } from "./kind-schema.ts";
import type { Kind } from "./served-kinds.ts";
import type { SimulatedResponse } from "./server-responses.ts";
import * as answers from "./server-responses.ts";

/** How a write is made: the query of the request. */
export type Write = {
  readonly manager?: string;
  readonly dryRun?: boolean;
  /** What becomes of unknown fields: the server's default is to warn of them. */
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore";
  readonly operation?: "Update" | "Apply";
  readonly subresource?: "status";
};

type Proposal = {
  readonly now: Millis;
  readonly resource: ResourceName;
  readonly kind: Kind;
  readonly before: KubeObject | undefined;
  readonly admissions: readonly Admission[];
  readonly write: Write;
  /** Set by a deletion that has to wait for finalizers. */
  readonly deletes: boolean;
};

/** `same`: nothing changed, hence nothing is stored and the version stays. */
type WriteResult = { readonly object: KubeObject; readonly warnings: readonly string[]; readonly same: boolean };

/** All annotations of one object together. */
const annotationBytes = 262_144;

/** What the server would store for the proposed object, or its refusal; in the order in which a server goes about it. */
export function settle(proposal: Proposal, proposed: Members): WriteResult | SimulatedResponse {
  const misnamed = identityRefusal(proposal, proposed);
  if (misnamed !== undefined) return misnamed;
  const unreadable = mapRefusal(proposed);
  if (unreadable !== undefined) return unreadable;

  const decoded = normal(proposal, proposed);
  const { fieldValidation = "Warn" } = proposal.write;
  const unknown = decoded.unknown.map((path) => `unknown field "${path}"`);
  if (unknown.length > 0 && fieldValidation === "Strict") {
    return answers.undecodable(proposed, `strict decoding error: ${unknown.join(", ")}`);
  }
  const warnings = fieldValidation === "Warn" ? unknown : [];

  const mutated = admit(proposal, decoded.object, true, warnings);
  if ("code" in mutated) return mutated;
  const unchanged = (mutated.object as unknown) === decoded.object;
  const object = unchanged ? decoded.object : normal(proposal, mutated.object).object;
  const wrong = schemaCauses(proposal, object);
  if (wrong.length > 0) return answers.invalid(proposal.kind, proposal.resource.name, wrong);
  const judged = admit(proposal, object as unknown as KubeObject, false, mutated.warnings);
  if ("code" in judged) return judged;
  return finished(proposal, object, judged.warnings);
}

function identityRefusal({ resource, before, kind }: Proposal, proposed: Members): SimulatedResponse | undefined {
  const metadata = isMembers(proposed["metadata"]) ? proposed["metadata"] : {};
  const { name, uid, resourceVersion } = metadata;
  if (name !== resource.name) {
    const words = `the name of the object (${String(name)}) does not match the name on the URL (${resource.name})`;
    return answers.badRequest(
      typeof name === "string"
        ? words
        : `the name of the object (${resource.name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (before === undefined) return undefined;
  if (resourceVersion === undefined || resourceVersion === "") return answers.versionMissing(resource);
  if (resourceVersion !== before.metadata.resourceVersion) return answers.conflict(resource);
  if (uid === undefined || uid === before.metadata.uid) return undefined;
  const message = `Invalid value: ${JSON.stringify(uid)}: field is immutable`;
  return answers.invalid(kind, resource.name, [{ reason: "FieldValueInvalid", message, field: "metadata.uid" }]);
}

function mapRefusal(proposed: Members): SimulatedResponse | undefined {
  const metadata = isMembers(proposed["metadata"]) ? proposed["metadata"] : {};
  for (const name of ["labels", "annotations"]) {
    const map = metadata[name] ?? {};
    if (!isMembers(map)) {
      const because = `json: cannot unmarshal ${nameInGo(map)} into Go struct field ObjectMeta.${name} of type map[string]string`;
      return answers.undecodable(proposed, because);
    }
    const odd = Object.values(map).find((value) => typeof value !== "string");
    if (odd !== undefined) {
      const because = `json: cannot unmarshal ${nameInGo(odd)} into Go struct field ObjectMeta.${name} of type string`;
      return answers.undecodable(proposed, because);
    }
  }
  return undefined;
}

function nameInGo(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return isMembers(value) ? "object" : typeof value === "boolean" ? "bool" : typeof value;
}

/** Unknown fields out, defaults in, what the server itself keeps as it was. */
function normal({ kind, before, write, deletes, resource }: Proposal, proposed: Members | KubeObject) {
  const { metadata: given, spec, status, ...rest } = proposed as Members;
  const metadata = metadataOf(isMembers(given) ? given : {}, before?.metadata as Members | undefined, deletes);
  if (resource.namespace !== "") metadata["namespace"] = resource.namespace;
  const shaped = conform(spec, kind.spec ?? "any", "spec");
  const byStatus = write.subresource === "status";
  const object: Members = { ...rest, apiVersion: apiVersionOf(kind), kind: kind.kind, metadata };
  setIfPresent(object, "spec", byStatus ? before?.spec : shaped.value);
  // The status has a door of its own, and only what comes through that door changes it.
  setIfPresent(object, "status", byStatus || before === undefined || kind.builtIn ? status : before.status);
  return { object, unknown: byStatus ? [] : shaped.unknown };
}

const serverOnly = ["uid", "creationTimestamp", "generation", "managedFields", "resourceVersion"];
const ofDeletion = ["deletionTimestamp", "deletionGracePeriodSeconds"];

/** The server's own fields as they were; empty maps and lists are not kept in metadata. */
function metadataOf(given: Members, kept: Members | undefined, deletes: boolean): Members {
  const fixed = [...(kept === undefined ? [] : serverOnly), ...(deletes ? [] : ofDeletion)];
  const metadata: Members = {};
  const keep = (name: string, value: unknown) => {
    const isEmpty = typeof value === "object" && (value === null || isEmptyObject(value));
    if (value !== undefined && !isEmpty) setMember(metadata, name, value);
  };
  for (const name of Object.keys(given)) keep(name, fixed.includes(name) ? kept?.[name] : given[name]);
  for (const name of fixed) if (!Object.hasOwn(metadata, name)) keep(name, kept?.[name]);
  return metadata;
}

function isEmptyObject(value: object): boolean {
  return Object.keys(value).length === 0;
}

function setIfPresent(object: Members, name: string, value: unknown): void {
  if (value !== undefined) setMember(object, name, value);
}

export function apiVersionOf(kind: Pick<Kind, "group" | "versions">, version = kind.versions[0] ?? "v1"): string {
  return kind.group === "" ? version : `${kind.group}/${version}`;
}

function schemaCauses({ kind }: Proposal, object: Members) {
  const found = object["spec"] === undefined ? [] : causes(object["spec"], kind.spec ?? "any", "spec");
  const metadata = object["metadata"] as Members;
  const annotations = isMembers(metadata["annotations"]) ? metadata["annotations"] : {};
  const text = Object.entries(annotations).flat().join("");
  // Bytes are counted only where there could be too many: a unit of text makes three of them at most.
  const bytes = text.length * 3 > annotationBytes ? new TextEncoder().encode(text).length : 0;
  if (bytes > annotationBytes) {
    const message = `Too long: may not be more than ${annotationBytes} bytes`;
    found.push({ reason: "FieldValueTooLong", message, field: "metadata.annotations" }, incomplete);
  }
  return found;
}

function admit(
  { resource, before, write, admissions }: Proposal,
  object: Members | KubeObject,
  mutates: boolean,
  sofar: readonly string[],
): { object: KubeObject; warnings: readonly string[] } | SimulatedResponse {
  const review = {
    operation: before === undefined ? "CREATE" : "UPDATE",
    resource,
    before,
    manager: write.manager ?? "unknown",
    dryRun: write.dryRun === true,
  } satisfies Omit<Review, "object">;
  const warnings = [...sofar];
  let current = object as unknown as KubeObject;
  for (const admission of admissions.filter((one) => one.mutates === mutates)) {
    const said = admission.review({ ...review, object: current });
    if (said.kind === "denied") return { ...answers.refusal(said), isAdmission: true };
    current = said.object ?? current;
    warnings.push(...(said.warnings ?? []));
  }
  return { object: current, warnings };
}

function finished({ now, before, kind, write }: Proposal, object: Members, warnings: readonly string[]): WriteResult {
  if (before !== undefined && sameJson(object, before)) return { object: before, warnings, same: true };
  const metadata = { ...(object["metadata"] as Members) };
  const generation = before?.metadata.generation ?? 0;
  metadata["generation"] = before !== undefined && sameDesire(before as Members, object) ? generation : generation + 1;
  metadata["managedFields"] = ownership(before as Members | undefined, object, {
    manager: write.manager ?? "unknown",
    operation: write.operation ?? "Update",
    ...(write.subresource && { subresource: write.subresource }),
    apiVersion: apiVersionOf(kind),
    time: rfc3339(now),
  });
  return { object: frozen({ ...object, metadata }) as unknown as KubeObject, warnings, same: false };
}

/** Whether two objects ask for the same: then the generation stays. A deletion asks for something new. */
function sameDesire(a: Members, b: Members): boolean {
  const { metadata: left, status: _left, ...restA } = a;
  const { metadata: right, status: _right, ...restB } = b;
  const ends = (metadata: unknown) => isMembers(metadata) && metadata["deletionTimestamp"] !== undefined;
  return sameJson(restA, restB) && ends(left) === ends(right);
}

export function rfc3339(at: Millis): string {
  return `${new Date(at).toISOString().slice(0, -5)}Z`;
}

/** A version that was handed out is never changed again; freezing makes a caller that tries fail at once. */
export function frozen<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) frozen(member);
  }
  return value;
}

/** An object at its creation: whatever the client claimed of the server's own fields does not count. */
export function born(object: Members, uid: string, now: Millis): Members {
  const given = isMembers(object["metadata"]) ? object["metadata"] : {};
  const {
    resourceVersion: _version,
    generation: _generation,
    managedFields: _fields,
    deletionTimestamp: _end,
    ...kept
  } = given;
  return { ...object, metadata: { ...kept, uid, creationTimestamp: rfc3339(now) } };
}
