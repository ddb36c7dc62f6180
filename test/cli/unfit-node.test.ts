import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { unfitNode } from "../../src/cli/unfit-node.ts";

test("an older Node than package.json asks for is named, and the one that runs this is fit", () => {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { engines } = JSON.parse(manifest) as { engines: { node: string } };
  const oldest = Number(/^>=(\d+)$/.exec(engines.node)?.[1]);
  expect(unfitNode(`${oldest - 1}.9.9`)).toBe(
    `Sluice needs Node ${oldest} or newer, and this is Node ${oldest - 1}.9.9. Install Node ${oldest} and run the command again.`,
  );
  expect(unfitNode(`${oldest}.0.0`)).toBeUndefined();
  expect(unfitNode(process.versions.node)).toBeUndefined();
});
