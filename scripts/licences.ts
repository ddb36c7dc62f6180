import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The licences of everything that a bundle holds, as one text; a licence that may not be shipped is an error. */

const allowed = new Set(["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Apache-2.0", "PSF-2.0", "Unlicense"]);

type Manifest = { readonly name: string; readonly version: string; readonly license?: string };

/** The folder of the package that a module belongs to: the last `node_modules` in its path counts. */
function packageFolder(moduleId: string): string | undefined {
  const match = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(moduleId);
  return match?.[1];
}

function licenceText(folder: string): string {
  const file = readdirSync(folder).find((name) => /^licen[cs]e(\.|$|-)/i.test(name));
  return file === undefined ? "" : readFileSync(join(folder, file), "utf8").trim().replace(/\r\n/g, "\n");
}

export function licencesOf(moduleIds: Iterable<string>): string {
  const folders = new Set([...moduleIds].flatMap((id) => packageFolder(id.replace(/^\0/, "")) ?? []));
  const packages = [...folders]
    .filter((folder) => existsSync(join(folder, "package.json")))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest }))
    .toSorted((a, b) => (a.manifest.name < b.manifest.name ? -1 : a.manifest.name > b.manifest.name ? 1 : 0));
  const refused = packages.filter(({ manifest }) => !allowed.has(manifest.license ?? ""));
  if (refused.length > 0) {
    const names = refused.map(({ manifest }) => `${manifest.name} (${manifest.license ?? "no licence"})`).join(", ");
    throw new Error(`The bundle would hold packages under licences that may not be shipped: ${names}.`);
  }
  return packages
    .map(
      ({ folder, manifest }) => `${manifest.name} ${manifest.version}\n${manifest.license}\n\n${licenceText(folder)}\n`,
    )
    .join("\n----------------------------------------\n\n");
}
