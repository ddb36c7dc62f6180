import { describe, expect, it } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { said } from "../../src/base/reasons/said.ts";
import type { Observation, Remembered, SyncStatus } from "../../src/rollout/observation.ts";
import { fromMemory, vanished } from "../../src/rollout/record-gone.ts";
import { firstSight } from "../../src/rollout/run-request.ts";
import { asked, decided, differs, record, seen, unrecorded, words } from "./samples.ts";

const asRecorded: SyncStatus = { kind: "as-recorded" };
const remembered = (more: Partial<Remembered> = {}): Remembered => ({
  state: record(),
  standing: asRecorded,
  isHome: false,
  isDriven: true,
  ...more,
});
/** A turn that finds no record, whatever else it finds. */
const gone = (more: Parameters<typeof seen>[0] = {}): Observation => {
  const { standing: _, ...rest } = seen(more);
  return rest;
};
const told = (more: Partial<Remembered> = {}, and: Parameters<typeof seen>[0] = {}) =>
  fromMemory(asked(), gone({ remembered: remembered(more), ...and }));
const removed = reason("record-removed", { weight: 20 });

describe("a record that is gone, and that this run remembers", () => {
  it("leads home, and says why", () => {
    const decision = told();
    expect(decision).toMatchObject({ kind: "commit", reason: removed, state: { status: "rolled-back", weight: 0 } });
  });

  it("adds itself once to the reason of a way back that was decided before", () => {
    const decided = said("errors rose");
    const both = reason("record-removed", { weight: 20, decided });
    expect(told({}, { run: { takesBack: decided } })?.reason).toEqual(both);
    expect(told({}, { run: { takesBack: both } })?.reason).toEqual(both);
  });

  it("is put back as held where stable has no ready endpoint", () => {
    const decision = told({}, { health: { stable: "empty" } });
    expect(decision).toMatchObject({ kind: "commit", state: { status: "held", weight: 20 } });
  });

  it("leads nowhere where this run does not drive it and has not decided to go back", () => {
    expect(told({ isDriven: false })).toBeUndefined();
    expect(told({ isDriven: false }, { run: { takesBack: said("errors") } })).toMatchObject({ kind: "commit" });
  });

  it("leads nowhere over weights that are not the recorded ones", () => {
    expect(told({ standing: differs })).toBeUndefined();
    expect(told({ standing: { kind: "rule-gone", reason: differs.reason, remedy: "kubectl" } })).toBeUndefined();
    const standing = { kind: "differs", weights: [], reason: said("moved"), ours: false } as const;
    const follower = { title: "shop/httproute/edge", follower: {} as never, standing };
    expect(told({}, { followers: [follower] })).toBeUndefined();
  });

  it.each(["status", "preflight", "pause"] as const)("is nothing that `%s` would act on", (command) => {
    const turn = gone({ remembered: remembered(), run: { takesBack: said("errors") } });
    expect(fromMemory(asked({ command }), turn)).toBeUndefined();
  });

  it("comes before a cancel is taken for one that found nothing", () => {
    const turn = { state: undefined, seen: { remembered: remembered(), abort: true } };
    expect(words(decided(turn))).toBe("ours: rolled-back 0 in phase 2");
    expect(words(decided({ state: undefined, seen: { abort: true } }))).toBe("drifted 1 drifted");
    expect(words(decided({ state: undefined, seen: { abort: true, run: { sawOwnRecord: false } } }))).toBe(
      "cancelled 1",
    );
  });

  it.each(["rollback", "sweep"] as const)("leads a `%s` home that had decided so", (command) => {
    const turn = { remembered: remembered({ isDriven: false }), run: { takesBack: said("late") } };
    const row = { asked: { command, first: firstSight(record()) }, state: undefined, seen: turn };
    expect(words(decided(row))).toBe("ours: rolled-back 0 in phase 2");
  });
});

describe("a record that has vanished", () => {
  const ends = (more: Parameters<typeof seen>[0] = {}) => vanished(gone(more));

  it("is drift, and names the weights where they are Sluice's own", () => {
    expect(words(ends())).toBe("drifted 1 drifted");
    expect(ends().reason).toEqual(reason("record-vanished", { shows: "unknown" }));
    const moved = ends({ remembered: remembered({ standing: differs }) });
    expect(moved.reason).toEqual(reason("record-vanished", { shows: "other" }));
    expect(words(ends({ unrecorded }))).toBe("drifted 1 record-missing");
    expect(ends({ unrecorded }).reason).toEqual(unrecorded.reason);
  });

  it("from weights that are home says so, and who puts them back", () => {
    const home = (standing: SyncStatus) => ends({ remembered: remembered({ isHome: true, standing }) }).reason;
    const original = (...tools: readonly string[]) => reason("record-vanished", { shows: "original", tools });
    expect(home(differs)).toEqual(original());
    expect(home({ ...differs, revertedBy: ["Argo CD", "Flux"] })).toEqual(original("Argo CD", "Flux"));
  });
});
