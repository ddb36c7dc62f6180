import { describe, expect, it } from "vitest";
import { checkCredential } from "../../../src/inspection/preflight/permissions-and-credential.ts";
import { plan } from "../../rollout/samples.ts";
import { looks, route, stage } from "../scene.ts";

describe("rights", () => {
  it("get and patch on the one route suffice", async () => {
    expect((await stage({ rights: [route, looks] }).preflight()).codes).toEqual([]);
  });

  it("a missing one is named with the Role that grants it, and no dry run is sent", async () => {
    const there = stage({ rights: [{ ...route, verbs: ["get"] }, looks] });
    const { codes, texts } = await there.preflight();
    expect(codes).toEqual(["permission-missing"]);
    expect(texts).toContain("ci may not patch virtualservices reviews in shop. Apply:");
    expect(texts).toContain(
      "{apiGroups: [networking.istio.io], resources: [virtualservices], resourceNames: [reviews], verbs: [get, patch]}",
    );
    expect(there.calls.filter(({ kind }) => kind === "dry-run")).toHaveLength(0);
  });

  it("where nobody may ask about rights the check is skipped, and the dry run finds out", async () => {
    const trouble = ({ kind }: { kind: string }) =>
      kind === "may" ? { code: 403, message: "no reviews here" } : undefined;
    const { codes, notes } = await stage({ trouble }).preflight();
    expect(codes).toEqual([]);
    expect(notes.filter((note) => note.includes("the right to"))).toHaveLength(2);
  });
});

describe("a credential", () => {
  const user = "ci";
  const stretch = { plannedMs: 60_000, longestMs: 240_000 };
  it.each([
    ["that renews itself lasts", { user, renewable: true, endsAt: 1 }, 0, 0],
    ["whose end nobody knows is not judged", { user, renewable: false }, 0, 0],
    ["that ends before the schedule is refused", { user, renewable: false, endsAt: 1_059_999 }, 1, 0],
    ["that ends with the schedule is a warning: a phase may wait", { user, renewable: false, endsAt: 1_060_000 }, 0, 1],
    ["that outlives the longest wait is fine", { user, renewable: false, endsAt: 1_240_000 }, 0, 0],
  ])("%s", (_, credential, findings, notes) => {
    const found = checkCredential(credential, stretch, 1_000_000);
    expect([found.findings.length, found.notes.length]).toEqual([findings, notes]);
  });

  it("is not judged without server time", () => {
    expect(checkCredential({ user, renewable: false, endsAt: 1 }, stretch, undefined).findings).toEqual([]);
  });

  it("that ends too soon is told with both ends and the remedies", async () => {
    const endsAt = Date.UTC(2023, 10, 14, 22, 14);
    const { codes, texts } = await stage({
      credential: { user: "ci", renewable: false, endsAt },
      plan: plan(),
    }).preflight();
    expect(codes).toEqual(["credentials-expire"]);
    expect(texts).toMatch(
      /^Credentials of ci end at 2023-11-14T22:14:00Z, the schedule at 2023-11-14T22:19:20Z; a rollback could become impossible\. .*`until`/,
    );
  });
});
