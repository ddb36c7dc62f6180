import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { bundle } from "../action/bundle.ts";
import { type AtEnd, openScene, quick, type Scene } from "../action/scene.ts";

export type Said = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
};

export type Seat = Scene & {
  readonly folder: string;
  /** Runs these words at a terminal that is none: the output goes into a pipe. */
  sluice(words: readonly string[], onOut?: (text: string, interrupt: () => void) => void): Promise<Said>;
};

/** A folder with a plan and a kubeconfig in its usual place, before a cluster. */
export async function openSeat(atEnd: AtEnd): Promise<Seat> {
  const scene = await openScene(atEnd);
  const folder = mkdtempSync(join(tmpdir(), "sluice-cli-"));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, ".kube"));
  writeFileSync(join(folder, ".kube/config"), scene.kubeconfig);
  writeFileSync(join(folder, "rollout.yml"), stringify({ ...quick, phases: "50/100" }));
  const sluice: Seat["sluice"] = (words, onOut) =>
    new Promise((resolve, reject) => {
      const child = scene.time.start([join(bundle(), "dist/cli.js"), ...words], {
        cwd: folder,
        env: { HOME: folder, PATH: process.env["PATH"] },
      });
      const interrupt = () => {
        child.kill("SIGINT");
        scene.time.stirred(child);
      };
      let [out, err] = ["", ""];
      child.stdout?.on("data", (chunk: Buffer) => {
        out += chunk.toString();
        onOut?.(out, interrupt);
      });
      child.stderr?.on("data", (chunk: Buffer) => {
        err += chunk.toString();
      });
      child.on("error", reject);
      child.on("close", (code, signal) => resolve({ code, signal, out, err }));
    });
  return { ...scene, folder, sluice };
}
