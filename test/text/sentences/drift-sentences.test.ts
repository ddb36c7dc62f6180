import { expect, test } from "vitest";
import type { driftReasons } from "../../../src/base/reasons/drift-reasons.ts";
import { type Reason, reason } from "../../../src/base/reasons/index.ts";
import { said } from "../../../src/base/reasons/said.ts";
import { textOf } from "../../../src/text/index.ts";
import { expectSentences } from "./golden.ts";

const edge = "edge/httproute/web";
const found = said("VirtualService shop/reviews was changed by kubectl-edit: http/primary shows v1 40, v2 60");

const examples: { readonly [C in keyof typeof driftReasons]: Reason<C>["data"] } = {
  drifted: { found },
  "weights-reverted": { found, tools: ["Argo CD"], afterMs: 12_400 },
  "record-came-back": { rollout: "0caf3a6189bc" },
  "first-write-unsure": { rollout: "0caf3a6189bc", status: "rolled-back" },
  "record-missing": { found: said("The record of a rollout is gone: http/primary: v1 95, v2 5.") },
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
