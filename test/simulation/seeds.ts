import { expectedOf, sceneOf } from "./generate.ts";
import type { Scene } from "./scene.ts";
import { type Tally, tally } from "./tally.ts";
import { type Report, simulate } from "./world.ts";

/** Many seeds in a row; every hundredth twice, since equal seeds must give equal traces. */
export async function manySeeds(from: number, count: number): Promise<Tally> {
  const total = tally();
  for (let seed = from; seed < from + count; seed += 1) {
    const scene = sceneOf(seed);
    const report = await checked(scene);
    // Requests that are really on their way arrive in no fixed order.
    if (seed % 100 === 0 && scene.wires === undefined) {
      const again = await simulate(sceneOf(seed));
      const differs = { invariant: "I32", at: 0, words: `the traces of seed ${seed} differ` };
      if (again.hash !== report.hash) total.add({ scene, report: { ...report, violations: [differs] } });
      total.count("lived twice");
    }
    total.add({ scene, report });
    if (scene.wires !== undefined) total.count("over real wires");
  }
  return total;
}

/** A scene and its report; a calm scene must come out as the truth has it. */
export async function checked(scene: Scene, keepTrace = false): Promise<Report> {
  const report = await simulate(scene, keepTrace);
  const expected = expectedOf(scene);
  const first = report.outcomes[0]?.outcome?.name;
  if (expected === undefined || first === expected) return report;
  const wrong = { invariant: "I3", at: 0, words: `without any fault a ${scene.truth.kind} canary ended ${first}` };
  return { ...report, violations: [...report.violations, wrong] };
}
