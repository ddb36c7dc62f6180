import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./build/cache.ts";
import type { Tools } from "./build.ts";
import { serveControl } from "./inside/control.ts";
import { parts } from "./inside/parts.ts";
import { up } from "./inside/up.ts";

/**
 * The first process of the lab's own namespaces: starts everything, then runs one command in it. When this process ends,
 * the kernel ends all others.
 */

const tools = JSON.parse(process.env["LAB_TOOLS"] ?? "{}") as Tools;
const folder = process.env["LAB_FOLDER"] ?? "";
const words = process.argv.slice(2);

// A first process is deaf to every signal that it does not listen to.
process.on("SIGTERM", () => process.exit(143));
process.on("SIGHUP", () => process.exit(129));

const started = Date.now();
const say = (text: string) =>
  console.error(`lab: ${String(Math.round((Date.now() - started) / 100) / 10).padStart(5)} s  ${text}`);

try {
  const config = join(root, "lab/config");
  const all = parts(tools, config, join(root, "lab/inside"));
  const { processes } = await up(tools, all, { folder, config }, say);
  await serveControl(all, processes);
  say("up");
} catch (error) {
  console.error(`lab: did not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

const [program = "sh", ...args] = words;
const child = spawn(program, args, { cwd: root, stdio: "inherit" });
child.on("error", (error) => {
  console.error(`lab: ${program}: ${error.message}`);
  process.exit(1);
});
// Ctrl-C is the command's business: it ends, and so does the lab.
process.on("SIGINT", () => {});
child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
