import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { revert, setWeight } from "../../src/rehearsal/external-edits.ts";
import { sceneOf } from "../../src/rehearsal/objects/index.ts";
import { rehearsalResult } from "../../src/rehearsal/result-json-and-table.ts";
import { createSimulation, type Simulation } from "../../src/rehearsal/simulation.ts";
import type { Plan } from "../../src/rollout/plan.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import { scenarios } from "../../src/simulator/scenario/built-in-scenarios.ts";
import type { Scenario, ScenarioEvent } from "../../src/simulator/scenario/scenario.ts";
import { bundle } from "../action/bundle.ts";
import { planFrom, rehearsed, scenarioFrom } from "../rehearsal/rehearsed.ts";
import { type VirtualTime, virtualTime } from "../runner/virtual-time.ts";
import { startApiServer } from "../servers/api-server.ts";
import { startPrometheus } from "../servers/prometheus.ts";

/**
 * The same script twice: rehearsed in virtual time, and driven by the shipped command line against servers on loopback,
 * whose time goes on only while the process waits.
 */
const seed = 1;

const planText = (prometheus: string) => `
route: virtualservice/reviews
namespace: shop
canary: v2
phases: 5/20/100
hold: 4s
max-hold: 18s
settle: 0s
write-allowance: 0s
compare: off
prometheus: {url: "${prometheus}", scrape-interval: 250ms, lag: 0s}
checks:
  - {preset: success-rate, min: 99%, every: 2s, fail-after: {consecutive: 2}, silent-after: {consecutive: 2}}
  - {preset: latency, max: 500ms, every: 2s, fail-after: {consecutive: 2}, silent-after: {consecutive: 2}}
`;

const minuteMs = 1_800;

/** A minute is less than two seconds, and every event still falls into the phase that it falls into otherwise. */
function inSeconds(text: string): Scenario {
  const scenario = scenarioFrom(
    text
      .replaceAll(/(\d+)m\b/g, (_, minutes: string) => `${Number(minutes) * minuteMs}ms`)
      .replaceAll(/(\d+) rps/g, (_, rate: string) => `${Number(rate) * 400} rps`),
  );
  // Without chance: a window of two seconds holds too few requests to be told apart from bad luck.
  return { ...scenario, noise: false, scrapeMs: 250, followsAfterMs: 50 };
}

type End = { readonly outcome: string; readonly phase: number | null; readonly weight: number };
type Told = End & { readonly reason: string };

async function inReality(scenario: Scenario): Promise<Told> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const plan = await planFrom(planText("http://127.0.0.1:9"));
  const made = sceneOf({ plan, driver: virtualservice, scenario, given: [] });
  if (made.kind === "refused") throw new Error("the scene was refused");
  const time = virtualTime();
  onTestFinished(() => time.stop());
  const now = time.date;
  const startMs = now();
  const setting = createSimulation({ plan, driver: virtualservice, scenario, scene: made.scene, seed, startMs });
  setting.world.advanceTo(startMs);
  const api = await startApiServer({ store: setting.store, now });
  onTestFinished(() => api.close());
  api.trick = () => ({ before: () => setting.refresh(now()) });
  const prometheus = await startPrometheus({ world: setting.world, now });
  writeFileSync(join(folder, "plan.yml"), planText(prometheus.url));
  writeFileSync(join(folder, "kubeconfig"), api.kubeconfig());
  const result = await driven({ folder, setting, plan, scenario, startMs, time });
  return { ...result, weight: result.weight ?? setting.share() };
}

type Result = Omit<Told, "weight"> & { readonly weight: number | null };

type Drive = {
  readonly folder: string;
  readonly setting: Simulation;
  readonly plan: Plan;
  readonly scenario: Scenario;
  readonly startMs: number;
  readonly time: VirtualTime;
};

const words = ["run", "--plan", "plan.yml", "--kubeconfig", "kubeconfig", "--revision", "rehearsal", "--json"];

/** Runs the command line to its end, and plays the scenario's events meanwhile. */
function driven({ folder, setting, plan, scenario, startMs, time }: Drive): Promise<Result> {
  return new Promise((resolve, reject) => {
    const steps: ChildProcess[] = [];
    const begin = () => {
      const step = time.start([join(bundle(), "dist/cli.js"), ...words], { cwd: folder, env: {} });
      steps.push(step);
      let [out, said] = ["", ""];
      step.stdout?.on("data", (chunk) => {
        out += chunk;
      });
      step.stderr?.on("data", (chunk) => {
        said += chunk;
      });
      step.on("error", reject);
      step.on("close", (_code, signal) => {
        if (signal === "SIGKILL") return;
        const line = out.trim().split("\n").at(-1) ?? "";
        if (line.startsWith("{")) resolve(JSON.parse(line) as Result);
        else reject(new Error(`no result: ${said}`));
      });
    };
    const play = (event: ScenarioEvent) => {
      const now = startMs + Math.floor(time.now());
      if (event.kind === "weight-set") setWeight(setting, plan, virtualservice, now, event.weight);
      if (event.kind === "gitops-reverts") {
        revert(setting, now);
        if (event.everyMs !== null) time.after(event.everyMs, () => play(event));
      }
      if (event.kind === "runner-dies" && event.returnsAfterMs !== null) {
        steps.at(-1)?.kill("SIGKILL");
        time.after(event.returnsAfterMs, begin);
      }
    };
    for (const event of scenario.events) {
      const at = setting.world.timeOf(event.at);
      if (at !== undefined) time.at(at - startMs, () => play(event));
    }
    begin();
  });
}

test("every ready scenario ends in a rehearsal as it does with the shipped command line on real servers", async () => {
  bundle();
  const all = Object.entries(scenarios).map(([name, { text }]) => [name, inSeconds(text)] as const);
  const real = await Promise.all(all.map(async ([name, scenario]) => [name, await inReality(scenario)] as const));
  const plan = await planFrom(planText("http://127.0.0.1:9"));
  const played = await Promise.all(
    all.map(async ([name, scenario]) => {
      const { outcome, phase, weight } = rehearsalResult(await rehearsed({ plan, scenario, seed }));
      return [name, { outcome, phase, weight }] as const;
    }),
  );
  const ends = real.map(([name, { outcome, phase, weight }]) => [name, { outcome, phase, weight }]);
  const reasons = real.map(([name, { reason }]) => `${name}: ${reason}`).join("\n");
  expect(Object.fromEntries(ends), reasons).toEqual(Object.fromEntries(played));
  // The script must not have become so short that everything ends alike.
  expect(new Set(played.map(([, { outcome }]) => outcome)).size).toBeGreaterThanOrEqual(5);
}, 300_000);
