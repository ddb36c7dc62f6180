import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { root } from "./build/cache.ts";
import type { Tools } from "./build.ts";

export type Visit = {
  readonly tools: Tools;
  /** The folder of the action as it would be shipped now. */
  readonly action: string;
  readonly words: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Ends everything when it takes longer: a lab that hangs must not hang whoever waits for it. */
  readonly limitMs?: number;
};

/** Runs one command inside a lab of its own, which begins and ends with it. Gives the command's exit code. */
export async function enter({ tools, action, words, env, limitMs }: Visit): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-lab-"));
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const script = (name: string, line: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  script("sluice", `exec '${process.execPath}' '${join(action, "dist/cli.js")}' "$@"`);
  script("lab", `exec '${process.execPath}' '${join(root, "lab/command.ts")}' "$@"`);
  script("kubectl", `exec '${tools.kubectl}' "$@"`);
  const child = spawn(
    "setpriv",
    [
      // Whatever ends this process, be it a SIGKILL, ends the lab.
      ...["--pdeathsig", "KILL", "unshare", "-rn", "-p", "-f", "--kill-child", "--mount-proc"],
      ...[process.execPath, join(root, "lab/inside.ts"), ...words],
    ],
    {
      cwd: root,
      stdio: "inherit",
      env: {
        ...withoutProxies(process.env),
        LAB_TOOLS: JSON.stringify(tools),
        LAB_FOLDER: folder,
        LAB_ACTION: action,
        KUBECONFIG: join(folder, "kubeconfig"),
        KUBECACHEDIR: join(folder, "kubectl"),
        PATH: [bin, dirname(process.execPath), process.env["PATH"]].join(delimiter),
        ...env,
      },
    },
  );
  // `unshare` ignores gentle signals, and its first child with it; SIGKILL takes both, and with them everything.
  const end = () => void child.kill("SIGKILL");
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  // At a terminal Ctrl-C reaches the command in the lab as well, which decides what it means.
  process.on("SIGINT", () => {
    if (!process.stdin.isTTY) end();
  });
  const limit = limitMs === undefined ? undefined : setTimeout(end, limitMs);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code) => resolve(code ?? 1));
    });
  } finally {
    clearTimeout(limit);
    if (process.env["LAB_KEEP"] === undefined) rmSync(folder, { recursive: true, force: true });
    else console.error(`lab: logs are kept in ${folder}`);
  }
}

/** Nothing leaves the lab, so no proxy of the machine may stand between its parts. */
function withoutProxies(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(https?|all|no)_proxy$/i.test(name)));
}
