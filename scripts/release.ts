import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commitOf, pack } from "./pack.ts";
import { notesOf, type Told } from "./release/changelog.ts";
import { type Lock, sbomOf } from "./release/sbom.ts";
import { type Signed, signedTag } from "./release/tag.ts";

/**
 * Checks that a tag may be released, and writes what is published with it: `node scripts/release.ts FOLDER`. It reads the tag
 * and where to ask about it from the variables of a workflow, and publishes nothing itself.
 */

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");

type Facts = {
  readonly tag: string;
  readonly version: string;
  readonly head: string;
  readonly isOnMain: boolean;
  readonly isClean: boolean;
  readonly signed: Signed;
  readonly told: Told;
};

export function releaseProblems({ tag, version, head, isOnMain, isClean, signed, told }: Facts): readonly string[] {
  const when = (holds: boolean, problem: string) => (holds ? [problem] : []);
  return [
    ...when(
      tag !== `v${version}`,
      `The tag is ${tag} and package.json says ${version}. Tag v${version}, or change the version first.`,
    ),
    ...("problem" in signed
      ? [signed.problem]
      : when(signed.commit !== head, `${tag} is of ${signed.commit}, and ${head} is checked out.`)),
    ...when(!isOnMain, `${head} is not on main. Merge it first, and tag the merged commit.`),
    ...when(!isClean, "The checkout has other files than its commit. Release from a fresh one."),
    ...("problem" in told ? [told.problem] : []),
  ];
}

function isOnMain(commit: string): boolean {
  try {
    execFileSync("git", ["merge-base", "--is-ancestor", commit, "origin/main"], { cwd: root, stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function write(out: string, commit: string, notes: string): void {
  const { name, version, license } = JSON.parse(read("package.json")) as {
    name: string;
    version: string;
    license: string;
  };
  const packed = pack({ dist: join(root, "dist"), commit, out });
  const lock = JSON.parse(read("package-lock.json")) as Lock;
  const sbom = sbomOf({ name, version, license, commit, licences: read("dist/licences.txt"), lock });
  writeFileSync(join(out, `${name}.cdx.json`), `${JSON.stringify(sbom, undefined, 2)}\n`);
  cpSync(join(root, "dist"), join(out, "dist"), { recursive: true });
  const files = [packed.name, `${name}.cdx.json`, ...readdirSync(join(out, "dist")).map((file) => `dist/${file}`)];
  const sum = (file: string) =>
    createHash("sha256")
      .update(readFileSync(join(out, file)))
      .digest("hex");
  writeFileSync(join(out, "SHA256SUMS"), files.map((file) => `${sum(file)}  ${file}\n`).join(""));
  writeFileSync(join(out, "notes.md"), `${notes}\n`);
  console.log(`${out}: ${packed.name}, ${name}.cdx.json with ${sbom.components.length} packages, SHA256SUMS, notes.md`);
}

async function main(out: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { version } = JSON.parse(read("package.json")) as { version: string };
  const tag = env["GITHUB_REF_NAME"] ?? "";
  const api = env["GITHUB_API_URL"] ?? "";
  const signed = await signedTag({
    api,
    tag,
    repository: env["GITHUB_REPOSITORY"] ?? "",
    token: env["GITHUB_TOKEN"] ?? "",
  });
  const head = execFileSync("git", ["rev-parse", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
  const told = notesOf(read("CHANGELOG.md"), version);
  const isClean = commitOf(root) === head;
  const problems = releaseProblems({ tag, version, head, isOnMain: isOnMain(head), isClean, signed, told });
  for (const problem of problems) console.error(problem);
  if (problems.length > 0 || "problem" in told) {
    process.exitCode = 1;
    return;
  }
  mkdirSync(out, { recursive: true });
  write(out, head, told.notes);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2] ?? "release", process.env);
