import { expect, it } from "vitest";
import { fieldSelector, type LabelSelection, labelSelector } from "../../../src/simulator/cluster/list-selectors.ts";

const pod = {
  metadata: { name: "web-1", namespace: "shop", labels: { app: "web", version: "v2", "example.com/tier": "" } },
};

function selects(selection: LabelSelection): boolean {
  if (selection.kind === "refused") throw new Error(selection.message);
  return selection.matches(pod);
}

it.each([
  ["", true],
  ["app=web", true],
  ["app==web", true],
  ["app=api", false],
  ["app!=api", true],
  ["missing!=x", true],
  ["app=web,version=v1", false],
  ["version in (v1, v2)", true],
  ["version notin (v1,v2)", false],
  ["missing notin (v1)", true],
  ["missing in (v1)", false],
  ["app in (web),version in (v2,v3)", true],
  ["example.com/tier", true],
  ["example.com/tier=", true],
  ["!app", false],
  ["!missing", true],
])("label selector %j: %s", (text, expected) => {
  expect(selects(labelSelector(text))).toBe(expected);
});

it.each([
  ["", true],
  ["metadata.name=web-1", true],
  ["metadata.name==web-1,metadata.namespace=shop", true],
  ["metadata.name!=web-1", false],
  ["metadata.namespace=other", false],
])("field selector %j: %s", (text, expected) => {
  expect(selects(fieldSelector(text))).toBe(expected);
});

it("refuses what it cannot read, in the server's words where it has some", () => {
  expect(labelSelector("==")).toMatchObject({ kind: "refused" });
  expect(labelSelector("app in web")).toMatchObject({ kind: "refused" });
  expect(fieldSelector("spec.host=x")).toEqual({ kind: "refused", message: "field label not supported: spec.host" });
  expect(fieldSelector("name")).toMatchObject({ kind: "refused" });
});
