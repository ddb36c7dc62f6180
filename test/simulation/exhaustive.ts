import { flavours, type Scenario } from "./scenarios.ts";
import type { CallFault, Scene } from "./scene.ts";
import { type Found, type Tally, tally } from "./tally.ts";
import { simulate } from "./world.ts";

/** Every fault at every call, alone and in pairs, and a record that goes. A second fault may meet the run that came after a death. */

export async function singles(scenario: Scenario): Promise<Tally> {
  const total = tally();
  const { calls } = await simulate(scenario.scene);
  for (const first of placesIn(calls)) total.add(await lived(scenario.scene, [first]));
  return total;
}

/** `part` of `parts` of the pairs, so that several processes can share them. */
export async function doubles(scenario: Scenario, part: number, parts: number): Promise<Tally> {
  const total = tally();
  const { calls } = await simulate(scenario.scene);
  for (const [place, first] of placesIn(calls).entries()) {
    if (place % parts !== part) continue;
    const once = await simulate({ ...scenario.scene, faults: [first] });
    for (const next of placesIn(once.calls)) {
      if (isAfter(first, next, once.calls)) total.add(await lived(scenario.scene, [first, next]));
    }
  }
  return total;
}

/** The record stripped behind every version that Sluice writes, on a wish with every fault at every call beside it. */
export async function strips({ scene }: Scenario, withFaults: boolean): Promise<Tally> {
  const total = tally();
  const { writes } = await simulate(scene);
  for (const place of writes.keys()) {
    const stripped = { ...scene, strips: [place + 1] };
    const alone = await lived(stripped, []);
    total.add(alone);
    const faults = withFaults ? placesIn(alone.report.calls) : [];
    for (const fault of faults) total.add(await lived(stripped, [fault]));
  }
  return total;
}

/** Every flavour of fault at every call of everybody but those who clean up at the end. */
export function placesIn(calls: ReadonlyMap<string, number>): CallFault[] {
  return [...calls].flatMap(([run, count]) =>
    run.startsWith("closer") || run.startsWith("sweep0") || run.startsWith("sweep2")
      ? []
      : Array.from({ length: count }, (_, call) => flavours.map((kind) => ({ run, call, kind }))).flat(),
  );
}

/** Of two faults in one run the second comes later; in two runs both orders are one pair. */
function isAfter(first: CallFault, next: CallFault, calls: ReadonlyMap<string, number>): boolean {
  if (first.run === next.run) return next.call > first.call;
  const names = [...calls.keys()];
  return names.indexOf(next.run) > names.indexOf(first.run);
}

export async function lived(base: Scene, faults: readonly CallFault[]): Promise<Found> {
  const scene = { ...base, faults };
  return { scene, report: await simulate(scene) };
}
