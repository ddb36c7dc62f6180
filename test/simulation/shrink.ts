import type { CallFault, Scene } from "./scene.ts";
import { checked } from "./seeds.ts";

/** Makes a failing scene small: first the faults go, then what lasts for a while, then runs, then phases. */
export async function shrink(scene: Scene): Promise<Scene> {
  const first = await checked(scene);
  const wanted = first.violations[0]?.invariant;
  if (wanted === undefined) return scene;
  const fails = async (candidate: Scene) =>
    (await checked(candidate)).violations.some(({ invariant }) => invariant === wanted);
  // What the weather did becomes a list that can be shortened; the order of events stays the seed's.
  const listed: Scene = {
    ...scene,
    faults: first.faults,
    weather: { rates: {}, latencyMs: scene.weather?.latencyMs ?? 0 },
  };
  let least = (await fails(listed)) ? listed : scene;
  const keep = async (candidate: Scene) => {
    if (await fails(candidate)) least = candidate;
  };
  least = { ...least, faults: await fewest(least.faults, (faults) => fails({ ...least, faults })) };
  const { writer: _, ...quiet } = least;
  await keep(quiet);
  const { strips: __, ...whole } = least;
  await keep(whole);
  for (const spell of least.spells) await keep({ ...least, spells: least.spells.filter((one) => one !== spell) });
  for (const edit of least.edits) await keep({ ...least, edits: least.edits.filter((one) => one !== edit) });
  for (const run of least.runs.slice().reverse()) {
    if (least.runs.length > 1) await keep({ ...least, runs: least.runs.filter((one) => one !== run) });
  }
  for (let count = 1; count < (least.plans[0]?.phases.length ?? 0); count += 1) {
    const plans = least.plans.map((plan) => ({ ...plan, phases: plan.phases.slice(-count) }));
    await keep({ ...least, plans });
  }
  return least;
}

/** Halves, then quarters, then single faults are left out as long as it still fails. */
async function fewest(
  faults: readonly CallFault[],
  fails: (faults: readonly CallFault[]) => Promise<boolean>,
): Promise<readonly CallFault[]> {
  let least = faults;
  for (let size = Math.ceil(least.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < least.length; ) {
      const candidate = [...least.slice(0, from), ...least.slice(from + size)];
      if (await fails(candidate)) least = candidate;
      else from += size;
    }
  }
  return least;
}
