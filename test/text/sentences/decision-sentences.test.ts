import { expect, test } from "vitest";
import { foreign } from "../../../src/base/foreign.ts";
import type { decisionReasons } from "../../../src/base/reasons/decision-reasons.ts";
import { type Reason, reason } from "../../../src/base/reasons/index.ts";
import { said } from "../../../src/base/reasons/said.ts";
import { textOf } from "../../../src/text/index.ts";
import { expectSentences } from "./golden.ts";

const rollout = "0caf3a6189bc";
const newer = "9f1c02ab77de";
const edge = "edge/httproute/web";
const inner = "inner/virtualservice/web";
const v1 = "reviews.shop.svc.cluster.local/v1";
const v2 = "reviews.shop.svc.cluster.local/v2";
const failed = said("Errors rose to 4%.");
const says = said("The admission webhook denied the request");
const unready = said("v1 has no ready endpoint");
const byHand = { command: "rollback", run: "42" };
const late = reason("deadline-passed", { phase: 2, weight: 20 });

/** Each code with an example of what it is about: one with all that may be left out, where something may. */
const examples: { readonly [C in keyof typeof decisionReasons]: Reason<C>["data"] } = {
  "rollout-started": { canary: v2, addedTo: ["http/primary", "http/second"] },
  "taken-over": { rollout, weight: 20 },
  "drives-on": { weight: 20 },
  "follower-catching-up": { followers: [edge, inner], weight: 20 },
  "planned-step": { weight: 50 },
  "rollback-requested": {
    ...byHand,
    found: [
      {
        rule: "http/a",
        destinations: [
          { id: "v1", weight: 40 },
          { id: "v2", weight: 60 },
        ],
      },
    ],
  },
  "job-cancelled": {},
  "stable-recovered": { failed },
  "owner-gone": { run: "42" },
  "deadline-passed": { phase: 2, weight: 20 },
  "pause-expired": { weight: 20, limitMs: 30 * 86_400_000 },
  "command-too-late": { command: "promote", run: "42", late },
  "step-rejected": { says, follower: edge },
  "canary-unready": { forMs: 60_000, says: said("v2 has no ready endpoint") },
  "follower-restored": { follower: edge },
  "follower-lost": { follower: edge, says: reason("follower-recreated", { follower: edge }) },
  "phase-not-in-plan": { phase: 4 },
  inconclusive: { weight: 20, policy: "rollback", verdict: said("3 of 50 requests") },
  "rollback-blocked": { weight: 20, failed },
  "rollback-blocked-drifted": { says: unready },
  "waiting-for-stable": { says: unready },
  "stable-still-down": { failed, says: unready },
  "stable-down-past-deadline": { failed },
  "follower-restoring": { followers: [edge] },
  "follower-not-restored": { followers: [edge, inner], says: [said("etcd is away"), unready] },
  "not-all-restored": { rolledBack: failed, followers: [edge], says: [said("etcd is away")] },
  approved: { weight: 20, command: "promote", run: "42" },
  "promoted-unproven": { weight: 20, verdict: said("3 of 50 requests") },
  resumed: { weight: 20, command: "resume", run: "42" },
  "resumed-watching": { weight: 20 },
  "paused-person": { weight: 20, command: "pause", run: "42" },
  "paused-schedule": { weight: 20, passed: said("Check errors was 0.01; the limit is at most 0.05.") },
  "paused-until": { weight: 20, passed: said("Check errors was 0.01; the limit is at most 0.05.") },
  "beyond-until": { weight: 50, until: 20 },
  "paused-inconclusive": { weight: 5, policy: "pause", verdict: said("3 of 50 requests") },
  "no-server-time": {},
  settling: { weight: 20 },
  holding: { weight: 20 },
  "no-verdict": { phase: 2 },
  "canary-not-ready": { says: said("endpoint slices could not be listed") },
  finding: { refusal: "subset-empty", says: said("v2 selects no pod.") },
  "selection-unknown": {},
  "not-looked-at": {},
  "follower-unread": { follower: edge, says: reason("not-looked-at", {}) },
  "follower-behind": { followers: [edge] },
  "follower-unknown": { rollout, followers: [edge] },
  "preflight-findings": { findings: [said("v2 is in no DestinationRule."), said("Apply:\nkind: Role")] },
  "version-not-ready": { side: "canary", says: said("v2 has no ready endpoint") },
  "unexpected-start-weight": { share: 30, expected: 0, first: 5, follows: "shop/x (rollout r1)", follower: edge },
  "first-phase-rejected": { says },
  "plan-needed": { command: "promote" },
  superseded: { rollout: newer },
  "replaced-meanwhile": { rollout: newer, command: "pause" },
  "rollout-restarted": { rollout },
  "newer-rollout-ended": { rollout: newer },
  "newer-rollout-active": { rollout: newer },
  "other-rollout-active": { rollout: newer },
  "other-rollout-found": { found: newer, wanted: rollout },
  "begins-nothing": { command: "promote" },
  "nothing-left": { stands: failed },
  "rolled-back-by": { run: "42", rollback: failed },
  "record-of-another-object": {},
  "no-rollout": {},
  "no-rollout-for": { command: "promote" },
  "nothing-to-roll-back": { rollout: newer, revision: "4f1c2d9" },
  "nothing-to-sweep": { stands: failed },
  "no-owner": { weight: 20 },
  "pause-ended-since": { stands: reason("resumed-watching", { weight: 20 }) },
  "wrong-status": { command: "pause", status: "promoted" },
  "phase-passed-before-pause": { phase: 1, weight: 20 },
  "phase-just-entered": { phase: 2, weight: 20 },
  "plan-differs": { command: "resume" },
  "command-done": { command: "promote" },
  "already-promoted": {},
  "already-progressing": {},
  "failed-before": { failed },
  "cannot-go-on": { lost: reason("follower-restored", { follower: edge }) },
  cancelled: { while: "another-rollout", rollout: newer },
  "cancelled-blocked": { failed },
  "left-on-cancel": {},
  "cancel-time-over": {},
  "cancelled-unseen": { says: said("Connection refused.") },
  ready: {
    canary: v2,
    stable: v1,
    rules: ["http/primary"],
    followers: [{ title: edge, canary: "web-v2", stable: "web-v1" }],
    rollout,
    weight: 20,
  },
  "dry-run-waits": { says: reason("no-server-time", {}) },
  "dry-run-accepted": { weight: 5, step: reason("rollout-started", {}) },
  "dry-run-refused": { weight: 5, says },
  "max-reconciles": { says: reason("no-server-time", {}) },
  "route-absent": { title: "VirtualService shop/reviews", served: "v1" },
  "route-gone": { says: said('virtualservices "reviews" not found') },
  "route-deleting": { route: "shop/virtualservice/reviews" },
  "route-unread": { why: "denied", says: said("User ci may not get virtualservices in shop.") },
  "route-unreachable": {},
  "state-unknown": { says: said("Connection refused.") },
  "stale-read": {},
  "routes-written-meanwhile": {},
  "write-rejected": { says, weight: 20, triedMs: 3_600_000 },
  "too-many-patches": { patches: 60, phase: 2, last: says },
  "step-altered": { says: said("http/primary shows v1 100") },
  "on-follower": { follower: edge, says },
  several: { reasons: [says, said("etcd is away")] },
  "record-unreadable": {
    route: "shop/virtualservice/reviews",
    says: reason("record-malformed", { part: "phase" }),
    weights: [
      {
        rule: "http/a",
        destinations: [
          { id: "v1", weight: 80 },
          { id: "v2", weight: 20 },
        ],
      },
    ],
  },
  "record-malformed": { part: "phase" },
  "record-oversized": { limitBytes: 8_192 },
  "record-not-ours": { how: "rewritten" },
  "record-format": { found: "2", format: 1 },
  "record-too-large": { limitBytes: 8_192 },
  "newer-reason": { reasonCode: "phase-of-the-moon" },
  "details-dropped": { reasonCode: "deadline-passed" },
  "canary-was-added": { canary: v2, rules: ["http/primary"], rollout: "rolled-back" },
  "others-kept": { destinations: ["v0"] },
  "flux-paused": { rollout: "runs" },
  "dry-run-patch": { follower: edge },
  "restore-by-hand": {},
  said: { text: foreign("errors rose to 4%") },
};

test("each code has one sentence, and comes back from a record", () => expectSentences(examples, "decision-sentences"));

test.each([
  ["of a rollout that adds nothing", reason("rollout-started", {}), "The rollout starts."],
  [
    "of a rollback over the recorded weights",
    reason("rollback-requested", byHand),
    "Rolled back by `rollback` in run 42.",
  ],
  [
    "of a first route whose step was refused",
    reason("step-rejected", { says }),
    "The cluster refused the next step: The admission webhook denied the request.",
  ],
  [
    "of an owner that is not known",
    reason("owner-gone", {}),
    "The run, which drove the rollout, has ended without finishing it.",
  ],
  [
    "of a route without a rollout that was asked for",
    reason("other-rollout-found", { wanted: rollout }),
    `The route carries no rollout, not ${rollout}. Nothing was written.`,
  ],
  [
    "of a pause where nothing can be started",
    reason("no-rollout-for", { command: "pause" }),
    "There is no rollout on the route to pause.",
  ],
  [
    "of nothing to roll back",
    reason("nothing-to-roll-back", {}),
    "Nothing to roll back: the route carries no rollout.",
  ],
  ["of a route that is ready", reason("ready", {}), "Ready: nothing stands in the way."],
  [
    "of a follower's patches",
    reason("too-many-patches", { patches: 60, follower: edge }),
    `60 patches were sent to ${edge}.`,
  ],
  [
    "of a command for the wrong status",
    reason("wrong-status", { command: "resume", status: "held" }),
    "Only a paused rollout can be resumed; this one is held.",
  ],
  [
    "of Flux after the end",
    reason("flux-paused", { rollout: "promoted" }),
    "Flux was kept from the route while the rollout ran (`gitops: pause-flux`).",
  ],
] as const)("the sentence %s", (_, one, text) => expect(textOf(one)).toMatch(text));

test.each(["not-begun", "paused", "not-owner", "nothing-written"] as const)("a cancel while %s says so", (what) => {
  expect(textOf(reason("cancelled", { while: what }))).toMatch(/^Cancelled: .+\. Nothing was written\.$/);
});

test.each(["not-json", "not-an-object", "forbidden-key"] as const)("a record that is %s is told as such", (how) => {
  expect(textOf(reason("record-not-ours", { how }))).toMatch(/^It .+\.$/);
});
