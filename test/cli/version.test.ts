import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { bundle } from "../action/bundle.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
const node = process.versions.node;

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-version-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** No identity, hook or signing key of this machine takes part. */
const git = (folder: string, ...words: string[]): string =>
  execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...words], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: folder, GIT_CONFIG_NOSYSTEM: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();

/** The bundle beside its manifest, as a checkout, an archive and a package lay it out. */
function laidOut(commit?: string, folder = emptyFolder()): string {
  for (const name of ["package.json", "dist"]) cpSync(join(bundle(), name), join(folder, name), { recursive: true });
  if (commit !== undefined) writeFileSync(join(folder, "commit.txt"), commit);
  return folder;
}

const versionOf = (folder: string): string =>
  execFileSync(process.execPath, [join(folder, "dist/cli.js"), "--version"], {
    cwd: dirname(folder),
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: folder, GIT_CONFIG_NOSYSTEM: "1" },
  });

describe("--version names version, commit and Node", () => {
  test("of an archive or a package, which carry their commit", () => {
    const folder = laidOut("635156d0cfa1b2c3d4e5f60718293a4b5c6d7e8f\n");
    expect(versionOf(folder)).toBe(`sluice ${version} (635156d, Node ${node})\n`);
  });

  test("of a checkout, whose commit git knows", () => {
    const folder = laidOut("$Format:%H$\n");
    git(folder, "init", "--quiet");
    git(folder, "add", "--all");
    git(folder, "commit", "--quiet", "--message", "test");
    const commit = git(folder, "rev-parse", "HEAD").slice(0, 7);
    expect(versionOf(folder)).toBe(`sluice ${version} (${commit}, Node ${node})\n`);
    writeFileSync(join(folder, "package.json"), readFileSync(join(folder, "package.json"), "utf8").concat("\n"));
    expect(versionOf(folder), "changed files are not what the commit has").toBe(
      `sluice ${version} (${commit} with changes, Node ${node})\n`,
    );
  });

  test("of a copy that knows no commit: none is named, least of all the one of the repository around it", () => {
    expect(versionOf(laidOut())).toBe(`sluice ${version} (Node ${node})\n`);
    const around = emptyFolder();
    git(around, "init", "--quiet");
    git(around, "commit", "--quiet", "--allow-empty", "--message", "test");
    expect(versionOf(laidOut("$Format:%H$\n", join(around, "vendor")))).toBe(`sluice ${version} (Node ${node})\n`);
  });
});

test("git writes the commit into each archive, which is what a runner downloads", () => {
  const folder = emptyFolder();
  for (const name of [".gitattributes", "commit.txt"]) cpSync(join(root, name), join(folder, name));
  git(folder, "init", "--quiet");
  git(folder, "add", "--all");
  git(folder, "commit", "--quiet", "--message", "test");
  const archive = execFileSync("git", ["archive", "--format=tar", "HEAD", "commit.txt"], { cwd: folder });
  expect(execFileSync("tar", ["-xO"], { input: archive, encoding: "utf8" }).trim()).toBe(
    git(folder, "rev-parse", "HEAD"),
  );
});

test("--version stands in the help", () => {
  const help = execFileSync(process.execPath, [join(bundle(), "dist/cli.js"), "--help"], { encoding: "utf8" });
  expect(help).toMatch(/^ {2}--version +the version, its commit and the Node that runs it$/m);
});
