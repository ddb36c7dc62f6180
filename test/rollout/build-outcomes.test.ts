import { describe, expect, it } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { said } from "../../src/base/reasons/said.ts";
import * as endings from "../../src/rollout/build-outcomes.ts";
import { asked, record } from "./samples.ts";

const told = ({ name, exitCode, code }: ReturnType<typeof endings.notFound>) =>
  `${name} ${exitCode} ${code ?? ""}`.trim();

describe("the last turn", () => {
  it.each([
    ["of a rollout that goes on leaves it, well", "run", record(), "in-progress 0"],
    ["that promoted has promoted", "run", record("promoted"), "promoted 0"],
    ["of a run that took the traffic back fails the step", "run", record("rolled-back"), "rolled-back 1"],
    ["of a rollback that was asked for does not", "rollback", record("rolled-back"), "rolled-back 0"],
    ["of a sweep does not either", "sweep", record("rolled-back"), "rolled-back 0"],
    ["that could only hold fails", "run", record("held"), "held 1"],
    ["that paused as the schedule says ends well", "run", record("schedule"), "paused 0"],
    ["that paused for lack of evidence fails", "run", record("evidence"), "paused 1"],
    ["of a pause that was asked for ends well", "pause", record("person"), "paused 0"],
  ] as const)("%s", (_, command, state, expected) => {
    const outcome = endings.afterLastTurn(asked({ command }), state);
    expect(told(outcome)).toBe(expected);
    expect(outcome).toMatchObject({ weight: state.weight, phase: state.phase });
  });

  it("at `until` has reached it", () => {
    expect(told(endings.afterLastTurn(asked({ until: 20 }), record("until")))).toBe("reached 0");
  });

  it("that wrote nothing leaves a rollout that goes on, and fails one that never began", () => {
    expect(endings.turnsUsedUp(record(), said("waiting"))).toMatchObject({
      name: "in-progress",
      exitCode: 0,
      weight: 20,
      phase: 2,
    });
    expect(told(endings.turnsUsedUp(undefined, said("no time")))).toBe("failed 1 cluster-unreachable");
    expect(told(endings.turnsUsedUp(record("promoted"), said("no time")))).toBe("failed 1 cluster-unreachable");
  });
});

describe("ends that no record decides", () => {
  it.each([
    [
      "a route that never was is refused",
      endings.notFound(false, "VirtualService shop/web", "v1", said("not there")),
      "refused 2 object-not-found",
    ],
    [
      "a route that was is gone",
      endings.notFound(true, "VirtualService shop/web", "v1", said("not there")),
      "failed 1 route-gone",
    ],
    ["a route that is being deleted is gone", endings.goingAway("shop/virtualservice/reviews"), "failed 1 route-gone"],
    [
      "an API server that never answered is refused",
      endings.unreachable(said("reset"), false),
      "refused 2 cluster-unreachable",
    ],
    [
      "a missing right is refused by name",
      endings.unreachable(said("forbidden"), true),
      "refused 2 permission-missing",
    ],
    [
      "an API server that fell silent leaves an unknown state",
      endings.unknownState(said("reset")),
      "failed 1 cluster-unreachable",
    ],
    ["a cancel before the first answer has cancelled", endings.cancelledUnseen(said("reset")), "cancelled 1"],
    ["a step that was refused for good failed", endings.rejectedForGood(said("denied")), "failed 1 write-rejected"],
    ["a write that was changed failed", endings.altered(said("weights differ")), "failed 1 write-altered"],
    [
      "a write that could not be planned failed",
      endings.cannotWrite("rollback-target-changed", said("gone")),
      "failed 1 rollback-target-changed",
    ],
    ["a dry run with nothing to do is fine", endings.nothingToWrite(said("waiting")), "ready 0"],
    [
      "a corrupt record refuses a run",
      endings.corruptRecord(asked(), false, "r", said("no JSON"), []),
      "refused 2 corrupt-record",
    ],
    [
      "and a preflight",
      endings.corruptRecord(asked({ command: "preflight" }), false, "r", said("no JSON"), []),
      "refused 2 corrupt-record",
    ],
    [
      "and fails a run that wrote before",
      endings.corruptRecord(asked(), true, "r", said("no JSON"), []),
      "failed 1 corrupt-record",
    ],
    [
      "and fails a sweep",
      endings.corruptRecord(asked({ command: "sweep" }), false, "r", said("no JSON"), []),
      "failed 1 corrupt-record",
    ],
  ] as const)("%s", (_, outcome, expected) => {
    expect(told(outcome)).toBe(expected);
  });

  it("print the remedy of a corrupt record: check the weights, then remove the annotation", () => {
    const says = reason("record-not-ours", { how: "not-json" });
    const route = "shop/virtualservice/reviews";
    const weights = [
      {
        rule: "http/primary",
        destinations: [
          { id: "v1", weight: 80 },
          { id: "v2", weight: 20 },
        ],
      },
    ];
    expect(endings.corruptRecord(asked(), false, route, says, weights).reason).toEqual(
      reason("record-unreadable", { route, says, weights }),
    );
  });
});
