import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { newMachine } from "../runner/machine.ts";
import { bundle } from "./bundle.ts";
import { type AtEnd, commit, reports } from "./scene.ts";
import { openWatched, type Watched } from "./traffic.ts";

const traffic = "scrape every 1s; traffic 1500 rps; errors 0.2%; latency 100ms; traffic follows after 1s";

/** Both versions are compared every two seconds of the servers' time, and nothing else is asked. */
const comparing = ({ prometheus }: Watched, more: Readonly<Record<string, unknown>> = {}) => ({
  route: "shop/virtualservice/reviews",
  phases: "20/100",
  hold: "12s",
  "max-hold": "90s",
  settle: "8s",
  "write-allowance": "0s",
  compare: { look: "2s", dispersion: 1 },
  prometheus: { url: prometheus.url, "scrape-interval": "1s", lag: "1s" },
  ...more,
});

async function rolledOut(atEnd: AtEnd, words: string, more: Readonly<Record<string, unknown>> = {}) {
  const scene = await openWatched(atEnd, words);
  scene.github.pulls.set(commit, [{ number: 12, state: "open" }]);
  const result = await scene.run({ plan: comparing(scene, more) });
  return { ...result, scene, told: JSON.parse(result.outputs["result-json"] ?? "") };
}

/** The verdict made again from the result alone, by the command line of the same bundle. */
function replayed(atEnd: AtEnd, result: string) {
  const machine = newMachine();
  atEnd(() => machine.dispose());
  const file = join(machine.workspace, "result.json");
  writeFileSync(file, result);
  const words = [join(bundle(), "dist/cli.js"), "replay", file];
  const { status, stdout } = spawnSync(process.execPath, words, { encoding: "utf8", cwd: machine.workspace });
  return { status, again: JSON.parse(stdout) as { verdict: string; reason: string; same: boolean } };
}

describe.concurrent("a rollout in which canary and stable are compared", () => {
  test("is promoted once the canary is shown to be within the limit", async ({ onTestFinished }) => {
    const { scene, outputs, main, told } = await rolledOut(onTestFinished, traffic);
    expect(main.exitCode, outputs["reason"]).toBe(0);
    expect(scene.steps()).toEqual(["20 progressing 1", "100 progressing 2", "100 promoted 2"]);
    const because = (told.timeline as { because: string }[]).map((step) => step.because);
    expect(because.find((words) => words.startsWith("The metrics pass at 20%"))).toMatch(
      /At most 0\.\d+ percentage points more than stable \(95% sure, limit 0\.5\)\./,
    );
    // At 100 percent there is nothing left to compare with, and nothing is claimed.
    expect(told.verdict).toMatchObject({ kind: "pass", reasonCode: "passed-by-checks", reasonData: { weight: 100 } });
  });

  test("is taken back by errors, with evidence that anyone can make again", async ({ onTestFinished }) => {
    const { scene, outputs, main, told } = await rolledOut(onTestFinished, `${traffic}; canary errors 5%`);
    expect([main.exitCode, outputs["outcome"], outputs["weight"]]).toEqual([1, "rolled-back", "0"]);
    expect(scene.steps()).toEqual(["20 progressing 1", "0 rolled-back 1"]);
    expect(outputs["reason"]).toMatch(/^The canary failed [3-6]\.\d% of its requests /);
    expect(told.verdict).toMatchObject({ kind: "fail", culprit: "errors", reasonCode: "canary-worse" });
    expect(told.numbers.evidence.errors).toMatchObject({ process: "errors", phi: 1 });
    expect(reports(scene)[0]).toMatch(/\| `errors` \|.*`█{10}` [\d.e+ ]+ of 100 \|/);
    const { status, again } = replayed(onTestFinished, outputs["result-json"] ?? "");
    expect([status, again.verdict, again.same]).toEqual([0, "fail", true]);
    expect(outputs["reason"]).toContain(again.reason);
  });

  test("is taken back by slow answers", async ({ onTestFinished }) => {
    const { scene, outputs, main, told } = await rolledOut(onTestFinished, `${traffic}; canary latency 300ms`);
    expect([main.exitCode, outputs["outcome"]]).toEqual([1, "rolled-back"]);
    expect(scene.steps().at(-1)).toBe("0 rolled-back 1");
    expect(outputs["reason"]).toMatch(/of the canary's requests took longer than \d+ ms/);
    expect(told.verdict).toMatchObject({ kind: "fail", culprit: "latency", reasonCode: "canary-slower" });
  });

  test("pauses where there is too little traffic to tell, and says what it could have noticed", async ({
    onTestFinished,
  }) => {
    const few = traffic.replace("1500 rps", "4 rps");
    const { scene, outputs, main, told } = await rolledOut(onTestFinished, few, { "max-hold": "24s" });
    expect([main.exitCode, outputs["outcome"], outputs["weight"]]).toEqual([1, "paused", "20"]);
    expect(scene.steps()).toEqual(["20 progressing 1", "20 paused 1"]);
    expect(outputs["reason"]).toMatch(/requests are needed.* Paused at 20% \(`on-inconclusive: pause`\)/);
    expect(told.verdict).toMatchObject({
      kind: "inconclusive",
      lacking: "traffic",
      reasonCode: "too-little-traffic",
      reasonData: { detectable: expect.any(Number) },
    });
  });
});
