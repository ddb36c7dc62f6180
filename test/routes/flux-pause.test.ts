import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { notice } from "../../src/base/reasons/notice.ts";
import { recordAnnotation } from "../../src/rollout/record/annotations.ts";
import { decodeRecord } from "../../src/rollout/record/decode.ts";
import { encodeRecord } from "../../src/rollout/record/encode.ts";
import type { State } from "../../src/rollout/rollout-state.ts";
import { fluxIsPaused, fluxToPause } from "../../src/routes/flux-pause.ts";
import { gitopsOf, othersAtWork } from "../../src/routes/gitops-tools.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import { applied, http, operationsOf, rolledBack, stateFor, target, to, virtualService } from "./shapes.ts";

const key = "kustomize.toolkit.fluxcd.io/reconcile";
const path = "/metadata/annotations/kustomize.toolkit.fluxcd.io~1reconcile";
type Annotations = Readonly<Record<string, string>>;
const byFlux = { managedFields: [{ manager: "kustomize-controller" }] };
const route = (annotations?: Annotations, more: object = byFlux): KubeObject =>
  virtualService(http({ route: [to("v1", 100), to("v2", 0)] }), {
    ...more,
    ...(annotations === undefined ? {} : { annotations }),
  });

/** The state with which a rollout that pauses Flux begins on an object. */
function begun(object: KubeObject): State {
  const selected = virtualservice.select(object, target({ pauseFlux: true }));
  if (selected.kind === "refused") throw new Error("refused");
  const { flux } = selected.selection;
  return { ...stateFor(virtualservice, object, 20), ...(flux === undefined ? {} : { flux }) };
}
const patched = (object: KubeObject, state: State) =>
  applied(object, operationsOf(virtualservice, object, state, encodeRecord(state)));
const word = (object: KubeObject) => object.metadata.annotations?.[key];
const ends: readonly [string, (state: State) => State][] = [
  ["a rollback", rolledBack],
  ["a promotion", (state) => ({ ...state, weight: 100, status: "promoted", endedAt: 1 })],
];

describe("gitops: pause-flux", () => {
  it("sets the annotation in the patch of the first weight, and every later patch leaves it there", () => {
    const object = route();
    const first = begun(object);
    expect(
      operationsOf(virtualservice, object, first).map(({ op, path: at, value }) => `${op} ${at} ${value}`),
    ).toEqual([
      "test /metadata/resourceVersion 8412",
      "add /spec/http/0/route/0/weight 80",
      "add /spec/http/0/route/1/weight 20",
      "add /metadata/annotations [object Object]",
      `add ${path} disabled`,
      "add /metadata/annotations/sluice.dev~1rollout {}",
    ]);
    const during = patched(object, first);
    expect(word(during)).toBe("disabled");
    const next = { ...first, weight: 50 };
    expect(operationsOf(virtualservice, during, next).some(({ path: at }) => at === path)).toBe(false);
    expect(virtualservice.standing(during, first)).toEqual({ kind: "as-recorded" });
  });

  it.each(ends)("takes it away in the patch of %s", (_, ending) => {
    const object = route({ "a/b": "c" });
    const first = begun(object);
    const end = patched(patched(object, first), ending(first));
    expect(Object.keys(end.metadata.annotations ?? {})).toEqual(["a/b", "sluice.dev/rollout"]);
  });

  it.each(ends)("puts back another word that stood there, after %s too", (_, ending) => {
    const object = route({ [key]: "enabled" });
    const first = begun(object);
    expect(first.flux).toEqual({ before: "enabled" });
    expect(word(patched(object, first))).toBe("disabled");
    expect(word(patched(patched(object, first), ending(first)))).toBe("enabled");
  });

  it.each(ends)("never takes away what was there before, also at %s", (_, ending) => {
    for (const mine of ["disabled", "Disabled"]) {
      const object = route({ [key]: mine });
      const first = begun(object);
      expect(first.flux).toBeUndefined();
      expect(word(patched(patched(object, first), ending(first)))).toBe(mine);
    }
    expect(
      fluxToPause({ ...route(), metadata: { ...route().metadata, labels: { [key]: "disabled" } } }),
    ).toBeUndefined();
  });

  it("ends with a rollback whose record was removed meanwhile, as the one that is put back has it", () => {
    const object = route({ [key]: "enabled" });
    const first = begun(object);
    const during = patched(object, first);
    const { [recordAnnotation]: _, ...annotations } = during.metadata.annotations ?? {};
    const without = { ...during, metadata: { ...during.metadata, annotations } };
    expect(word(patched(without, rolledBack(first)))).toBe("enabled");
    expect(word(patched(without, { ...first, status: "held" }))).toBe("disabled");
  });

  it("leaves a word alone that somebody wrote meanwhile, or after the rollout had ended", () => {
    const object = route();
    const first = begun(object);
    const during = patched(object, first);
    const changed = {
      ...during,
      metadata: { ...during.metadata, annotations: { ...during.metadata.annotations, [key]: "x" } },
    };
    expect(word(patched(changed, rolledBack(first)))).toBe("x");
    const promoted: State = { ...first, weight: 100, status: "promoted", endedAt: 1 };
    const end = patched(during, promoted);
    const later = {
      ...end,
      metadata: { ...end.metadata, annotations: { ...end.metadata.annotations, [key]: "disabled" } },
    };
    expect(word(patched(later, rolledBack(promoted)))).toBe("disabled");
  });

  it("is in the command for a person whose rule is gone, and said to whom the rollout is left", () => {
    const object = route();
    const first = begun(object);
    const during = patched(object, first);
    const bare = { ...during, spec: http({ name: "new", match: [{ uri: { exact: "/" } }], route: [to("v1")] }) };
    expect(virtualservice.standing(bare, first)).toMatchObject({
      kind: "rule-gone",
      remedy: expect.stringContaining(`{"op":"remove","path":"${path}"}`),
    });
    expect(virtualservice.leftBehind?.(during, first)).toEqual([notice("flux-still-paused", {})]);
    expect(virtualservice.leftBehind?.(patched(during, rolledBack(first)), rolledBack(first))).toEqual([]);
    expect(virtualservice.leftBehind?.(object, first)).toEqual([]);
  });

  it("silences the advice about Flux, which has no more to undo", () => {
    expect(virtualservice.keepers?.(route())).toEqual(["Flux"]);
    const during = patched(route(), begun(route()));
    expect(fluxIsPaused(during)).toBe(true);
    expect(virtualservice.keepers?.(during)).toEqual([]);
    const helm = { labels: { "app.kubernetes.io/managed-by": "Helm" } };
    expect(virtualservice.keepers?.(route(undefined, helm))).toEqual([]);
    expect(gitopsOf(during)).toEqual([]);
  });

  it("says in preflight what it will do, instead of asking the user for it", () => {
    const told = (object: KubeObject, rollout = "r") => othersAtWork(object, [], { rollout }).notices;
    const planned = notice("flux-pause", { fate: "planned" });
    expect(told(route())).toEqual([planned]);
    expect(told(route({ [key]: "enabled" }))).toEqual([notice("flux-pause", { fate: "planned", before: "enabled" })]);
    expect(told(route({ [key]: "disabled" }))).toEqual([notice("flux-pause", { fate: "kept" })]);
    const during = patched(route(), begun(route()));
    expect(told(during)).toEqual([notice("flux-pause", { fate: "set" })]);
    const { flux: _, ...without } = begun(route());
    expect(told(patched(route(), without))[0]).toEqual(notice("flux-pause", { fate: "late" }));
    expect(told(patched(route(), without), "another")[0]).toEqual(planned);
    const helm = route(undefined, { managedFields: [{ manager: "helm-controller" }] });
    expect(told(helm)).toMatchObject([
      { reason: { code: "flux-pause", data: { fate: "no-effect" } } },
      { reason: { code: "gitops-tool", data: { tool: "helm-release" } } },
    ]);
  });

  it("stands in the record, which is read back as it was written and refused where it was not", () => {
    for (const before of [null, "enabled"]) {
      const state = { ...begun(route()), flux: { before } };
      expect(decodeRecord(encodeRecord(state))).toMatchObject({ kind: "state", state: { flux: { before } } });
    }
    for (const odd of ["{}", "null", "7", '{"before":7}']) {
      const hostile = encodeRecord(begun(route())).replace('{"before":null}', odd);
      expect(decodeRecord(hostile)).toEqual({ kind: "corrupt", reason: reason("record-malformed", { part: "flux" }) });
    }
  });
});
