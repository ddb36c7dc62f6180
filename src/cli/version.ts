import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * The line of `sluice --version`. dist/ is committed with its sources and cannot hold the hash of its own commit, so the
 * commit stands beside it: in `commit.txt`, which git fills in each archive and `make pack` in each package. In a checkout the
 * file is unfilled and git answers, but only for a checkout of Sluice: the repository around an installed copy is another one.
 */
export function versionLine(folder: string, node: string, fromGit: FromGit): string {
  const root = rootAbove(folder);
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const commit = recorded(root) ?? checkedOut(root, fromGit);
  return `sluice ${version} (${commit === undefined ? "" : `${commit}, `}Node ${node})`;
}

/** The nearest folder with a manifest: the sources stand deeper in it than the bundle does. */
function rootAbove(folder: string): string {
  const above = dirname(folder);
  return above === folder || existsSync(join(folder, "package.json")) ? folder : rootAbove(above);
}

type FromGit = (folder: string, words: readonly string[]) => string | undefined;

const shown = (hash: string) => hash.slice(0, 7);

function recorded(root: string): string | undefined {
  const path = join(root, "commit.txt");
  const hash = existsSync(path) ? readFileSync(path, "utf8").trim() : "";
  return /^[0-9a-f]{40,64}$/.test(hash) ? shown(hash) : undefined;
}

function checkedOut(root: string, fromGit: FromGit): string | undefined {
  if (!existsSync(join(root, ".git"))) return undefined;
  const hash = fromGit(root, ["rev-parse", "HEAD"]);
  if (hash === undefined) return undefined;
  return fromGit(root, ["status", "--porcelain"]) === "" ? shown(hash) : `${shown(hash)} with changes`;
}
