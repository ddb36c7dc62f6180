import { isMembers, type Members, sameJson, setMember } from "../../base/json-value.ts";
import type { KubeObject } from "../../base/kube-object.ts";

export type Writer = {
  readonly manager: string;
  readonly operation: "Update" | "Apply";
  readonly subresource?: "status";
  readonly apiVersion: string;
  readonly time: string;
};
type Entry = NonNullable<KubeObject["metadata"]["managedFields"]>[number];

/** Who owns which field after a write: what changed goes over to the writer, what is gone belongs to nobody. */
export function ownership(before: Members | undefined, after: Members, writer: Writer): Entry[] {
  const changed = difference(owned(before ?? {}), owned(after));
  const entries = (before === undefined ? [] : managedFields(before)).map((entry) => ({
    entry,
    fields: without(isMembers(entry.fieldsV1) ? entry.fieldsV1 : {}, changed.gone, changed.set),
  }));
  const own = entries.find(({ entry }) => isSameWriter(entry, writer));
  if (Object.keys(changed.set).length > 0) {
    const { manager, operation, subresource, apiVersion, time } = writer;
    const entry = { manager, operation, apiVersion, time, fieldsType: "FieldsV1", ...(subresource && { subresource }) };
    const fields = union(own?.fields ?? {}, writer.operation === "Apply" ? withoutSelf(changed.set) : changed.set);
    if (own === undefined) entries.push({ entry, fields });
    else Object.assign(own, { entry, fields });
  }
  return entries
    .filter(({ fields }) => Object.keys(fields).length > 0)
    .map(({ entry, fields }) => ({ ...entry, fieldsV1: fields }));
}

function managedFields(object: Members): readonly Entry[] {
  const metadata = object["metadata"];
  return isMembers(metadata) && Array.isArray(metadata["managedFields"]) ? metadata["managedFields"] : [];
}

function isSameWriter(entry: Entry, writer: Writer): boolean {
  return (
    entry.manager === writer.manager &&
    entry.operation === writer.operation &&
    (entry.subresource ?? "") === (writer.subresource ?? "")
  );
}

/** The part of an object whose fields have owners. */
function owned(object: Members): Members {
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = object;
  if (!isMembers(metadata)) return rest;
  const parts = ["labels", "annotations", "finalizers", "ownerReferences"].filter(
    (name) => metadata[name] !== undefined,
  );
  if (parts.length === 0) return rest;
  return { metadata: Object.fromEntries(parts.map((name) => [name, metadata[name]])), ...rest };
}

/** Both answers are trees of `f:NAME`; a `.` stands for the object itself. A list is one field, as the route kinds declare. */
function difference(before: Members, after: Members): { set: Members; gone: Members } {
  const set: Members = {};
  const gone: Members = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [before[name], after[name]];
    if (sameJson(old, now)) continue;
    if (isMembers(now)) {
      const inner = difference(isMembers(old) ? old : {}, now);
      if (!isMembers(old) && name !== "metadata") inner.set["."] = {};
      if (Object.keys(inner.set).length > 0) setMember(set, `f:${name}`, inner.set);
      if (Object.keys(inner.gone).length > 0) setMember(gone, `f:${name}`, inner.gone);
    } else setMember(now === undefined ? gone : set, `f:${name}`, {});
  }
  return { set, gone };
}

function without(fields: Members, ...taken: readonly Members[]): Members {
  const left: Members = {};
  for (const name of Object.keys(fields)) {
    const inner = fields[name];
    const takes = taken.map((tree) => tree[name]).filter(isMembers);
    if (!isMembers(inner) || takes.length === 0) setMember(left, name, inner);
    else if (takes.every((tree) => Object.keys(tree).length > 0) && Object.keys(inner).length > 0) {
      const rest = without(inner, ...takes);
      if (Object.keys(rest).length > 0) setMember(left, name, rest);
    }
  }
  return left;
}

function union(a: Members, b: Members): Members {
  const both: Members = { ...a };
  for (const name of Object.keys(b)) {
    const [left, right] = [a[name], b[name]];
    setMember(both, name, isMembers(left) && isMembers(right) ? union(left, right) : right);
  }
  return both;
}

function withoutSelf(tree: Members): Members {
  const left: Members = {};
  for (const name of Object.keys(tree)) {
    const inner = tree[name];
    if (name !== ".") setMember(left, name, isMembers(inner) ? withoutSelf(inner) : inner);
  }
  return left;
}
