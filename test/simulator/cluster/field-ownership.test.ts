import { describe, expect, it } from "vitest";
import type { Members } from "../../../src/base/json-value.ts";
import { ownership, type Writer } from "../../../src/simulator/cluster/field-ownership.ts";

const writer = (manager: string, more: Partial<Writer> = {}): Writer => ({
  manager,
  operation: "Update",
  apiVersion: "v1",
  time: "2026-01-05T09:00:00Z",
  ...more,
});

/** The object after some writes, each by its manager, and who owns what in the end. */
function owners(...writes: readonly (readonly [Writer, Members])[]) {
  let before: Members | undefined;
  let fields: ReturnType<typeof ownership> = [];
  for (const [by, content] of writes) {
    const metadata = { ...(content["metadata"] as Members | undefined), name: "x" };
    const after: Members = { ...content, metadata };
    fields = ownership(before, after, by);
    before = { ...after, metadata: { ...metadata, managedFields: fields } };
  }
  return fields.map(({ manager, fieldsV1 }) => [manager, fieldsV1]);
}

describe("who owns which field", () => {
  it("takes over what it changes and leaves the rest", () => {
    const result = owners(
      [writer("kubectl"), { spec: { hosts: ["a"], http: [1] } }],
      [writer("sluice"), { spec: { hosts: ["a"], http: [2] } }],
    );
    expect(result).toEqual([
      ["kubectl", { "f:spec": { ".": {}, "f:hosts": {} } }],
      ["sluice", { "f:spec": { "f:http": {} } }],
    ]);
  });

  it("gathers what one manager writes at several times, and drops a manager that owns nothing any more", () => {
    const result = owners(
      [writer("kubectl"), { metadata: { labels: { a: "1" } } }],
      [writer("sluice"), { metadata: { labels: { a: "1", b: "1" } } }],
      [writer("sluice"), { metadata: { labels: { b: "1" }, annotations: { note: "x" } } }],
    );
    expect(result).toEqual([
      ["kubectl", { "f:metadata": { "f:labels": { ".": {} } } }],
      ["sluice", { "f:metadata": { "f:labels": { "f:b": {} }, "f:annotations": { ".": {}, "f:note": {} } } }],
    ]);
  });

  it("tells apart Update and Apply, and the door of the status, of one manager", () => {
    const result = owners(
      [writer("tool", { operation: "Apply" }), { spec: { hosts: ["a"] } }],
      [writer("tool"), { spec: { hosts: ["b"] } }],
      [writer("tool", { subresource: "status" }), { spec: { hosts: ["b"] }, status: { seen: 1 } }],
    );
    expect(result).toEqual([
      ["tool", { "f:spec": { "f:hosts": {} } }],
      ["tool", { "f:status": { ".": {}, "f:seen": {} } }],
    ]);
  });

  it("does not mind a write that changes nothing", () => {
    const spec = { hosts: ["a"] };
    expect(owners([writer("a"), { spec }], [writer("b"), { spec }])).toEqual([
      ["a", { "f:spec": { ".": {}, "f:hosts": {} } }],
    ]);
  });
});
