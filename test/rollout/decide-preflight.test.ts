import { describe, expect, it } from "vitest";
import { finding } from "../../src/base/reasons/finding.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { decide } from "../../src/rollout/decide-next-step.ts";
import {
  asked,
  decided,
  differs,
  entered,
  plan,
  type Row,
  record,
  rule,
  second,
  seen,
  selection,
  words,
} from "./samples.ts";

const empty = finding("subset-empty", { subset: "v1", labels: ["version=v1"] });
const missing = finding("subset-missing", { subset: "v2", host: "reviews", misspelt: [] });
const rows: readonly Row[] = [
  {
    rule: "on a free route names what can take over from what",
    state: undefined,
    ends: "ready 0",
    says: reason("ready", { canary: "v2", stable: "v1", rules: ["http/primary"], followers: [] }),
  },
  {
    rule: "on a route whose canary has traffic is refused as the run would be",
    state: undefined,
    seen: { selection: selection({ share: 30 }) },
    ends: "refused 2 unexpected-start-weight",
  },
  {
    rule: "names every finding",
    state: undefined,
    seen: { findings: [missing, empty] },
    ends: "refused 2 subset-missing",
    says: reason("preflight-findings", { findings: [missing.reason, empty.reason] }),
  },
  {
    rule: "waits for what a controller may still say, and refuses it after half a minute",
    state: undefined,
    asked: { startedAt: entered },
    seen: { now: entered + second, findings: [{ ...missing, mayPass: true }] },
    ends: "wait 2 s",
  },
  {
    rule: "during a rollout says where it is",
    ends: "ready 0",
    says: reason("ready", {
      rollout: "ours",
      weight: 20,
      canary: "v2",
      stable: "v1",
      rules: ["http/primary"],
      followers: [],
    }),
  },
  {
    rule: "during another rollout could take over, whatever the share",
    state: record("progressing", { rollout: "theirs" }),
    seen: { selection: selection({ share: 20 }) },
    ends: "ready 0",
  },
  { rule: "on foreign weights is refused", seen: { standing: differs }, ends: "refused 2 drifted" },
  {
    rule: "after a promotion that stands has nothing to ask",
    state: record("promoted"),
    seen: { selection: selection({ share: 100 }) },
    ends: "ready 0",
  },
  {
    rule: "after a promotion that stands no more asks for the start weight",
    state: record("promoted"),
    seen: { standing: differs, selection: selection({ share: 60 }) },
    ends: "refused 2 unexpected-start-weight",
  },
  {
    rule: "after another rollout's promotion asks for the start weight",
    state: record("promoted", { rollout: "theirs" }),
    seen: { selection: selection({ share: 100 }) },
    ends: "refused 2 unexpected-start-weight",
  },
  { rule: "of its own record on another object is refused", seen: { uid: "other" }, ends: "refused 2 foreign-record" },
  {
    rule: "of another's record on another object, the canary at rest, is ready",
    state: record("promoted", { rollout: "theirs" }),
    seen: { uid: "other" },
    ends: "ready 0",
  },
  {
    rule: "of another's record on another object, the canary with traffic, is refused",
    state: record("progressing", { rollout: "theirs" }),
    seen: { uid: "other", selection: selection({ share: 20 }) },
    ends: "refused 2 foreign-record",
  },
];

describe("preflight", () => {
  it.each(rows)("$rule", ({ ends, says, ...row }) => {
    const decision = decided({ ...row, asked: { ...row.asked, command: "preflight" } });
    expect(words(decision)).toBe(ends);
    if (says !== undefined) expect(decision.reason).toEqual(says);
  });

  it("names an unnamed rule by its place", () => {
    const decision = decided({
      asked: { command: "preflight" },
      state: undefined,
      seen: { selection: selection({ rules: [rule({ name: null, index: 4 })] }) },
    });
    expect(decision.reason).toMatchObject({ code: "ready", data: { rules: ["http/4"] } });
  });

  it("has nothing to name where nothing could be selected and nothing stands in the way", () => {
    const { selection: _, ...rest } = seen();
    const decision = decide(plan(), asked({ command: "preflight" }), record(), rest);
    expect(decision.reason).toEqual(reason("ready", { rollout: "ours", weight: 20 }));
  });
});
