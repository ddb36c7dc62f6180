import { readdirSync } from "node:fs";
import { join } from "node:path";
import { digestOf, kept, root } from "./cache.ts";
import { progress, run } from "./progress.ts";

const env = { GOTOOLCHAIN: "local", CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false -trimpath" };

const kubernetes = { gitVersion: "v1.36.3", gitMajor: "1", gitMinor: "36" };
const stamped = (variable: string, value: string) => `-X ${variable}=${value}`;

/** The two programs that no package offers, and how they are linked. */
export const programs = {
  "control-plane": {
    tags: "",
    link: [
      // Without these /version says v0.0.0, and clients believe it.
      ...Object.entries(kubernetes).map(([name, value]) => stamped(`k8s.io/component-base/version.${name}`, value)),
      stamped("k8s.io/client-go/pkg/version.gitVersion", kubernetes.gitVersion),
    ],
  },
  istiod: { tags: "vtprotobuf,disable_pgv", link: [] },
} as const;
export type Program = keyof typeof programs;

export const sourceOf = (program: Program): string => join(root, "lab/go", program);

/** Compiles one of them, unless these very sources and flags have been compiled here before. */
export async function compile(program: Program): Promise<string> {
  const folder = sourceOf(program);
  const { tags, link } = programs[program];
  const flags = ["-mod=readonly", "-p", "2", "-tags", tags, "-ldflags", ["-s -w", ...link].join(" ")];
  const files = readdirSync(folder).sort();
  const digest = digestOf(
    files.map((file) => join(folder, file)),
    [...flags, JSON.stringify(env)],
  );
  const place = await kept(`${program}-${digest}`, async (draft) => {
    const { say, done } = progress(`${program}: compiling`);
    await run({ words: ["go", "mod", "download"], folder, env, onLine: (line) => say(line) });
    const all = (await run({ words: ["go", "list", "-mod=readonly", "-deps", "-tags", tags, "."], folder, env })).split(
      "\n",
    );
    let count = 0;
    const words = ["nice", "go", "build", "-v", ...flags, "-o", join(draft, program), "."] as const;
    await run({
      words: [...words],
      folder,
      env,
      onLine: (line) => {
        count += 1;
        say(`${count} of ${all.length - 1} packages, ${line}`);
      },
    });
    done("compiled");
  });
  return join(place, program);
}

const actVersion = "v0.2.89";

/** act, which runs GitHub workflows on this machine. */
export async function installAct(): Promise<string> {
  const place = await kept(`act-${actVersion}`, async (draft) => {
    const { say, done } = progress(`act ${actVersion}: compiling`);
    await run({
      words: ["nice", "go", "install", "-v", "-p", "2", `github.com/nektos/act@${actVersion}`],
      env: { ...env, GOBIN: draft, GOFLAGS: "-trimpath" },
      onLine: say,
    });
    done("compiled");
  });
  return join(place, "act");
}
