import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/base/kube-object.ts";
import { reason } from "../../../src/base/reasons/index.ts";
import { recordAnnotation } from "../../../src/rollout/record/annotations.ts";
import { istioValidation, mutating, validating } from "../../../src/simulator/cluster/admission.ts";
import { virtualService as resource } from "../../servers/shop.ts";
import { because, stage } from "../scene.ts";

type Route = { weight?: number }[];
const routeOf = (object: KubeObject) => (object.spec as { http: { route: Route }[] }).http[0]?.route ?? [];
const isRoute = (object: KubeObject) => object.kind === "VirtualService";

const refusing =
  (code: number) =>
  ({ kind }: { readonly kind: string }) =>
    kind === "dry-run" ? { code, message: "no" } : undefined;
/** Its words are those of a missing right, and none is. */
const denying = (code: number) =>
  validating(({ operation }) =>
    operation === "UPDATE"
      ? { kind: "denied", code, message: 'admission webhook "policy" denied the request: it forbids canaries to start' }
      : { kind: "admitted" },
  );

describe("the dry run of everything that lies ahead", () => {
  it("sends each phase and the way back, and writes nothing", async () => {
    const there = stage({ admissions: [istioValidation] });
    const before = there.store.history.length;
    expect((await there.preflight()).codes).toEqual([]);
    expect(there.calls.filter(({ kind }) => kind === "dry-run")).toHaveLength(5);
    expect(there.calls.filter(({ kind }) => kind === "patch")).toHaveLength(0);
    expect(there.store.history.length).toBe(before);
  });

  it("finds the one phase that a policy would refuse, in the policy's words", async () => {
    const denies = validating(({ object, operation }) =>
      operation === "UPDATE" && isRoute(object) && routeOf(object)[1]?.weight === 50
        ? { kind: "denied", code: 422, message: "no canary may have half" }
        : { kind: "admitted" },
    );
    const { findings } = await stage({ admissions: [denies] }).preflight();
    const says = { code: "api-admission-denied", data: { says: expect.stringContaining("no canary may have half") } };
    expect(findings).toMatchObject(because("dry-run-rejected", { object: "reviews", step: "phase", weight: 50, says }));
  });

  it("finds that the way back would be refused", async () => {
    const denies = validating(({ object, operation }) =>
      operation === "UPDATE" && isRoute(object) && routeOf(object)[1]?.weight === 0
        ? { kind: "denied", code: 400, message: "never back" }
        : { kind: "admitted" },
    );
    expect((await stage({ admissions: [denies] }).preflight()).findings).toMatchObject(
      because("dry-run-rejected", { object: "reviews", step: "rollback" }),
    );
  });

  it("finds that a webhook changes the weights, or drops the record", async () => {
    const half = mutating((object, { operation }) => {
      if (isRoute(object) && operation === "UPDATE") for (const entry of routeOf(object)) entry.weight = 50;
      return object;
    });
    const altered = await stage({ admissions: [half] }).preflight();
    expect(new Set(altered.codes)).toEqual(new Set(["write-altered"]));
    expect(altered.findings[0]).toMatchObject({
      reason: { data: { step: "phase", weight: 5, plural: "virtualservices", found: { code: "written-differently" } } },
    });
    const forgets = mutating((object) => {
      const { [recordAnnotation]: _, ...annotations } = object.metadata.annotations ?? {};
      return { ...object, metadata: { ...object.metadata, annotations } };
    });
    const lost = reason("annotation-altered", { annotation: recordAnnotation, found: "nothing" });
    expect((await stage({ admissions: [forgets] }).preflight()).findings[0]).toMatchObject({
      reason: { code: "write-altered", data: { found: { data: { differences: [lost] } } } },
    });
  });

  it("tells what the cluster warns of, once", async () => {
    const warns = validating(() => ({ kind: "admitted", warnings: ["rule 3 is never reached"] }));
    const { notices } = await stage({ admissions: [warns] }).preflight();
    expect(notices).toEqual(because("cluster-warns", { says: "rule 3 is never reached" }));
  });

  it("is tried again on the newer object when another client writes meanwhile", async () => {
    let moved = false;
    const there = stage({
      trouble: ({ kind }) => {
        if (kind === "dry-run" && !moved) {
          moved = true;
          there.store.edit(
            1,
            resource,
            (draft) => {
              draft.metadata["labels"] = { touched: "yes" };
            },
            "kubectl",
          );
        }
        return undefined;
      },
    });
    expect((await there.preflight()).codes).toEqual([]);
    expect(there.calls.filter(({ kind }) => kind === "read").length).toBeGreaterThan(0);
  });

  it("gives up on an object that never rests, with the server's words", async () => {
    let label = 0;
    const there = stage({
      trouble: ({ kind }) => {
        if (kind === "dry-run")
          there.store.edit(
            1,
            resource,
            (draft) => {
              draft.metadata["labels"] = { touched: `${++label}` };
            },
            "kubectl",
          );
        return undefined;
      },
    });
    const { codes } = await there.preflight();
    expect(new Set(codes)).toEqual(new Set(["dry-run-rejected"]));
    expect(
      there.calls.filter(({ kind, resource: asked }) => kind === "read" && asked?.plural === "virtualservices"),
    ).toHaveLength(2);
  });

  it.each([
    ["is not answered", 0],
    ["is put off by a server that is asked too much", 429],
  ])("that %s says nothing about the patch: it will be asked again", async (_, code) => {
    const { codes, findings } = await stage({
      trouble: ({ kind }) => (kind === "dry-run" ? { code, message: "slow down" } : undefined),
    }).preflight();
    expect(new Set(codes)).toEqual(new Set(["cluster-unreachable"]));
    expect(findings[0]).toMatchObject({ reason: { data: { asked: "dry-run", step: "phase", weight: 5 } } });
  });

  it.each([
    ["a right that is missing", "permission-missing", { trouble: refusing(403) }],
    ["a right that went with the token", "dry-run-rejected", { trouble: refusing(401) }],
    ["a webhook, with the status of a missing right", "dry-run-rejected", { admissions: [denying(403)] }],
    ["a webhook, with a status of its own", "dry-run-rejected", { admissions: [denying(422)] }],
  ])("tells who refuses: %s", async (_, code, scene) => {
    const { codes } = await stage(scene).preflight();
    expect(new Set(codes)).toEqual(new Set([code]));
  });

  it("reads again after a refusal, and believes it if that read fails", async () => {
    const trouble = ({ kind, resource: asked }: { kind: string; resource: { plural: string } | undefined }) =>
      kind === "dry-run"
        ? { code: 422, message: "no" }
        : kind === "read" && asked?.plural === "virtualservices"
          ? { code: 500, message: "away" }
          : undefined;
    expect(new Set((await stage({ trouble }).preflight()).codes)).toEqual(new Set(["dry-run-rejected"]));
  });

  it("does not send what the lens itself refuses", async () => {
    const there = stage();
    there.store.edit(
      1,
      resource,
      (draft) => {
        (draft.spec as { http: { route: unknown[] }[] }).http[0]?.route.push({ destination: { host: "third" } });
      },
      "kubectl",
    );
    const { codes } = await there.preflight();
    expect(codes).toContain("drifted");
  });
});
