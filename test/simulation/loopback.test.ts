import { expect, test } from "vitest";
import { singles } from "./exhaustive.ts";
import { scenarios, smallest } from "./scenarios.ts";
import type { Scene } from "./scene.ts";
import { simulate } from "./world.ts";

/** The adapters that ship, over loopback connections, in the world of the simulation. */

const longMs = 5 * 60_000;
const overWires = (scene: Scene): Scene => ({ ...scene, wires: "real" });

/** Who wrote which weights when. The words of a record are the adapter's own. */
const weightsIn = (writes: readonly string[]) =>
  writes.map((write) => {
    const [at = "", by = "", ...rest] = write.split(" ");
    const operations = JSON.parse(rest.join(" ")) as readonly { readonly path: string; readonly value?: unknown }[];
    return [at, by, ...operations.filter(({ path }) => path.startsWith("/spec/")).map(({ value }) => value)];
  });

test.each(scenarios)("$name: the same weights at the same times as without a wire", async ({ scene }) => {
  const [ideal, wired] = [await simulate(scene), await simulate(overWires(scene))];
  expect(wired.violations).toEqual([]);
  expect(weightsIn(wired.writes)).toEqual(weightsIn(ideal.writes));
  expect(wired.outcomes.map(({ outcome }) => outcome?.name)).toEqual(
    ideal.outcomes.map(({ outcome }) => outcome?.name),
  );
  // All calls came by the wire.
  expect(wired.calls).toEqual(ideal.calls);
});

test.each(smallest.filter(({ name }) => /^(start|command|abort), /.test(name)))(
  "$name: every single fault on the wire",
  { timeout: longMs },
  async ({ name, scene }) => {
    const { failed, failures, scenes } = await singles({ name, scene: overWires(scene) });
    expect(failures.map(({ scene: { faults }, words }) => `${JSON.stringify(faults)} ${words[0]}`)).toEqual([]);
    expect(failed).toBe(0);
    expect(scenes).toBeGreaterThan(40);
  },
);
