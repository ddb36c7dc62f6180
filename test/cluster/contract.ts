import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonPatch, KubeObject } from "../../src/base/kube-object.ts";
import { nameOf } from "../../src/cluster/resource-path-and-name.ts";
import type { Cluster, Resource, ResourceName } from "../../src/ports/cluster.ts";

/** One API server, real or not, as the contract needs it. */
export type Subject = {
  /** A client with every right. */
  readonly cluster: Cluster;
  /** A client without any right in the namespace. */
  readonly stranger: Cluster;
  /** An existing namespace that the contract may fill. */
  readonly namespace: string;
  /** About what the server takes the time to be. */
  now(): number;
  create(object: KubeObject): Promise<void>;
  remove(resource: ResourceName): Promise<void>;
  close(): Promise<void>;
};

const weightPath = (destination: number) => `/spec/http/0/route/${destination}/weight`;

/** What every `Cluster` does, whatever stands behind it: the doubles are worth as much as they share this with the real one. */
export function clusterContract(name: string, make: () => Promise<Subject>): void {
  describe(`Cluster: ${name}`, () => {
    let subject: Subject;
    let count = 0;

    beforeAll(async () => {
      subject = await make();
    });
    afterAll(() => subject.close());

    const at = (routeName: string, version = "v1"): ResourceName => ({
      group: "networking.istio.io",
      version,
      plural: "virtualservices",
      namespace: subject.namespace,
      name: routeName,
    });
    const route = async (labels: Readonly<Record<string, string>> = {}): Promise<ResourceName> => {
      count += 1;
      const resource = at(`contract-${count}`);
      await subject.create(virtualService(resource, labels));
      return resource;
    };
    const read = async (resource: ResourceName): Promise<KubeObject> => {
      const result = await subject.cluster.read(resource);
      if (result.kind !== "found") throw new Error(JSON.stringify(result.reason));
      return result.object;
    };
    const guarded = (object: KubeObject, ...operations: JsonPatch): JsonPatch => [
      { op: "test", path: "/metadata/resourceVersion", value: object.metadata.resourceVersion },
      ...operations,
    ];
    const patch = (resource: ResourceName, operations: JsonPatch, dryRun = false) =>
      subject.cluster.patch(resource, operations, { dryRun });

    it("reads an object with its uid, version and generation, and the server's time", async () => {
      const before = subject.now();
      const result = await subject.cluster.read(await route());
      if (result.kind !== "found") throw new Error(JSON.stringify(result.reason));
      expect(result.object.metadata).toMatchObject({
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        resourceVersion: expect.stringMatching(/^\d+$/),
        generation: 1,
      });
      expect(weights(result.object)).toEqual([100, undefined]);
      // Whole seconds, and of this age: a server that is days off would be another fault.
      expect((result.time?.dateMs ?? 1) % 1000).toBe(0);
      expect(Math.abs((result.time?.dateMs ?? 0) - before)).toBeLessThan(86_400_000);
      expect(result.time?.receivedAt).toBeTypeOf("number");
    });

    it("says absent for an object that is not there, and for a version that is not served", async () => {
      expect(await subject.cluster.read(at("contract-nowhere"))).toMatchObject({
        kind: "absent",
        reason: { code: "api-not-found", data: { object: nameOf(at("contract-nowhere")) } },
      });
      expect(await subject.cluster.read(at("contract-nowhere", "v9"))).toMatchObject({ kind: "absent" });
    });

    it("applies a guarded patch of weights and annotation, and raises version and generation", async () => {
      const resource = await route();
      const before = await read(resource);
      const result = await patch(resource, [
        ...guarded(
          before,
          { op: "add", path: weightPath(0), value: 80 },
          { op: "add", path: weightPath(1), value: 20 },
        ),
        { op: "add", path: "/metadata/annotations", value: {} },
        { op: "add", path: "/metadata/annotations/sluice.dev~1rollout", value: '{"format":1}' },
      ]);
      if (result.kind !== "applied") throw new Error(JSON.stringify(result.reason));
      const after = await read(resource);
      for (const object of [result.object, after]) {
        expect(weights(object)).toEqual([80, 20]);
        expect(object.metadata.annotations).toEqual({ "sluice.dev/rollout": '{"format":1}' });
        expect(object.metadata.generation).toBe(2);
      }
      expect(after.metadata.resourceVersion).not.toBe(before.metadata.resourceVersion);
      expect(after.metadata.uid).toBe(before.metadata.uid);
    });

    it("names who wrote the weights in managedFields", async () => {
      const resource = await route();
      await patch(resource, guarded(await read(resource), { op: "add", path: weightPath(0), value: 90 }));
      const { managedFields = [] } = (await read(resource)).metadata;
      const writers = managedFields.filter(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes('"f:http"'));
      expect(writers).toMatchObject([{ manager: "sluice", operation: "Update" }]);
    });

    it("leaves the generation alone when only the annotation changes", async () => {
      const resource = await route();
      const operations: JsonPatch = [{ op: "add", path: "/metadata/annotations", value: { note: "1" } }];
      await patch(resource, guarded(await read(resource), ...operations));
      expect((await read(resource)).metadata).toMatchObject({ generation: 1, annotations: { note: "1" } });
    });

    it("keeps the version when a patch changes nothing", async () => {
      const resource = await route();
      const before = await read(resource);
      const result = await patch(resource, guarded(before, { op: "add", path: weightPath(0), value: 100 }));
      expect(result).toMatchObject({ kind: "applied" });
      expect((await read(resource)).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    });

    it("refuses with 422 a patch that was planned on an older version, and changes nothing", async () => {
      const resource = await route();
      const older = await read(resource);
      await patch(resource, guarded(older, { op: "add", path: weightPath(1), value: 5 }));
      const result = await patch(resource, guarded(older, { op: "add", path: weightPath(1), value: 50 }));
      expect(result).toMatchObject({ kind: "refused", status: 422 });
      expect(weights(await read(resource))).toEqual([100, 5]);
    });

    it("lets exactly one of two patches on one version win", async () => {
      const resource = await route();
      const object = await read(resource);
      const results = await Promise.all(
        [10, 20, 30].map((value) => patch(resource, guarded(object, { op: "add", path: weightPath(1), value }))),
      );
      expect(results.map((result) => result.kind).sort()).toEqual(["applied", "refused", "refused"]);
    });

    it("refuses a path whose parent is missing, as a whole", async () => {
      const resource = await route();
      const operations: JsonPatch = [
        { op: "add", path: weightPath(1), value: 5 },
        { op: "add", path: "/spec/http/7/route/0/weight", value: 5 },
      ];
      expect(await patch(resource, guarded(await read(resource), ...operations))).toMatchObject({
        kind: "refused",
        status: 422,
      });
      expect(weights(await read(resource))).toEqual([100, undefined]);
    });

    it.each([
      ["a fraction", 12.5],
      ["a word", "80"],
      ["more than 32 bits", 2147483648],
    ])("refuses %s as a weight, and says where", async (_what, value) => {
      const resource = await route();
      const result = await patch(resource, guarded(await read(resource), { op: "add", path: weightPath(0), value }));
      expect(result).toMatchObject({ kind: "refused", status: 422 });
      expect(result).toMatchObject({
        reason: { data: { says: expect.stringContaining("spec.http[0].route[0].weight") } },
      });
    });

    it("refuses an unknown field instead of dropping it, and names it without quoting the object", async () => {
      const resource = await route();
      const operation = { op: "add", path: "/spec/http/0/route/0/wait", value: 1 } as const;
      const result = await patch(resource, guarded(await read(resource), operation));
      expect(result).toMatchObject({ kind: "refused", status: 422 });
      if (result.kind !== "refused") return;
      expect(result.reason).toMatchObject({
        code: "api-rejected",
        data: { says: expect.stringContaining('unknown field "spec.http[0].route[0].wait"') },
      });
      expect(JSON.stringify(result.reason)).not.toContain("creationTimestamp");
    });

    it("shows in a dry run what would be, and refuses what would be refused, without writing", async () => {
      const resource = await route();
      const before = await read(resource);
      const result = await patch(resource, guarded(before, { op: "add", path: weightPath(0), value: 60 }), true);
      if (result.kind !== "applied") throw new Error(JSON.stringify(result.reason));
      expect(weights(result.object)).toEqual([60, undefined]);
      const wrong = await patch(resource, guarded(before, { op: "add", path: weightPath(0), value: "60" }), true);
      expect(wrong).toMatchObject({ kind: "refused", status: 422 });
      expect(await read(resource)).toEqual(before);
    });

    it("refuses a patch of what is not there with 404", async () => {
      const result = await patch(at("contract-nowhere"), [{ op: "add", path: weightPath(0), value: 1 }]);
      expect(result).toMatchObject({ kind: "refused", status: 404 });
    });

    it("gives a recreated object a new uid", async () => {
      const resource = await route();
      const { metadata } = await read(resource);
      await subject.remove(resource);
      expect(await subject.cluster.read(resource)).toMatchObject({ kind: "absent" });
      await subject.create(virtualService(resource, {}));
      expect((await read(resource)).metadata.uid).not.toBe(metadata.uid);
    });

    it("lists by label and by name", async () => {
      const [first, second] = [await route({ set: "list", side: "a" }), await route({ set: "list", side: "b" })];
      const collection: Resource = at("");
      const listed = async (options: { labelSelector?: string; fieldSelector?: string }) => {
        const result = await subject.cluster.list(resourceOnly(collection), options);
        if (result.kind !== "listed") throw new Error(JSON.stringify(result.reason));
        return result.items.map((item) => item.metadata.name).sort();
      };
      expect(await listed({ labelSelector: "set=list" })).toEqual([first.name, second.name].sort());
      expect(await listed({ labelSelector: "set=list,side!=a" })).toEqual([second.name]);
      expect(await listed({ labelSelector: "side in (a,c)" })).toEqual([first.name]);
      expect(await listed({ fieldSelector: `metadata.name=${first.name}` })).toEqual([first.name]);
      expect(await listed({ labelSelector: "set=nothing" })).toEqual([]);
    });

    it("lists nothing, and no failure, where there is nothing", async () => {
      const pods: Resource = { group: "", version: "v1", plural: "pods", namespace: subject.namespace };
      expect(await subject.cluster.list(pods)).toEqual({ kind: "listed", items: [] });
    });

    it("names the served versions of a group, the preferred first, and says absent for an unknown group", async () => {
      const result = await subject.cluster.versions("networking.istio.io");
      if (result.kind !== "served") throw new Error(result.kind);
      expect(result.versions[0]).toBe("v1");
      expect(await subject.cluster.versions("nothing.example.com")).toEqual({ kind: "absent" });
    });

    it("names the versions in which one kind of a group is served", async () => {
      const { cluster } = subject;
      const found = await cluster.versions("networking.istio.io", { plural: "virtualservices" });
      expect(found).toMatchObject({ kind: "served", versions: expect.arrayContaining(["v1"]) });
      const none = await cluster.versions("networking.istio.io", { plural: "nothings" });
      expect(none).toEqual({ kind: "served", versions: [] });
    });

    it("knows what it may do", async () => {
      const resource = at("contract-1");
      expect(await subject.cluster.may("patch", resource)).toEqual({ kind: "allowed" });
      expect(await subject.stranger.may("patch", resource)).toMatchObject({
        kind: "denied",
        reason: { code: "api-access-denied", data: { verb: "patch", object: nameOf(resource) } },
      });
    });

    it("refuses a stranger, and tells that from an absent object", async () => {
      const resource = await route();
      expect(await subject.stranger.read(resource)).toMatchObject({
        kind: "failed",
        status: 403,
        reason: { code: "api-forbidden", data: { verb: "get", object: nameOf(resource) } },
      });
      expect(await subject.stranger.list(resourceOnly(resource))).toMatchObject({
        kind: "forbidden",
        reason: { code: "api-forbidden", data: { verb: "list" } },
      });
      const result = await subject.stranger.patch(resource, [], { dryRun: false });
      expect(result).toMatchObject({ kind: "refused", status: 403, reason: { code: "api-forbidden" } });
    });
  });
}

function resourceOnly({ group, version, plural, namespace }: Resource): Resource {
  return { group, version, plural, namespace };
}

function virtualService({ name, namespace }: ResourceName, labels: Readonly<Record<string, string>>): KubeObject {
  const destination = (subset: string) => ({ destination: { host: "reviews", subset } });
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name, namespace, labels },
    spec: {
      hosts: ["reviews"],
      http: [{ name: "primary", route: [{ ...destination("v1"), weight: 100 }, destination("v2")] }],
    },
  };
}

function weights(object: KubeObject): readonly (number | undefined)[] {
  const spec = object.spec as { http: { route: { weight?: number }[] }[] };
  return spec.http.flatMap((rule) => rule.route.map((entry) => entry.weight));
}
