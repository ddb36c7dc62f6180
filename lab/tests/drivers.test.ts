import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import type { JsonPatch, KubeObject } from "../../src/base/kube-object.ts";
import type { ResourceName } from "../../src/ports/cluster.ts";
import type { RouteAdapter } from "../../src/ports/route-adapter.ts";
import { drivers } from "../../src/routes/index.ts";
import { connect } from "../../test/cluster/connect.ts";
import { samples } from "../../test/routes/contract.ts";
import { operationsOf, rolledBack, stateFor } from "../../test/routes/shapes.ts";
import { api, create, kubeconfigOf } from "./world/place.ts";

/** What each driver plans, as the real API server with the real definitions of the kinds takes it. */

const namespace = "prod";
const cluster = connect(kubeconfigOf({ token: "labtoken" }, namespace), { clock: systemClock });
beforeAll(() => create([{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } } as KubeObject]));
afterAll(() => cluster.close());

const cases = (Object.entries(drivers) as [string, RouteAdapter][]).flatMap(([kind, driver]) =>
  (samples[kind] ?? []).map((sample, index) => ({ kind, driver, sample, name: `web-${index}` })),
);

/** A weight that was not written is one of 0, and is written so when it goes home. */
const withoutZeros = (spec: unknown): unknown =>
  JSON.parse(JSON.stringify(spec, (key, value: unknown) => (key === "weight" && value === 0 ? undefined : value)));

describe.each(cases)("$kind $name on the real API server", ({ kind, driver, sample, name }) => {
  const [version = "v1"] = driver.versions;
  const resource: ResourceName = { group: driver.group, version, plural: driver.plural, namespace, name };
  const path = `/apis/${driver.group}/${version}/namespaces/${namespace}/${driver.plural}`;
  const more = { ...sample.target, routes: [{ kind, namespace, name }] };

  const read = async (): Promise<KubeObject> => {
    const result = await cluster.read(resource);
    if (result.kind !== "found") throw new Error(result.reason.code);
    return result.object;
  };
  /** Without what a server would not take from anybody. */
  const fresh = ({ apiVersion: _version, metadata: _metadata, ...object }: KubeObject) => ({
    ...object,
    apiVersion: `${driver.group}/${version}`,
    metadata: { name, namespace },
  });

  /** A controller writes the status at its own pace: whoever read before it did reads again. */
  const patched = async (make: (object: KubeObject) => JsonPatch, dryRun: boolean) => {
    for (;;) {
      const before = await read();
      const result = await cluster.patch(resource, make(before), { dryRun });
      const isStale = result.kind === "refused" && result.status === 422;
      if (isStale && (await read()).metadata.resourceVersion !== before.metadata.resourceVersion) continue;
      return { before, result };
    }
  };
  const owned = ({ metadata, spec }: KubeObject) => ({ annotations: metadata.annotations, spec });

  it("is taken as it is written, weight by weight, and goes home verbatim", async () => {
    await api.must("POST", path, fresh(sample.object));
    const object = await read();
    expect(driver.select(object, more)).toMatchObject({ kind: "selected", selection: { share: 0 } });
    const state = { ...stateFor(driver, object, 0, more), uid: object.metadata.uid ?? "" };
    for (const weight of [1, 20, 50, 99, 100]) {
      const record = `{"weight":${weight}}`;
      const raise = (before: KubeObject) => operationsOf(driver, before, { ...state, weight }, record);
      const dry = await patched(raise, true);
      expect(dry.result).toMatchObject({ kind: "applied" });
      expect(owned(await read())).toEqual(owned(dry.before));
      const { before, result } = await patched(raise, false);
      expect(result).toMatchObject({ kind: "applied" });
      const after = await read();
      expect(driver.landed(after, { ...state, weight }, record)).toEqual({ kind: "as-recorded" });
      expect(driver.standing(after, { ...state, weight })).toEqual({ kind: "as-recorded" });
      expect(await cluster.patch(resource, raise(before), { dryRun: false })).toMatchObject({
        kind: "refused",
        status: 422,
      });
    }
    const home = await patched((moved) => operationsOf(driver, moved, rolledBack(state)), false);
    expect(home.result).toMatchObject({ kind: "applied" });
    const back = await read();
    expect(driver.standing(back, rolledBack(state))).toEqual({ kind: "as-recorded" });
    expect(withoutZeros(back.spec)).toEqual(withoutZeros(object.spec));
  });
});
