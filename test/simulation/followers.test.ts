import { expect, test } from "vitest";
import { drawn, plain, singleFaults, situations } from "./followers/scenarios.ts";
import { simulateTogether, type TogetherReport, type TogetherScene } from "./followers/world.ts";

/** Three routes in two namespaces under one record, and everything that can go wrong with a call. */

const longMs = 10 * 60_000;
type Lived = { readonly scene: TogetherScene; readonly report: TogetherReport };

const live = async (scene: TogetherScene): Promise<Lived> => ({ scene, report: await simulateTogether(scene) });

/** A failure names what to live again. */
const failures = (lived: readonly Lived[]): string[] =>
  lived.flatMap(({ scene, report }) => {
    const apart = new Set(named(scene).map((name) => report.shares[name])).size > 1;
    const words = [
      ...report.violations,
      ...(apart && !isTold(scene, report) ? [`apart: ${JSON.stringify(report.shares)}`] : []),
    ];
    return words.length === 0 ? [] : [`seed ${scene.seed} ${JSON.stringify(scene.faults)} ${words[0]}`];
  });

/** A run that died between the routes took the only memory of a removed record along: then every later look fails. */
function isTold({ recordGoneAtMs }: TogetherScene, { outcomes }: TogetherReport): boolean {
  const last = outcomes.findLast(({ run }) => run.startsWith("sweep"))?.outcome;
  return recordGoneAtMs !== undefined && last?.code === "record-missing" && last.exitCode === 1;
}

/** What the last rollout names: a route that only an older one moved is home, and stays there. */
const named = ({ runs }: TogetherScene): readonly string[] =>
  runs.map(({ routes }) => routes).find((routes) => routes.length === 2) ?? ["web", "edge", "inner"];

async function everySingle(scene: TogetherScene): Promise<readonly Lived[]> {
  const { report } = await live(scene);
  expect(report.violations).toEqual([]);
  const lived: Lived[] = [];
  for (const fault of singleFaults(report.calls)) lived.push(await live({ ...scene, faults: [fault] }));
  return lived;
}

test.each(Object.entries(situations))(
  "every single fault at every call, death before and after it too: %s",
  { timeout: longMs },
  async (_name, scene) => {
    const lived = await everySingle(scene);
    expect(failures(lived)).toEqual([]);
    expect(lived.length).toBeGreaterThan(150);
  },
);

test("a rollout is killed twice, at any two calls of its way up and of its way back", { timeout: longMs }, async () => {
  const lived: Lived[] = [];
  for (const badAtMs of [null, 15_000]) {
    const scene = { ...plain, badAtMs };
    const { report } = await live(scene);
    const count = report.calls.get("a") ?? 0;
    for (let call = 0; call < count; call += 3) {
      const once = await simulateTogether({ ...scene, faults: [{ run: "a", call, kind: "crash-after" }] });
      for (let next = 0; next < (once.calls.get("a+") ?? 0); next += 2) {
        const kind = (call + next) % 2 === 0 ? ("crash-before" as const) : ("crash-after" as const);
        const faults = [
          { run: "a", call, kind: "crash-after" as const },
          { run: "a+", call: next, kind },
        ];
        lived.push(await live({ ...scene, faults }));
      }
    }
  }
  expect(failures(lived)).toEqual([]);
  expect(lived.length).toBeGreaterThan(200);
});

test("random days on which any call goes wrong", { timeout: longMs }, async () => {
  const lived: Lived[] = [];
  for (let seed = 1; seed <= Number(process.env["TOGETHER_SEEDS"] ?? 200); seed += 1)
    lived.push(await live(drawn(seed)));
  expect(failures(lived)).toEqual([]);
});
