import { describe, expect, it } from "vitest";
import { checkCredential } from "../../../src/inspection/preflight/permissions-and-credential.ts";
import { plan } from "../../rollout/samples.ts";
import { because, looks, route, stage } from "../scene.ts";

describe("rights", () => {
  it("get and patch on the one route suffice", async () => {
    expect((await stage({ rights: [route, looks] }).preflight()).codes).toEqual([]);
  });

  it("a missing one is named, and no dry run is sent", async () => {
    const there = stage({ rights: [{ ...route, verbs: ["get"] }, looks] });
    const resource = { group: "networking.istio.io", plural: "virtualservices", namespace: "shop", object: "reviews" };
    expect((await there.preflight()).findings).toEqual(
      because("permission-missing", { asked: "rights", user: "ci", verbs: ["patch"], ...resource }),
    );
    expect(there.calls.filter(({ kind }) => kind === "dry-run")).toHaveLength(0);
  });

  it("where rights may not be asked about the check is skipped, and the dry run finds out", async () => {
    const trouble = ({ kind }: { kind: string }) =>
      kind === "may" ? { code: 403, message: "no reviews here" } : undefined;
    const { codes, notices } = await stage({ trouble }).preflight();
    expect(codes).toEqual([]);
    expect(notices).toMatchObject(
      ["get", "patch"].map((object) => ({ reason: { code: "check-skipped", data: { check: "right", object } } })),
    );
  });
});

describe("a credential", () => {
  const user = "ci";
  const stretch = { plannedMs: 60_000, longestMs: 240_000 };
  it.each([
    ["that renews itself lasts", { user, renewable: true, endsAt: 1 }, 0, 0],
    ["whose end is not known is not judged", { user, renewable: false }, 0, 0],
    ["that ends before the schedule is refused", { user, renewable: false, endsAt: 1_059_999 }, 1, 0],
    ["that ends with the schedule is a warning: a phase may wait", { user, renewable: false, endsAt: 1_060_000 }, 0, 1],
    ["that outlives the longest wait is fine", { user, renewable: false, endsAt: 1_240_000 }, 0, 0],
  ])("%s", (_, credential, findings, notices) => {
    const found = checkCredential(credential, stretch, 1_000_000);
    expect([found.findings.length, found.notices.length]).toEqual([findings, notices]);
  });

  it("is not judged without server time", () => {
    expect(checkCredential({ user, renewable: false, endsAt: 1 }, stretch, undefined).findings).toEqual([]);
  });

  it("that ends too soon is told with both ends", async () => {
    const endsAt = Date.UTC(2023, 10, 14, 22, 14);
    const { findings } = await stage({
      credential: { user: "ci", renewable: false, endsAt },
      plan: plan(),
    }).preflight();
    const until = Date.UTC(2023, 10, 14, 22, 19, 20);
    expect(findings).toEqual(because("credentials-expire", { user: "ci", endsAt, until }));
  });
});
