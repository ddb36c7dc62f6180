import { createHash } from "node:crypto";

/** What the bundle is made of, as a CycloneDX document: the packages that it holds, not those that package.json asks for. */

export type Lock = {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
};
type Of = {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly commit: string;
  readonly licences: string;
  readonly lock: Lock;
};

const separator = `\n${"-".repeat(40)}\n\n`;

export function sbomOf({ name, version, license, commit, licences, lock }: Of) {
  const components = licences.split(separator).map((text) => componentOf(text, lock));
  const self = { type: "application", "bom-ref": name, name, version, licenses: [{ license: { id: license } }] };
  const content = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { ...self, properties: [{ name: "sluice:commit", value: commit }] } },
    components,
    // The bundle holds all of them side by side: who asked for whom is gone.
    dependencies: [{ ref: name, dependsOn: components.map((one) => one["bom-ref"]) }],
  };
  return { ...content, serialNumber: serialOf(JSON.stringify(content)) };
}

function componentOf(text: string, lock: Lock) {
  const [heading = "", licence = ""] = text.split("\n");
  const [whole = "", version = ""] = heading.split(" ");
  const [, group, name = whole] = /^(@[^/]+)\/(.+)$/.exec(whole) ?? [];
  const locked = Object.entries(lock.packages).find(
    ([path, entry]) => path.endsWith(`node_modules/${whole}`) && entry.version === version,
  )?.[1];
  if (locked?.integrity === undefined)
    throw new Error(`${heading} is in dist/licences.txt and not in package-lock.json. Run \`make dist\`.`);
  const purl = `pkg:npm/${group === undefined ? "" : `${group.replace("@", "%40")}/`}${name}@${version}`;
  return {
    type: "library",
    "bom-ref": purl,
    ...(group === undefined ? {} : { group }),
    name,
    version,
    purl,
    licenses: [{ license: { id: licence } }],
    hashes: [
      { alg: "SHA-512", content: Buffer.from(locked.integrity.replace("sha512-", ""), "base64").toString("hex") },
    ],
  };
}

/** A UUID of the content, in the form of version 8, so that the same release makes the same document. */
function serialOf(content: string): string {
  const hash = createHash("sha256").update(content).digest("hex");
  return `urn:uuid:${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
