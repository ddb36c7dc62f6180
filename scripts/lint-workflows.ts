import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { digestOf, kept } from "../lab/build/cache.ts";
import { progress, run } from "../lab/build/progress.ts";
import { layOut } from "./workflow-files.ts";

/**
 * Holds every workflow to actionlint (with shellcheck for its shell lines) and to zizmor, at the versions named here and in
 * workflow-tools.txt, whatever the machine has. Fails on any finding. Neither tool asks a network once it is there.
 */

const root = fileURLToPath(new URL("..", import.meta.url));
const actionlintVersion = "v1.7.12";

async function fetchActionlint(): Promise<string> {
  const place = await kept(`actionlint-${actionlintVersion}`, async (draft) => {
    const { say, done } = progress(`actionlint ${actionlintVersion}: compiling`);
    const words = ["go", "install", "-v", `github.com/rhysd/actionlint/cmd/actionlint@${actionlintVersion}`] as const;
    await run({ words, env: { GOBIN: draft, CGO_ENABLED: "0", GOFLAGS: "-trimpath" }, onLine: say });
    done("compiled");
  });
  return join(place, "actionlint");
}

async function fetchWheels(): Promise<string> {
  const list = join(root, "scripts/workflow-tools.txt");
  const place = await kept(`workflow-tools-${digestOf([list], [])}`, async (draft) => {
    const { say, done } = progress("zizmor and shellcheck: fetching");
    const flags = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--no-cache-dir", "--target", draft];
    await run({ words: ["python3", "-m", "pip", "install", "--quiet", ...flags, "-r", list], onLine: say });
    done("fetched");
  });
  return join(place, "bin");
}

const actionlint = await fetchActionlint();
const wheels = await fetchWheels();
const folder = mkdtempSync(join(tmpdir(), "sluice-workflows-"));
try {
  let sound = true;
  const check = (program: string, place: string, ...words: string[]) => {
    const { status, error } = spawnSync(program, words, { cwd: place, stdio: ["ignore", "inherit", "inherit"] });
    if (error !== undefined) throw error;
    sound &&= status === 0;
  };
  for (const place of layOut(root, folder)) {
    console.log(`${basename(place)}:`);
    check(actionlint, place, "-shellcheck", join(wheels, "shellcheck"), "-pyflakes", "");
    // What people copy stays as short as it may; what publishes Sluice is held to everything.
    const persona = basename(place) === "own" ? "pedantic" : "regular";
    const rules = ["--config", join(root, ".github/zizmor.yml"), "--persona", persona, "--strict-collection"];
    check(join(wheels, "zizmor"), place, "--offline", "--no-progress", "--quiet", ...rules, ".");
  }
  if (!sound) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
