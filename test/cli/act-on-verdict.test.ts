import { describe, expect, test } from "vitest";
import { type Act, actOn } from "../../src/cli/act-on-verdict.ts";
import { decided, failing, lacking, minute, mismatched, passing, plan, second, watch } from "../rollout/samples.ts";

const policies = ["pause", "rollback", "promote"] as const;
const phase = plan().phases[1];
if (phase === undefined) throw new Error("the plan has no second phase");
const { holdMs, maxHoldMs } = phase;

/** What the core does in the same phase, all being well but for the verdict. */
function byTheCore(row: Parameters<typeof decided>[0]): Act {
  const decision = decided(row);
  if (decision.kind === "wait") return "wait";
  if (decision.kind !== "commit") throw new Error(`a decision of another kind: ${decision.kind}`);
  const { status } = decision.state;
  return status === "rolled-back" ? "rollback" : status === "paused" ? "pause" : "promote";
}

describe.each([
  ["a pass", passing],
  ["a fail", failing],
  ["a lack of traffic", lacking("traffic")],
  ["a lack of data", lacking("data")],
  ["traffic that does not follow the weight", mismatched],
])("what follows from %s", (_, verdict) => {
  test.each([0, holdMs - second, holdMs, maxHoldMs - second, maxHoldMs, maxHoldMs + minute])(
    "%i ms into the phase is what the core does",
    (ms) => {
      for (const onInconclusive of policies) {
        const act = actOn(verdict, { watchedMs: ms, countedMs: ms }, phase, onInconclusive);
        const core = byTheCore({ plan: plan({ policy: { onInconclusive } }), seen: { now: watch + ms, verdict } });
        expect([onInconclusive, act]).toEqual([onInconclusive, core]);
      }
    },
  );
});

test("a pause that was left restarts max-hold, and not the hold", () => {
  const verdict = lacking("traffic");
  const elapsed = { watchedMs: maxHoldMs + minute, countedMs: minute };
  expect(actOn(verdict, elapsed, phase, "pause")).toBe("wait");
  expect(actOn(passing, elapsed, phase, "pause")).toBe("promote");
});
