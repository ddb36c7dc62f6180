import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cache = join(root, "node_modules/.cache/bundle");

/** Everything that the bundle is made from. */
const sources = ["src", "scripts/build.ts", "package.json", "package-lock.json", "tsconfig.json", "action.yml"];

function filesIn(path: string): string[] {
  if (statSync(join(root, path)).isFile()) return [path];
  const entries = readdirSync(join(root, path), { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? filesIn(`${path}/${entry.name}`) : `${path}/${entry.name}`));
}

function digest(): string {
  const hash = createHash("sha256");
  for (const file of sources.flatMap(filesIn).sort()) hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  return hash.digest("hex").slice(0, 16);
}

/**
 * The folder of an action that was built from the sources as they are now: the one that is committed may be older, and
 * must not make a test pass. Equal sources are built once, whichever test file comes first.
 */
function build(): string {
  const folder = join(cache, digest());
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(join(cache, "draft-"));
  forgetOlderThan(draft);
  execFileSync(process.execPath, [join(root, "scripts/build.ts"), join(draft, "dist")], { stdio: "pipe" });
  // The manifest says that the files are modules.
  for (const name of ["action.yml", "package.json"]) cpSync(join(root, name), join(draft, name));
  try {
    renameSync(draft, folder);
  } catch (error) {
    // Another test file has built the same meanwhile.
    if (!existsSync(folder)) throw error;
    rmSync(draft, { recursive: true, force: true });
  }
  return folder;
}

/** Those of older sources, but for what another run may be using now. */
function forgetOlderThan(draft: string): void {
  const keepMs = 3_600_000;
  const now = statSync(draft).mtimeMs;
  for (const name of readdirSync(cache)) {
    const folder = join(cache, name);
    const found = statSync(folder, { throwIfNoEntry: false });
    if (found !== undefined && now - found.mtimeMs > keepMs) rmSync(folder, { recursive: true, force: true });
  }
}

let built: string | undefined;

/** The action as it would be shipped now. */
export function bundle(): string {
  built ??= build();
  return built;
}
