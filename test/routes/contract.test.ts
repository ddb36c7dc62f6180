import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import type { RouteAdapter } from "../../src/ports/route-adapter.ts";
import { recordAnnotation } from "../../src/rollout/record/annotations.ts";
import { driverFor, drivers } from "../../src/routes/index.ts";
import { samples } from "./contract.ts";
import { applied, operationsOf, rolledBack, stateFor } from "./shapes.ts";

const entries = Object.entries(drivers) as [string, RouteAdapter][];

const cases = entries.flatMap(([kind, driver]) => {
  const mine = samples[kind] ?? [];
  if (mine.length === 0) throw new Error(`${kind} has no sample: add one to test/routes/contract.ts`);
  return mine.map((sample) => ({ kind, driver, sample, weights: sample.paths[0] }));
});

describe.each(cases)("$kind at $weights", ({ kind, driver, sample }) => {
  const { object, target: sampleTarget } = sample;
  const state = stateFor(driver, object, 20, sample.target);
  const record = '{"a/b":"~"}';
  const after = applied(object, operationsOf(driver, object, state, record));

  it("is registered under its own name", () => {
    expect(driver.kind).toBe(kind);
    expect(driverFor(kind)).toEqual({ kind: "known", driver });
    expect(driver.kubeKind.toLowerCase()).toBe(kind);
    expect(driver.versions.length).toBeGreaterThan(0);
    expect(driver.plural).toBe(driver.plural.toLowerCase());
  });

  it("selects both versions at rest", () => {
    const selected = driver.select(object, sample.target);
    expect(selected).toMatchObject({
      kind: "selected",
      selection: { stable: sample.stable, canary: sample.canary, share: 0 },
    });
  });

  it("writes weights and record in one patch under the version test", () => {
    const operations = operationsOf(driver, object, state, record);
    expect(operations[0]).toEqual({
      op: "test",
      path: "/metadata/resourceVersion",
      value: object.metadata.resourceVersion,
    });
    expect(operations.filter(({ op }) => op !== "add")).toHaveLength(1);
    expect(operations.filter(({ path }) => path.endsWith("/weight")).map(({ path, value }) => [path, value])).toEqual([
      [sample.paths[0], (state.total * 80) / 100],
      [sample.paths[1], (state.total * 20) / 100],
    ]);
    expect(operations.at(-1)).toEqual({ op: "add", path: "/metadata/annotations/sluice.dev~1rollout", value: record });
    expect(after.metadata.annotations?.[recordAnnotation]).toBe(record);
  });

  it("finds its own patch landed, and the object as recorded", () => {
    expect(driver.landed(after, state, record)).toEqual({ kind: "as-recorded" });
    expect(driver.standing(after, state)).toEqual({ kind: "as-recorded" });
    expect(driver.standing(object, state)).toMatchObject({ kind: "differs" });
    expect(driver.landed(after, state, `${record} `)).toMatchObject({ kind: "differs" });
  });

  it("goes home verbatim from every weight", () => {
    for (const weight of [0, 1, 50, 100]) {
      const moved = applied(object, operationsOf(driver, object, { ...state, weight }));
      const back = applied(moved, operationsOf(driver, moved, rolledBack(state)));
      expect(driver.standing(back, rolledBack(state))).toEqual({ kind: "as-recorded" });
      expect(driver.select(back, sample.target)).toMatchObject({ kind: "selected", selection: { share: 0 } });
    }
  });

  it("finds its rule wherever it stands", () => {
    const moved = applied(sample.reordered, operationsOf(driver, sample.reordered, state, record));
    expect(driver.standing(moved, state)).toEqual({ kind: "as-recorded" });
  });

  it("does the same for the same input, and leaves the input as it was", () => {
    const before = JSON.stringify([object, state]);
    expect(driver.select(object, sample.target)).toEqual(driver.select(object, sample.target));
    expect(driver.write(object, state, record)).toEqual(driver.write(object, state, record));
    expect(JSON.stringify([object, state])).toBe(before);
  });

  it("tells the parts of its destinations", () => {
    for (const id of [sample.stable, sample.canary]) {
      const parts = driver.parts(id);
      expect(parts.id).toBe(id);
      expect(id.startsWith(parts.host)).toBe(true);
    }
    expect(driver.weights(object).flatMap(({ destinations }) => destinations.map(({ id }) => id))).toContain(
      sample.stable,
    );
  });

  function survives(odd: unknown): void {
    const hostile = odd as KubeObject;
    expect(["selected", "refused"]).toContain(driver.select(hostile, sampleTarget).kind);
    expect(["as-recorded", "differs", "rule-gone"]).toContain(driver.standing(hostile, state).kind);
    expect(["as-recorded", "differs", "rule-gone"]).toContain(driver.landed(hostile, state, record).kind);
    for (const wanted of [state, rolledBack(state)]) {
      expect(["patch", "refused"]).toContain(driver.write(hostile, wanted, record).kind);
    }
    expect(Array.isArray(driver.weights(hostile))).toBe(true);
  }

  it.each([null, undefined, "text", 7, [], {}, { metadata: null, spec: null }])("survives %j", survives);

  it("survives objects of any shape", () => {
    fc.assert(fc.property(fc.jsonValue(), (spec) => survives({ ...object, spec })));
  });

  it("survives its own sample with any one part replaced", () => {
    const odd = fc.oneof(
      fc.constantFrom(null, "", "x", -1, 0.5, 1e300, 2 ** 31, true, [], {}, [null], { length: 3 }),
      fc.constant(JSON.parse('{"__proto__": {"weight": 1}, "constructor": 1}')),
    );
    fc.assert(
      fc.property(fc.nat(), odd, (where, value) => {
        const paths = pathsOf(object);
        survives(replaced(object, paths[where % paths.length] ?? [], value));
      }),
      { numRuns: 400 },
    );
  });
});

function pathsOf(value: unknown, at: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, entry]) => pathsOf(entry, [...at, key]))];
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

describe("the registry", () => {
  it("has a sample for every kind and no others", () => {
    expect(Object.keys(samples).sort()).toEqual(Object.keys(drivers).sort());
  });

  it("takes a kind in any case", () => {
    expect(driverFor("VirtualService")).toEqual({ kind: "known", driver: drivers.virtualservice });
  });

  it.each(["ingress", "", "__proto__", "toString"])("refuses %j with the kinds that it knows", (word) => {
    expect(driverFor(word)).toEqual({
      kind: "unknown",
      problem: {
        code: "input",
        message: `"${word}" is not a kind of route that Sluice moves. Known: ${Object.keys(drivers).join(", ")}.`,
      },
    });
  });
});
