import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { bundle } from "../action/bundle.ts";
import { type AtEnd, openScene, quick, type Scene } from "../action/scene.ts";

type Said = { readonly code: number | null; readonly out: string; readonly err: string };
type Seat = Scene & { sluice(...words: readonly string[]): Promise<Said>; page(name: string): string };

/** A folder with a plan and a kubeconfig in its usual place, before a cluster. */
async function openSeat(atEnd: AtEnd): Promise<Seat> {
  const scene = await openScene(atEnd);
  const folder = mkdtempSync(join(tmpdir(), "sluice-page-"));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, ".kube"));
  writeFileSync(join(folder, ".kube/config"), scene.kubeconfig);
  writeFileSync(join(folder, "rollout.yml"), stringify({ ...quick, phases: "50/100" }));
  writeFileSync(join(folder, "occupied"), "");
  const sluice: Seat["sluice"] = (...words) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [join(bundle(), "dist/cli.js"), ...words], {
        cwd: folder,
        env: { HOME: folder, PATH: process.env["PATH"] },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let [out, err] = ["", ""];
      child.stdout.on("data", (chunk: Buffer) => {
        out += chunk.toString();
      });
      child.stderr.on("data", (chunk: Buffer) => {
        err += chunk.toString();
      });
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, out, err }));
    });
  return { ...scene, sluice, page: (name) => readFileSync(join(folder, name), "utf8") };
}

const route = "shop/virtualservice/reviews";

describe.concurrent("the page about a rollout, from a terminal", () => {
  test("is left by the run itself, and made again by anybody from the record alone", async ({ onTestFinished }) => {
    const seat = await openSeat(onTestFinished);
    const run = await seat.sluice("run", "--plan", "rollout.yml", "--revision", "v2.0.0", "--html", "run.html");
    expect([run.code, run.err]).toEqual([0, ""]);
    expect(seat.page("run.html")).toContain("<h1>Promoted</h1>");

    const later = await seat.sluice("report", "--route", route, "--html=deep/down/later.html");
    expect([later.code, later.out]).toEqual([0, "The page: deep/down/later.html\n"]);
    expect(later.err).toMatch(/^Note: no plan with a metric source was given, .* add --plan FILE/);
    const page = seat.page("deep/down/later.html");
    expect(page).toContain("<h1>Promoted</h1>");
    expect(page).toContain("On to 100%");
    expect(page).toContain(seat.state()?.rollout);
    expect(seat.writes().filter(({ query }) => query.get("dryRun") !== "All").length).toBe(3);
  });

  test("is refused where there is no rollout, or no place for it", async ({ onTestFinished }) => {
    const seat = await openSeat(onTestFinished);
    const none = await seat.sluice("report", "--route", route);
    expect([none.code, none.err]).toEqual([
      1,
      "The page sluice-report.html was not written: the route carries no rollout\n",
    ]);
    await seat.sluice("run", "--plan", "rollout.yml", "--revision", "v2.0.0");
    const blocked = await seat.sluice("report", "--plan", "rollout.yml", "--html", "occupied/page.html");
    expect(blocked.code).toBe(1);
    expect(blocked.err).toMatch(/^The page occupied\/page\.html was not written: /);
    const unnamed = await seat.sluice("report", "--route", route, "--html");
    expect([unnamed.code, unnamed.err]).toEqual([2, expect.stringContaining("--html needs a value")]);
  });

  test("is left by a rehearsal too, with its scenario in it", async ({ onTestFinished }) => {
    const seat = await openSeat(onTestFinished);
    const words = ["rehearse", "--plan", "rollout.yml", "--scenario", "traffic 50 rps; <b>", "--html", "r.html"];
    expect((await seat.sluice(...words)).code).toBe(2);
    const played = await seat.sluice(...words.with(4, "traffic 50 rps"));
    expect([played.code, played.err]).toEqual([0, expect.stringContaining("The page: r.html\n")]);
    expect(seat.page("r.html")).toContain("Nothing of this has happened");
    const all = await seat.sluice("rehearse", "--plan", "rollout.yml", "--all", "--html", "r.html");
    expect([all.code, all.err]).toEqual([2, expect.stringContaining("A page tells one rehearsal")]);
  });
});
