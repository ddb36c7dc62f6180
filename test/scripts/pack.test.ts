import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { pack } from "../../scripts/pack.ts";
import { bundle } from "../action/bundle.ts";

/** The command line as people install it: packed from the bundle, into a folder that knows nothing of this project. */

const root = fileURLToPath(new URL("../..", import.meta.url));
const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, unknown>;
const commit = "635156d0cfa1b2c3d4e5f60718293a4b5c6d7e8f";

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-pack-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** With this Node, without a network, and with none of the settings of this machine or of `npm test`. */
const run = (folder: string, program: string, ...words: string[]): string =>
  execFileSync(program, words, {
    cwd: folder,
    encoding: "utf8",
    env: {
      PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
      HOME: folder,
      npm_config_cache: join(folder, ".npm"),
      npm_config_offline: "true",
      npm_config_update_notifier: "false",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });

function packed(
  of: string | undefined,
  out = emptyFolder(),
): { readonly file: string; readonly names: readonly string[] } {
  const { name, files } = pack({ dist: join(bundle(), "dist"), commit: of, out });
  return { file: join(out, name), names: files };
}

const folder = mkdtempSync(join(tmpdir(), "sluice-packed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let once: ReturnType<typeof packed> | undefined;
const thePackage = () => {
  once ??= packed(commit, folder);
  return once;
};

describe("the package of the command line", () => {
  test("holds the bundle, its licences, its commit and what explains it, and asks for no other package", () => {
    const { file, names } = thePackage();
    const dist = readdirSync(join(bundle(), "dist")).map((name) => `dist/${name}`);
    expect(dist).toContain("dist/licences.txt");
    expect(names).toEqual([...dist, "LICENSE", "README.md", "commit.txt", "package.json"].toSorted());
    const folder = emptyFolder();
    run(folder, "tar", "-xzf", file);
    const manifest = JSON.parse(readFileSync(join(folder, "package/package.json"), "utf8")) as Record<string, unknown>;
    expect(manifest).toEqual({
      ...Object.fromEntries(["name", "version", "description", "license", "type"].map((key) => [key, own[key]])),
      engines: own["engines"],
      bin: own["bin"],
    });
  });

  test("is the same to the byte when it is packed again", () => {
    const [first, second] = [thePackage(), packed(commit)].map(({ file }) =>
      createHash("sha256").update(readFileSync(file)).digest("hex"),
    );
    expect(second).toBe(first);
  });

  test("installs into an empty folder without a network and rehearses a plan there", () => {
    const { file } = thePackage();
    const folder = emptyFolder();
    run(folder, "npm", "install", "--no-audit", "--no-fund", file);
    expect(readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["sluice"]);
    expect(run(folder, "npx", "sluice", "--version")).toBe(
      `sluice ${own["version"]} (635156d, Node ${process.versions.node})\n`,
    );
    const plan =
      "route: shop/virtualservice/reviews\nphases: 5/20/50/100\nprometheus: https://prometheus.example.com\n";
    writeFileSync(join(folder, "plan.yml"), plan);
    const words = ["sluice", "rehearse", "--plan", "plan.yml", "--json", "--scenario"];
    const outcomes = ["good", "errors-at-20"].map(
      (scenario) => (JSON.parse(run(folder, "npx", ...words, scenario)) as { outcome: string }).outcome,
    );
    expect(outcomes).toEqual(["promoted", "rolled-back"]);
  });

  test("does what the README says, in an empty folder", () => {
    const [, , line = ""] = readFileSync(join(root, "README.md"), "utf8").match(/```\n(npx ([\s\S]*?))```/) ?? [];
    const words = line.replaceAll("\\\n", " ").trim().split(/\s+/);
    const at = words.indexOf("--package") + 1;
    expect(words[at]).toMatch(new RegExp(`/v${own["version"]}/sluice-${own["version"]}\\.tgz$`));
    const folder = emptyFolder();
    const said = run(folder, "npx", ...words.with(at, thePackage().file));
    expect(said).toContain("Outcome: rolled-back");
    expect(said).toContain("The comment on the pull request would read:");
    // npm keeps its cache there in this test.
    expect(readdirSync(folder)).toEqual([".npm"]);
  });

  test("names no commit where none is known", () => {
    const { file } = packed(undefined);
    const folder = emptyFolder();
    run(folder, "tar", "-xzf", file);
    expect(run(folder, process.execPath, "package/dist/cli.js", "--version")).toBe(
      `sluice ${own["version"]} (Node ${process.versions.node})\n`,
    );
  });
});
