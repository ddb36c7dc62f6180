import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { keeps } from "./ratchet.ts";
import { filesIn, sources } from "./tree.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const json = (path: string): unknown => JSON.parse(readFileSync(join(root, path), "utf8"));
const manifest = json("package.json") as Record<string, Record<string, string>>;

test("every version is exact, and the lock file names no host", () => {
  const versions = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((kind) =>
    Object.entries(manifest[kind] ?? {}),
  );
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  const { packages } = json("package-lock.json") as {
    packages: Record<string, { resolved?: string; integrity?: string }>;
  };
  const entries = Object.entries(packages);
  expect(entries.filter(([, { resolved }]) => resolved !== undefined).map(([name]) => name)).toEqual([]);
  expect(
    entries.filter(([name, { integrity }]) => name !== "" && integrity === undefined).map(([name]) => name),
  ).toEqual([]);
});

test("at most ten packages are needed at run time", () => {
  expect(Object.keys(manifest["dependencies"] ?? {}).length).toBeLessThanOrEqual(10);
});

test("the record's annotation does not wake istiod", () => {
  const texts = sources.map((path) => readFileSync(join(root, path), "utf8"));
  const keys = texts.flatMap((text) => [...text.matchAll(/(?:recordAnnotation|followsAnnotation) = "([^"]+)"/g)]);
  expect(keys.length).toBeGreaterThan(0);
  const loud = keys.map(([, key = ""]) => key).filter((key) => key.includes("istio.io"));
  expect(loud, "istiod pushes to every proxy when an annotation with its name changes").toEqual([]);
});

test("tests stand where their source stands", () => {
  const suites = /^(test\/(house|simulation|action|docs|examples|browser|servers|runner|fixtures|lab)\/)/;
  const homeless = filesIn("test", ".test.ts")
    .filter((path) => path.split("/").length > 2 && !suites.test(path))
    .filter((path) => {
      const source = path.replace(/^test\//, "src/").replace(/\.test\.ts$/, "");
      return !sources.some((one) => one === `${source}.ts` || one.startsWith(`${source}/`));
    })
    .filter((path) => !/(contract|properties|golden|enumeration|stopping|bench)/.test(basename(path)));
  keeps("tests-mirror-sources", "a test that is hard to find is not read", homeless);
});
