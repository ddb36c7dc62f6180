import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { finding } from "../../src/base/reasons/finding.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { recordAnnotation } from "../../src/rollout/record/annotations.ts";
import type { State } from "../../src/rollout/rollout-state.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import { applied, http, operationsOf, rolledBack, stateFor, to, virtualService, web, weightsIn } from "./shapes.ts";

const object = virtualService(http({ name: "a", route: [to("v1", 100), to("v2")] }));
const state = stateFor(virtualservice, object, 20);
const refusal = (now: KubeObject, wanted: State) => {
  const planned = virtualservice.write(now, wanted, "{}");
  return planned.kind === "refused" ? planned.finding : planned.operations;
};

describe("the guarded patch", () => {
  it("tests the version, sets every weight, makes the map of annotations and adds the record", () => {
    expect(operationsOf(virtualservice, object, state, '{"a":1}')).toEqual([
      { op: "test", path: "/metadata/resourceVersion", value: "8412" },
      { op: "add", path: "/spec/http/0/route/0/weight", value: 80 },
      { op: "add", path: "/spec/http/0/route/1/weight", value: 20 },
      { op: "add", path: "/metadata/annotations", value: {} },
      { op: "add", path: "/metadata/annotations/sluice.dev~1rollout", value: '{"a":1}' },
    ]);
  });

  it("tests the uid too where a record goes home that is not on the object any more, and nowhere else", () => {
    const tested = (now: KubeObject, wanted: State) =>
      operationsOf(virtualservice, now, wanted).flatMap(({ op, path, value }) =>
        op === "test" ? [[path, value]] : [],
      );
    const version = ["/metadata/resourceVersion", "8412"];
    const held: State = { ...state, status: "held" };
    for (const wanted of [rolledBack(state), held])
      expect(tested(object, wanted)).toEqual([version, ["/metadata/uid", state.uid]]);
    const recorded = virtualService(object.spec, { annotations: { [recordAnnotation]: "{}" } });
    expect([tested(object, state), tested(recorded, rolledBack(state))]).toEqual([[version], [version]]);
    const stamp = virtualservice.write(object, rolledBack(state), "{}", "sluice.dev/follows");
    if (stamp.kind === "refused") throw new Error(JSON.stringify(stamp.finding));
    expect(stamp.operations.filter(({ op }) => op === "test")).toHaveLength(1);
  });

  it("leaves annotations alone that are there, an empty map too", () => {
    for (const annotations of [{ "a/b": "c" }, {}]) {
      const now = virtualService(object.spec, { annotations });
      const paths = operationsOf(virtualservice, now, state).map(({ path }) => path);
      expect(paths).not.toContain("/metadata/annotations");
      expect(paths.at(-1)).toBe("/metadata/annotations/sluice.dev~1rollout");
    }
  });

  it("finds positions anew in the object that it guards", () => {
    const now = virtualService(
      http({ name: "x", route: [to("v9")] }, { name: "a", route: [to("v2", 20), to("v1", 80)] }),
    );
    expect(weightsIn(operationsOf(virtualservice, now, { ...state, weight: 50 }))).toEqual({
      "/spec/http/1/route/0/weight": 50,
      "/spec/http/1/route/1/weight": 50,
    });
  });

  it("refuses what it cannot guard", () => {
    const versionless = (resourceVersion: unknown) =>
      ({ ...object, metadata: { ...object.metadata, resourceVersion } }) as KubeObject;
    for (const version of [undefined, 8412, ""]) {
      expect(refusal(versionless(version), state)).toMatchObject({ reason: { code: "object-malformed" } });
    }
    const annotations = "x" as unknown as Record<string, string>;
    expect(refusal(virtualService(object.spec, { annotations }), state)).toMatchObject({
      reason: { code: "object-malformed" },
    });
  });

  it("refuses a weight that no VirtualService can carry", () => {
    expect(refusal(object, { ...state, weight: 12.5 })).toEqual(
      finding("fractional-weight", { kind: "VirtualService", weight: 12.5, lower: 12, upper: 13, steps: "whole" }),
    );
    for (const odd of [{ weight: -1 }, { weight: 101 }, { weight: Number.NaN }, { total: 1000 }]) {
      expect(refusal(object, { ...state, ...odd })).toMatchObject({
        reason: { code: "corrupt-record", data: { why: "weights" } },
      });
    }
  });

  it("refuses to write a phase to a rule that changed", () => {
    const grown = virtualService(http({ name: "a", route: [to("v1", 80), to("v2", 20), to("v3", 0)] }));
    expect(refusal(grown, state)).toEqual(
      finding("drifted", {
        lost: reason("rule-destinations-changed", { rule: "http/a", gone: [], gained: [web("v3")] }),
      }),
    );
    const lost = reason("rules-gone", { object: "VirtualService prod/web", rules: ["http/a"] });
    expect(refusal(virtualService({}), state)).toEqual(finding("drifted", { lost }));
  });
});

describe("the way home", () => {
  const back = rolledBack(state);

  it("restores the home weights, absent as 0, whatever the weights are now", () => {
    const edited = virtualService(
      http({ name: "x", route: [to("v9")] }, { name: "a", route: [to("v2", 70), to("v1", 30)] }),
    );
    expect(weightsIn(operationsOf(virtualservice, edited, back))).toEqual({
      "/spec/http/1/route/0/weight": 0,
      "/spec/http/1/route/1/weight": 100,
    });
  });

  it("gives a destination that came later nothing, and misses one that left", () => {
    const grown = virtualService(http({ name: "a", route: [to("v3", 40), to("v1", 30), to("v2", 30)] }));
    expect(Object.values(weightsIn(operationsOf(virtualservice, grown, back)))).toEqual([0, 100, 0]);
    const shrunk = virtualService(http({ name: "a", route: [to("v1", 0)] }));
    expect(Object.values(weightsIn(operationsOf(virtualservice, shrunk, back)))).toEqual([100]);
  });

  it("fails loudly with a command when the rule is gone", () => {
    const two = virtualService(
      http(
        { name: "a", match: [{ port: 80 }], route: [to("v1", 100), to("v2")] },
        { name: "b", route: [to("v1", 100), to("v2")] },
      ),
    );
    const moved = rolledBack(stateFor(virtualservice, two, 20));
    const now = virtualService(http({ name: "b", route: [to("v1", 80), to("v2", 20)] }), {
      name: "o'web",
      annotations: { [recordAnnotation]: "{}" },
    });
    expect(refusal(now, moved)).toEqual(
      finding("rollback-target-changed", {
        lost: reason("rules-gone", { object: "VirtualService prod/o'web", rules: ["http/a"] }),
        command: {
          resource: "virtualservices.networking.istio.io",
          name: "o'web",
          namespace: "prod",
          version: "8412",
          weights: [
            { path: "/spec/http/0/route/0/weight", value: 100 },
            { path: "/spec/http/0/route/1/weight", value: 0 },
          ],
          restored: [],
          removed: ["/metadata/annotations/sluice.dev~1rollout"],
        },
      }),
    );
  });

  it("fails loudly when stable is gone", () => {
    const now = virtualService(http({ name: "a", route: [to("v2", 100)] }));
    expect(refusal(now, back)).toMatchObject({
      reason: {
        code: "rollback-target-changed",
        data: { lost: { code: "rule-destinations-changed", data: { rule: "http/a", gone: [web("v1")] } } },
      },
    });
  });

  it("does not write past a destination that it cannot read", () => {
    const now = virtualService(http({ name: "a", route: [to("v1", 80), null, to("v2", 20)] }));
    expect(refusal(now, back)).toMatchObject({
      reason: { code: "object-malformed", data: { path: "spec.http[0].route", expected: "destinations" } },
    });
  });

  it("brings home a rule that only an older rollout moved, together with a phase of the others", () => {
    const two = virtualService(
      http({ match: [{ port: 80 }], route: [to("v1", 100), to("v2", 0)] }, { route: [to("v1", 100), to("v2", 0)] }),
    );
    const mixed = stateFor(virtualservice, two, 20);
    const rules = mixed.rules.map((rule, index) => ({ ...rule, atHome: index === 0 }));
    expect(Object.values(weightsIn(operationsOf(virtualservice, two, { ...mixed, rules })))).toEqual([100, 0, 80, 20]);
  });
});

describe("byte for byte", () => {
  const other = fc.record({
    name: fc.option(fc.constantFrom("x", "y"), { nil: undefined }),
    match: fc.constantFrom([{ uri: { prefix: "/x" } }], [{ uri: { exact: "/y" }, headers: { a: { exact: "1" } } }]),
    route: fc.constantFrom([to("v7")], [{ weight: 3, headers: { request: { set: { a: "b" } } }, ...to("v8") }]),
  });
  const weight = fc.option(fc.nat({ max: 100 }), { nil: undefined });
  const routes = fc.record({
    before: fc.array(other, { maxLength: 3 }),
    after: fc.array(other, { maxLength: 3 }),
    third: fc.array(weight, { maxLength: 2 }),
    canaryFirst: fc.boolean(),
    share: fc.nat({ max: 100 }),
    absent: fc.boolean(),
    annotations: fc.option(fc.dictionary(fc.string(), fc.string()), { nil: undefined }),
    phase: fc.nat({ max: 100 }),
    home: fc.boolean(),
    record: fc.string(),
  });

  /** Our weights and annotation replaced by marks, so that everything else can be compared as text, order included. */
  function masked(now: KubeObject, rule: number): string {
    const copy = structuredClone(now) as unknown as {
      metadata: { annotations?: Record<string, string> };
      spec: { http: { route: { weight?: number }[] }[] };
    };
    for (const entry of copy.spec.http[rule]?.route ?? []) {
      // The API server sorts members; here a weight that was absent may only come last.
      delete entry.weight;
    }
    delete copy.metadata.annotations?.[recordAnnotation];
    if (Object.keys(copy.metadata.annotations ?? {}).length === 0) delete copy.metadata.annotations;
    return JSON.stringify(copy);
  }

  it("changes the weights of touched rules and our annotation, and nothing else", () => {
    fc.assert(
      fc.property(routes, (draw) => {
        const stable = { ...to("v1", 100 - draw.share || 1), headers: { response: { add: { s: "1" } } } };
        const canary = to("v2", draw.absent && draw.share === 0 ? undefined : draw.share);
        const thirds = draw.third.map((value, index) => to(`t${index}`, value));
        const main = {
          match: [{ uri: { prefix: "/main" } }],
          timeout: "3s",
          route: draw.canaryFirst ? [canary, ...thirds, stable] : [stable, canary, ...thirds],
        };
        const now = virtualService(
          { hosts: ["web"], http: [...draw.before, main, ...draw.after], exportTo: ["."] },
          draw.annotations === undefined ? {} : { annotations: draw.annotations },
        );
        const words = { stable: "v1", canary: "v2" };
        const progressing = stateFor(virtualservice, now, draw.phase, words);
        const wanted = draw.home ? rolledBack(progressing) : progressing;
        const after = applied(now, operationsOf(virtualservice, now, wanted, draw.record));
        expect(masked(after, draw.before.length)).toBe(masked(now, draw.before.length));
        expect(after.metadata.annotations?.[recordAnnotation]).toBe(draw.record);
        expect(virtualservice.landed(after, wanted, draw.record)).toEqual({ kind: "as-recorded" });
        expect(virtualservice.standing(after, wanted)).toEqual({ kind: "as-recorded" });
        const rule = (after.spec as { http: { route: { weight: number }[] }[] }).http[draw.before.length];
        const sum = rule?.route.reduce((total, entry) => total + entry.weight, 0);
        if (!draw.home) expect(sum).toBe(100);
        const back = applied(after, operationsOf(virtualservice, after, rolledBack(progressing), "{}"));
        expect(weightsIn(operationsOf(virtualservice, back, rolledBack(progressing)))).toEqual(
          Object.fromEntries(
            main.route.map((entry, index) => [
              `/spec/http/${draw.before.length}/route/${index}/weight`,
              entry.weight ?? 0,
            ]),
          ),
        );
      }),
      { numRuns: 300 },
    );
  });
});
