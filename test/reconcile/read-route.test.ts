import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { said } from "../../src/base/reasons/said.ts";
import type { Cluster, ReadResult } from "../../src/ports/cluster.ts";
import type { Ports } from "../../src/ports/run-ports.ts";
import { readRoute } from "../../src/reconcile/read-route.ts";
import type { Plan } from "../../src/rollout/plan.ts";
import { recordAnnotation } from "../../src/rollout/record/annotations.ts";
import { encodeRecord } from "../../src/rollout/record/encode.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import { plan, record } from "../rollout/samples.ts";
import { virtualService as resource, shop } from "../servers/shop.ts";

const route = shop().find(({ kind }) => kind === "VirtualService") as KubeObject;
const unheard = reason("network-cancelled", {});
const versions = { stable: "reviews.shop.svc.cluster.local/v1", canary: "reviews.shop.svc.cluster.local/v2" };
const marked = (text: string): KubeObject => ({
  ...route,
  metadata: { ...route.metadata, uid: "uid", annotations: { [recordAnnotation]: text } },
});

function seenAs(answer: ReadResult, of: Plan | undefined = plan(), now = 1_000.75) {
  const cluster = { read: async () => answer } as unknown as Cluster;
  return readRoute(
    { cluster, resource, driver: virtualservice, clock: { now: () => now, sleep: async () => {} } } as unknown as Ports,
    of,
    {},
  );
}
const found = (object: KubeObject, receivedAt = 1_000): ReadResult => ({
  kind: "found",
  object,
  time: { dateMs: 5_000, receivedAt },
});

describe("one look at the route", () => {
  it("names server time in whole milliseconds: the answer's date and the time since it came", async () => {
    expect(await seenAs(found(route))).toMatchObject({ kind: "seen", now: 5_000 });
    expect(await seenAs(found(route), plan(), 1_500.9)).toMatchObject({ now: 5_500 });
    expect(await seenAs(found(route, 2_000))).toMatchObject({ now: 5_000 });
    expect(await seenAs({ kind: "found", object: route, time: undefined })).toMatchObject({
      kind: "seen",
      now: undefined,
    });
  });

  it("finds no record, one that can be read, or one that cannot", async () => {
    expect(await seenAs(found(route))).toMatchObject({ state: undefined, record: undefined, standing: undefined });
    const text = encodeRecord(record("progressing", versions));
    expect(await seenAs(found(marked(text)))).toMatchObject({ state: { rollout: "ours" }, record: text, uid: "uid" });
    expect(await seenAs(found(marked("{")))).toMatchObject({
      kind: "corrupt",
      reason: reason("record-not-ours", { how: "not-json" }),
    });
  });

  it.each([
    [
      "a route that is being deleted",
      found({ ...route, metadata: { ...route.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } }),
      { kind: "going-away" },
    ],
    [
      "a route that is not there",
      { kind: "absent", reason: said("no"), time: undefined },
      { kind: "absent", reason: said("no") },
    ],
    ["a refused read", { kind: "failed", reason: unheard, status: 403 }, { kind: "blind", denied: true }],
    ["an expired token", { kind: "failed", reason: unheard, status: 401 }, { kind: "blind", denied: true }],
    ["a broken answer", { kind: "failed", reason: unheard, status: 500 }, { kind: "blind", denied: false }],
    [
      "a server that asks for time",
      { kind: "failed", reason: unheard, status: 429, retryAfterMs: 7_000 },
      { kind: "blind", retryAfterMs: 7_000 },
    ],
  ] as const)("tells %s apart", async (_, answer, expected) => {
    expect(await seenAs(answer as ReadResult)).toMatchObject(expected);
  });

  it("selects nothing without a plan", async () => {
    const cluster = { read: async () => found(route) } as unknown as Cluster;
    const ports = {
      cluster,
      resource,
      driver: virtualservice,
      clock: { now: () => 0, sleep: async () => {} },
    } as unknown as Ports;
    expect(await readRoute(ports, undefined, {})).toMatchObject({ kind: "seen", selected: undefined });
  });

  it("takes the versions that the plan does not name from an unfinished record, or from one of its own", async () => {
    const both = marked(encodeRecord(record("progressing", { ...versions, rollout: "theirs" })));
    const spec = {
      hosts: ["reviews"],
      http: [
        {
          route: [
            { destination: { host: "reviews", subset: "v1" }, weight: 80 },
            { destination: { host: "reviews", subset: "v2" }, weight: 20 },
          ],
        },
      ],
    };
    expect(await seenAs(found({ ...both, spec }))).toMatchObject({
      selected: { kind: "selected", selection: versions },
    });
    const own = marked(encodeRecord(record("promoted", versions)));
    expect(await seenAs(found({ ...own, spec }))).toMatchObject({
      selected: { kind: "selected", selection: versions },
    });
    const theirs = marked(encodeRecord(record("promoted", { ...versions, rollout: "theirs" })));
    expect(await seenAs(found({ ...theirs, spec }))).toMatchObject({ selected: { kind: "refused" } });
  });
});
