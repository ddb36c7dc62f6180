import { expect, test } from "vitest";
import type { driftReasons } from "../../../src/base/reasons/drift-reasons.ts";
import { type Reason, reason } from "../../../src/base/reasons/index.ts";
import { said } from "../../../src/base/reasons/said.ts";
import { textOf, weightsText } from "../../../src/text/index.ts";
import { expectSentences } from "./golden.ts";

/** Those have examples of their own below. */
type OnRoute =
  | "route-changed"
  | "written-differently"
  | "rules-gone"
  | "rule-weights-differ"
  | "rule-destinations-changed"
  | "canary-not-added"
  | "annotation-altered"
  | "record-missing";

const edge = "edge/httproute/web";
const found = said("VirtualService shop/reviews was changed by kubectl-edit: http/primary shows v1 40, v2 60");

const examples: { readonly [C in Exclude<keyof typeof driftReasons, OnRoute>]: Reason<C>["data"] } = {
  "rollout-drifted": { found },
  "weights-reverted": { found, tools: ["Argo CD"], afterMs: 12_400 },
  "record-came-back": { rollout: "0caf3a6189bc" },
  "first-write-unsure": { rollout: "0caf3a6189bc", status: "rolled-back" },
  "record-removed": { weight: 20, decided: said("Errors rose to 4%.") },
  "record-not-restored": { says: said("the object has been modified") },
  "record-vanished": { shows: "original", tools: ["Argo CD", "Flux"] },
  "follower-gone": { follower: edge, says: said('httproutes "web" not found') },
  "follower-recreated": { follower: edge },
  "follower-taken": { follower: edge, holder: { route: "shop/virtualservice/web", rollout: "9f1c02ab77de" } },
  "follower-in-other-phase": { follower: edge, phase: 1, recordPhase: 2 },
  "follower-unstamped": { follower: edge },
};

test("each code has one sentence, and comes back from a record", () => expectSentences(examples, "drift-sentences"));

test.each([
  ["whose weights are others'", reason("record-vanished", { shows: "other" }), /not the recorded ones.*by hand/],
  ["of which nothing is known", reason("record-vanished", { shows: "unknown" }), /does not know its original.*by hand/],
  [
    "over original weights",
    reason("record-vanished", { shows: "original" }),
    /shows the original weights\. There is nothing left/,
  ],
  ["from memory alone", reason("record-removed", { weight: 5 }), /^The record was removed from the route at 5%/],
  ["of a first write without an answer", reason("first-write-unsure", {}), /carries no record: it is not known/],
] as const)("a record that is gone, %s", (_, one, text) => expect(textOf(one)).toMatch(text));

const object = "VirtualService shop/reviews";
const weights = (v1: number, v2: number) => [
  { id: "v1", weight: v1 },
  { id: "v2", weight: v2 },
];
const differ = reason("rule-weights-differ", { rule: "http/a", wanted: weights(80, 20), shown: weights(60, 40) });
const added = reason("canary-not-added", { rule: "http/b", canary: "v2" });
const changed = { object, managers: ["kubectl-edit"], differences: [differ, added], keptBy: [] };

test.each<[Reason, string]>([
  [differ, "http/a should show v1 80, v2 20 and shows v1 60, v2 40."],
  [added, "http/b does not send to v2."],
  [
    reason("route-changed", changed),
    `${object} was changed by kubectl-edit: http/a should show v1 80, v2 20 and shows v1 60, v2 40. http/b does not send to v2.`,
  ],
  [
    reason("route-changed", { ...changed, managers: [], differences: [added], keptBy: ["Argo CD", "Helm"] }),
    `${object} was changed by an unknown field manager: http/b does not send to v2. It is kept by Argo CD and Helm: see the notes.`,
  ],
  [
    reason("written-differently", { object, differences: [added] }),
    `${object} is not what was written: http/b does not send to v2.`,
  ],
  [reason("rules-gone", { object, rules: ["http/a"] }), `http/a of ${object} no longer exists.`],
  [reason("rules-gone", { object, rules: ["http/a", "http/b"] }), `http/a, http/b of ${object} no longer exist.`],
  [
    reason("rule-destinations-changed", { rule: "http/a", gone: ["v2"], gained: ["v3"] }),
    "http/a no longer sends to v2 and sends to v3, which the record does not know.",
  ],
  [
    reason("rule-destinations-changed", { rule: "http/a", gone: [], gained: [], unreadable: 1 }),
    "http/a holds a destination that cannot be read.",
  ],
  [
    reason("annotation-altered", { annotation: "sluice.dev/rollout", found: "nothing" }),
    "The annotation sluice.dev/rollout is missing.",
  ],
  [
    reason("annotation-altered", { annotation: "sluice.dev/rollout", found: "another" }),
    "The annotation sluice.dev/rollout is not the one that was written.",
  ],
  [
    reason("record-missing", {
      object,
      writtenAt: Date.UTC(2023, 10, 14, 22, 13, 20),
      rules: [{ rule: "http/a", destinations: weights(95, 5) }],
    }),
    `The record of a rollout is gone from ${object}, which still splits traffic as Sluice wrote it at 2023-11-14T22:13:20Z: http/a: v1 95, v2 5. ` +
      "Without the record the original weights are not known, so nothing was written. Send all traffic to the version that is to stay, or apply these weights with another field manager to keep them: the notes have the commands, and each of them ends this message.",
  ],
])("%j", (drift, text) => {
  expect(textOf(drift)).toBe(text);
});

test("a route of hundreds of rules is told in one line all the same", () => {
  const rules = Array.from({ length: 30 }, (_, index) => ({ rule: `http/${index}`, destinations: weights(1, 0) }));
  expect(weightsText(rules)).toMatch(/^http\/0: v1 1, v2 0; http\/1: v1 1, v2 0; .*http\/19: v1 1, v2 0 and 10 more$/);
});
