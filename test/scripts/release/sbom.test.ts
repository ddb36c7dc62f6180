import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type Lock, sbomOf } from "../../../scripts/release/sbom.ts";
import { bundle } from "../../action/bundle.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lock;
const licences = readFileSync(join(bundle(), "dist/licences.txt"), "utf8");
const commit = "635156d0cfa1b2c3d4e5f60718293a4b5c6d7e8f";
const sbom = sbomOf({ name: "sluice", version: "0.1.0", license: "Apache-2.0", commit, licences, lock });

test("names each package of the bundle with version, licence and digest, and no other", () => {
  const names = [...licences.matchAll(/(?:^|-{40}\n\n)(\S+) (\d\S*)\n/g)].map(
    ([, name, version]) => `${name}@${version}`,
  );
  expect(names.length).toBeGreaterThan(20);
  expect(
    sbom.components.map(({ name, version, group }) => `${group === undefined ? "" : `${group}/`}${name}@${version}`),
  ).toEqual(names);
  for (const { purl, licenses, hashes } of sbom.components) {
    expect(purl).toMatch(/^pkg:npm\/(%40[^/]+\/)?[^/@]+@\d/);
    expect(licenses[0]?.license.id).toMatch(/^[\w.-]+$/);
    expect(hashes[0]?.content).toMatch(/^[0-9a-f]{128}$/);
  }
});

test("is of one commit, and the same each time it is made", () => {
  expect(sbom.metadata.component).toMatchObject({ name: "sluice", version: "0.1.0" });
  expect(sbom.metadata.component.properties).toEqual([{ name: "sluice:commit", value: commit }]);
  expect(sbomOf({ name: "sluice", version: "0.1.0", license: "Apache-2.0", commit, licences, lock })).toEqual(sbom);
  expect(sbom.dependencies[0]?.dependsOn).toEqual(sbom.components.map((one) => one["bom-ref"]));
});

test("a package that the lock file does not have is an error, not a gap", () => {
  const other = licences.replace(/^\S+ \S+\n/, "left-pad 1.3.0\n");
  expect(() =>
    sbomOf({ name: "sluice", version: "0.1.0", license: "Apache-2.0", commit, licences: other, lock }),
  ).toThrow("left-pad 1.3.0 is in dist/licences.txt and not in package-lock.json. Run `make dist`.");
});
