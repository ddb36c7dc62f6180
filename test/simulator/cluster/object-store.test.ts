import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/base/kube-object.ts";
import { istioValidation, mutating, validating } from "../../../src/simulator/cluster/admission.ts";
import { createStore, type Store } from "../../../src/simulator/cluster/object-store.ts";
import type { SimulatedResponse } from "../../../src/simulator/cluster/server-responses.ts";
import { furnish, gatewayShop, httpRoute, shop, virtualService } from "../../servers/shop.ts";

const now = Date.UTC(2026, 0, 5, 9);
const primary = "/spec/http/0/route";
const raise = [
  { op: "add", path: `${primary}/0/weight`, value: 80 },
  { op: "add", path: `${primary}/1/weight`, value: 20 },
];

function furnished(objects: readonly KubeObject[] = shop()): Store {
  return furnish(createStore({ seed: 1 }), now, objects);
}

function object(answer: SimulatedResponse): KubeObject {
  if (answer.code >= 300) throw new Error(JSON.stringify(answer.body));
  return answer.body as KubeObject;
}

function current(store: Store, resource = virtualService): KubeObject {
  return object(store.read(resource));
}

function weights(route: KubeObject): readonly unknown[] {
  const spec = route.spec as { http: { route: { weight?: unknown }[] }[] };
  return spec.http.flatMap((rule) => rule.route.map((entry) => entry.weight));
}

function words(answer: SimulatedResponse): string {
  return String((answer.body as { message?: unknown }).message);
}

describe("versions", () => {
  it("keeps every version of every object, with what it replaced and who wrote it", () => {
    const store = furnished();
    const before = current(store);
    store.patch(now, virtualService, raise, { manager: "sluice" });
    store.remove(now + 5, virtualService);
    const [created, patched, removed] = store.history.filter((entry) => entry.resource.plural === "virtualservices");
    expect(created).toMatchObject({ before: undefined, after: before });
    expect(patched).toMatchObject({
      at: now,
      before,
      after: { spec: { http: [{ route: [{ weight: 80 }, { weight: 20 }] }] } },
      write: { manager: "sluice" },
    });
    expect(removed).toMatchObject({ at: now + 5, before: patched?.after, after: undefined });
    expect(Number(removed?.version)).toBeGreaterThan(Number(patched?.version));
  });

  it("hands out versions that nobody can change afterwards", () => {
    const spec = current(furnished()).spec as { hosts: string[] };
    expect(() => spec.hosts.push("other")).toThrow(TypeError);
  });

  it("draws uids from the seed: equal seeds, equal worlds", () => {
    expect(furnished().history).toEqual(furnished().history);
    expect(furnish(createStore({ seed: 2 }), now).history).not.toEqual(furnished().history);
  });

  it("works the patch out again when another writer comes between, and then its version test fails", () => {
    const store = furnished();
    const { resourceVersion } = current(store).metadata;
    store.interpose(() =>
      store.edit(now, virtualService, (draft) => Object.assign(draft.metadata, { labels: { by: "other" } }), "kubectl"),
    );
    const guard = { op: "test", path: "/metadata/resourceVersion", value: resourceVersion };
    const answer = store.patch(now, virtualService, [guard, ...raise]);
    expect(answer.code).toBe(422);
    expect(answer.body).toMatchObject({
      message: "the server rejected our request due to an error in our request",
      details: {},
    });
    expect(weights(current(store))).toEqual([100, 0]);
  });

  it("applies an unguarded patch to the newer object on such a race: the API server asks nobody", () => {
    const store = furnished();
    store.interpose(() =>
      store.edit(now, virtualService, (draft) => Object.assign(draft.metadata, { labels: { by: "other" } }), "kubectl"),
    );
    expect(object(store.patch(now, virtualService, raise)).metadata.labels).toEqual({ by: "other" });
  });

  it("answers 409 for a version inside the object, and 422 where a replacement names none", () => {
    const store = furnished();
    const route = current(store);
    const stale = { ...route, metadata: { ...route.metadata, resourceVersion: "1" } };
    const nameless = { ...route, metadata: { name: "reviews" } };
    expect(store.update(now, virtualService, stale).code).toBe(409);
    expect(words(store.update(now, virtualService, nameless))).toContain("must be specified for an update");
  });

  it("serves one object under every version of its kind, and nothing under others", () => {
    const store = furnished();
    expect(current(store, { ...virtualService, version: "v1beta1" }).apiVersion).toBe("networking.istio.io/v1beta1");
    expect(store.read({ ...virtualService, version: "v2" })).toMatchObject({ code: 404, body: "404 page not found\n" });
  });
});

describe("the generation", () => {
  it("rises with the spec, not with labels, annotations or the status", () => {
    const store = furnished(gatewayShop());
    const generation = () => current(store, httpRoute).metadata.generation;
    store.patch(now, httpRoute, [{ op: "add", path: "/metadata/annotations", value: { note: "x" } }]);
    store.edit(now, httpRoute, (draft) => Object.assign(draft.status, { parents: [] }), {
      manager: "pilot",
      subresource: "status",
    });
    expect(generation()).toBe(1);
    store.patch(now, httpRoute, [{ op: "add", path: "/spec/rules/0/backendRefs/1/weight", value: 5 }]);
    expect(generation()).toBe(2);
  });

  it("takes no status through the main door and no spec through the door of the status", () => {
    const store = furnished();
    store.patch(now, virtualService, [{ op: "add", path: "/status", value: { forged: true } }]);
    store.patch(now, virtualService, [...raise, { op: "add", path: "/status", value: { seen: true } }], {
      subresource: "status",
    });
    expect(current(store).status).toEqual({ seen: true });
    expect(weights(current(store))).toEqual([100, 0]);
  });
});

describe("managedFields", () => {
  it("passes a list to whoever changed it last, and keeps the rest with its owner", () => {
    const store = furnished();
    store.patch(
      now,
      virtualService,
      [...raise, { op: "add", path: "/metadata/annotations", value: { "sluice.dev/rollout": "{}" } }],
      { manager: "sluice" },
    );
    expect(current(store).metadata.managedFields).toEqual([
      {
        manager: "kubectl-client-side-apply",
        operation: "Update",
        apiVersion: "networking.istio.io/v1",
        time: "2026-01-05T08:00:00Z",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:spec": { ".": {}, "f:hosts": {} } },
      },
      {
        manager: "sluice",
        operation: "Update",
        apiVersion: "networking.istio.io/v1",
        time: "2026-01-05T09:00:00Z",
        fieldsType: "FieldsV1",
        fieldsV1: {
          "f:metadata": { "f:annotations": { ".": {}, "f:sluice.dev/rollout": {} } },
          "f:spec": { "f:http": {} },
        },
      },
    ]);
  });

  it("names a GitOps tool that applies, and keeps the status of a controller apart", () => {
    const store = furnished();
    store.edit(now, virtualService, (draft) => Object.assign(draft.spec, { hosts: ["other"] }), {
      manager: "argocd-controller",
      operation: "Apply",
    });
    store.edit(now, virtualService, (draft) => Object.assign(draft.status, { seen: 1 }), {
      manager: "pilot",
      subresource: "status",
    });
    const writers = current(store).metadata.managedFields?.map(({ manager, operation, subresource }) => ({
      manager,
      operation,
      subresource,
    }));
    expect(writers).toEqual([
      { manager: "kubectl-client-side-apply", operation: "Update", subresource: undefined },
      { manager: "argocd-controller", operation: "Apply", subresource: undefined },
      { manager: "pilot", operation: "Update", subresource: "status" },
    ]);
  });

  it("forgets a field that is gone", () => {
    const store = furnished();
    store.patch(now, virtualService, [{ op: "add", path: "/metadata/annotations", value: { note: "x" } }], {
      manager: "person",
    });
    store.patch(now, virtualService, [{ op: "remove", path: "/metadata/annotations" }], { manager: "other" });
    expect(JSON.stringify(current(store).metadata.managedFields)).not.toMatch(/person|note/);
  });
});

describe("the schema", () => {
  it.each([
    [
      "a word",
      "80",
      "FieldValueTypeInvalid",
      'Invalid value: "string": spec.http[0].route[0].weight in body must be of type integer: "string"',
    ],
    [
      "a fraction",
      12.5,
      "FieldValueTypeInvalid",
      'Invalid value: "float64": spec.http[0].route[0].weight in body must be of type int32: "float64"',
    ],
    [
      "2^31",
      2147483648,
      "FieldValueInvalid",
      'Invalid value: "": Checked value must be of type integer with format int32 in spec.http[0].route[0].weight',
    ],
  ])("refuses %s as a weight, with the cause", (_what, value, reason, message) => {
    const answer = furnished().patch(now, virtualService, [{ op: "add", path: `${primary}/0/weight`, value }]);
    expect(answer.code).toBe(422);
    const { details } = answer.body as { details: { causes: unknown[] } };
    expect(details).toMatchObject({ kind: "VirtualService", name: "reviews" });
    expect(details.causes[0]).toMatchObject({ reason, message });
  });

  it("lets a negative weight of a VirtualService pass, as its schema has no minimum; a Gateway API route has one", () => {
    const store = furnished([...shop(), ...gatewayShop()]);
    expect(store.patch(now, virtualService, [{ op: "add", path: `${primary}/0/weight`, value: -5 }]).code).toBe(200);
    const answer = store.patch(now, httpRoute, [{ op: "add", path: "/spec/rules/0/backendRefs/0/weight", value: -5 }]);
    expect(words(answer)).toContain("should be greater than or equal to 0");
  });

  it("writes the default weight into a Gateway API route, and drops a null", () => {
    const store = furnished([...shop(), ...gatewayShop()]);
    store.patch(now, httpRoute, [{ op: "remove", path: "/spec/rules/0/backendRefs/0/weight" }]);
    const { rules } = current(store, httpRoute).spec as { rules: { backendRefs: unknown[]; matches: unknown }[] };
    expect(rules[0]?.backendRefs[0]).toEqual({ group: "", kind: "Service", name: "reviews-v1", port: 9080, weight: 1 });
    expect(rules[0]?.matches).toEqual([{ path: { type: "PathPrefix", value: "/" } }]);
    store.patch(now, virtualService, [{ op: "add", path: `${primary}/0/weight`, value: null }]);
    expect(weights(current(store))).toEqual([undefined, 0]);
  });

  it("prunes an unknown field with a warning, or refuses it when asked to be strict", () => {
    const store = furnished();
    const typo = [{ op: "add", path: `${primary}/0/wieght`, value: 5 }];
    expect(store.patch(now, virtualService, typo)).toMatchObject({
      code: 200,
      warnings: ['unknown field "spec.http[0].route[0].wieght"'],
    });
    expect(JSON.stringify(current(store))).not.toContain("wieght");
    const strict = store.patch(now, virtualService, typo, { fieldValidation: "Strict" });
    expect(strict.code).toBe(422);
    // The whole object is quoted before the point is made.
    expect(words(strict)).toMatch(
      /^ "" is invalid: patch: Invalid value: "\{.*strict decoding error: unknown field "spec\.http\[0\]\.route\[0\]\.wieght"$/,
    );
  });

  it("refuses annotations of more than 256 KiB together, and a value that is no text", () => {
    const store = furnished();
    const annotate = (value: unknown) =>
      store.patch(now, virtualService, [{ op: "add", path: "/metadata/annotations", value: { big: value } }]);
    expect(annotate("x".repeat(262_141)).code).toBe(200);
    expect(words(annotate("x".repeat(262_142)))).toContain("may not be more than 262144 bytes");
    expect(words(annotate(5))).toContain(
      "cannot unmarshal number into Go struct field ObjectMeta.annotations of type string",
    );
  });
});

describe("a dry run", () => {
  it("shows the object as it would be and stores nothing", () => {
    const store = furnished();
    const before = current(store);
    const shown = object(store.patch(now, virtualService, raise, { dryRun: true }));
    expect(weights(shown)).toEqual([80, 20]);
    expect(shown.metadata).toMatchObject({ resourceVersion: before.metadata.resourceVersion, generation: 2 });
    expect(current(store)).toBe(before);
    store.remove(now, virtualService, { dryRun: true });
    expect(current(store)).toBe(before);
  });
});

describe("admission", () => {
  it("denies with any code, in the webhook's own words, also in a dry run", () => {
    const store = furnished();
    store.admissions.push(validating(() => ({ kind: "denied", code: 418, message: "not today" })));
    for (const dryRun of [false, true]) {
      const answer = store.patch(now, virtualService, raise, { dryRun });
      expect(answer).toMatchObject({ code: 418, body: { message: "not today", code: 418 } });
      expect(answer.body).not.toHaveProperty("reason");
    }
    expect(weights(current(store))).toEqual([100, 0]);
  });

  it("changes what is stored, and what the writer is shown", () => {
    const store = furnished();
    store.admissions.push(
      mutating((route) => ({ ...route, metadata: { ...route.metadata, annotations: { injected: "yes" } } })),
    );
    expect(object(store.patch(now, virtualService, raise)).metadata.annotations).toEqual({ injected: "yes" });
  });

  it("speaks for istiod: negative and zero totals, 400 without a reason", () => {
    const store = furnished();
    store.admissions.push(istioValidation);
    const both = (value: number) => raise.map((operation) => ({ ...operation, value }));
    expect(store.patch(now, virtualService, both(0))).toMatchObject({
      code: 400,
      body: {
        message:
          'admission webhook "validation.istio.io" denied the request: configuration is invalid: total destination weight = 0',
      },
    });
    expect(words(store.patch(now, virtualService, both(-5)))).toContain("weight -5 < 0");
    expect(store.patch(now, virtualService, raise).code).toBe(200);
  });
});

describe("the end of an object", () => {
  it("waits for finalizers: it is dying, and still takes patches", () => {
    const store = furnished();
    store.edit(
      now,
      virtualService,
      (draft) => Object.assign(draft.metadata, { finalizers: ["example.com/wait"] }),
      "controller",
    );
    store.remove(now, virtualService);
    expect(current(store).metadata.deletionTimestamp).toBe("2026-01-05T09:00:00Z");
    expect(store.patch(now, virtualService, raise).code).toBe(200);
    store.patch(now, virtualService, [{ op: "remove", path: "/metadata/finalizers" }]);
    expect(store.read(virtualService).code).toBe(404);
  });

  it("is declared by nobody but the server", () => {
    const store = furnished();
    const end = { op: "add", path: "/metadata/deletionTimestamp", value: "2026-01-05T09:00:00Z" };
    expect(store.patch(now, virtualService, [end]).code).toBe(200);
    expect(current(store).metadata.deletionTimestamp).toBeUndefined();
  });

  it("is the end of its uid", () => {
    const store = furnished();
    const { uid } = current(store).metadata;
    store.remove(now, virtualService);
    furnish(store, now);
    expect(current(store).metadata.uid).not.toBe(uid);
    expect(current(store).metadata.generation).toBe(1);
  });
});

it("throws where a foreign edit would be refused, since a scene that is not set proves nothing", () => {
  const store = furnished();
  const wrong = () => store.edit(now, virtualService, (draft) => Object.assign(draft.spec, { http: "none" }), "person");
  expect(wrong).toThrow(/422: .*must be of type array/);
});

it("keeps one line of versions for each object, whoever writes and however the writes meet", () => {
  const writer = fc.record({
    manager: fc.constantFrom("sluice", "person", "argocd-controller"),
    weight: fc.integer({ min: 0, max: 100 }),
    // How many versions ago the writer has read the object.
    age: fc.nat(2),
    guarded: fc.boolean(),
    dryRun: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(writer, { maxLength: 12 }), (writers) => {
      const store = furnished();
      const line = () => store.history.filter((version) => version.resource.plural === "virtualservices");
      for (const { manager, weight, age, guarded, dryRun } of writers) {
        const seen = line().at(-1 - Math.min(age, line().length - 1))?.version;
        const before = line().length;
        const guard = guarded ? [{ op: "test", path: "/metadata/resourceVersion", value: seen }] : [];
        const operations = [...guard, { op: "add", path: `${primary}/1/weight`, value: weight }];
        const { code } = store.patch(now, virtualService, operations, { manager, dryRun });
        const isStale = guarded && seen !== line()[before - 1]?.version;
        expect(code).toBe(isStale ? 422 : 200);
        if (dryRun || isStale) expect(line()).toHaveLength(before);
      }
      for (const [index, version] of line().entries()) {
        const earlier = line()[index - 1];
        expect(version.before).toBe(earlier?.after);
        expect(Number(version.version)).toBeGreaterThan(Number(earlier?.version ?? 0));
        expect(version.after?.metadata).toMatchObject({ resourceVersion: version.version, generation: index + 1 });
      }
    }),
    { numRuns: 50 },
  );
});
