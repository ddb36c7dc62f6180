import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Packs the command line as an npm package: `node scripts/pack.ts FOLDER` writes it there and lists what it holds. The bundle
 * has everything in it, so the package's manifest names no dependency; that of the repository names those that are bundled.
 */

const root = fileURLToPath(new URL("..", import.meta.url));

type Packing = { readonly dist: string; readonly commit: string | undefined; readonly out: string };
type Packed = { readonly name: string; readonly files: readonly string[] };

/** What a program needs to be told of the package; everything else in package.json is about working on it. */
const kept = ["name", "version", "description", "license", "type", "engines", "bin"];

export function pack({ dist, commit, out }: Packing): Packed {
  const folder = mkdtempSync(join(tmpdir(), "sluice-package-"));
  try {
    const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, unknown>;
    const manifest = Object.fromEntries(kept.map((key) => [key, own[key]]));
    writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
    writeFileSync(join(folder, "commit.txt"), `${commit ?? "unknown"}\n`);
    for (const name of ["README.md", "LICENSE"]) cpSync(join(root, name), join(folder, name));
    cpSync(dist, join(folder, "dist"), { recursive: true });
    mkdirSync(out, { recursive: true });
    const said = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", resolve(out)], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [one] = JSON.parse(said) as { filename: string; files: { path: string }[] }[];
    if (one === undefined) throw new Error(`npm pack wrote no package: ${said}`);
    return { name: one.filename, files: one.files.map(({ path }) => path).toSorted() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The commit that the files are of; none where git does not know them or has other ones. */
export function commitOf(folder: string): string | undefined {
  const git = (...words: string[]) => execFileSync("git", words, { cwd: folder, encoding: "utf8" }).trim();
  return existsSync(join(folder, ".git")) && git("status", "--porcelain") === "" ? git("rev-parse", "HEAD") : undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , out] = process.argv;
  if (out === undefined) throw new Error("Name the folder: node scripts/pack.ts FOLDER");
  const commit = commitOf(root);
  if (commit === undefined) console.error("Packed without a commit: git has other files than these, or none.");
  const { name, files } = pack({ dist: join(root, "dist"), commit, out });
  for (const file of files) console.log(file);
  console.log(`${join(out, name)}: ${files.length} files`);
}
