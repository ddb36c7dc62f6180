import { describe, expect, it } from "vitest";
import { stretchOf } from "../../src/rollout/expected-duration.ts";
import { asked, inPhase, minute, plan, record, second, withPauseAfter } from "./samples.ts";

/** Allowance, settling and hold of one phase; the same with its max-hold. */
const planned = 30 * second + minute;
const longest = 30 * second + 4 * minute;

describe("how long a run is going to drive", () => {
  it.each([
    ["the whole schedule from its beginning", asked(), undefined, 4],
    ["the same for a preflight", asked({ command: "preflight" }), undefined, 4],
    ["to `until` and no further", asked({ until: 20 }), undefined, 2],
    ["the present phase and what is left", asked(), inPhase(3), 2],
    ["what comes after a pause", asked({ command: "promote" }), record("schedule"), 2],
    ["the whole schedule beside another plan's record", asked(), record("progressing", { planDigest: "other" }), 4],
    ["the whole schedule after an end", asked(), record("promoted"), 4],
    ["a moment with `turns`", asked({ turns: 1 }), undefined, 0],
    ["a moment for a command on what another run drives", asked({ command: "promote" }), inPhase(2), 0],
  ])("%s", (_, who, state, phases) => {
    expect(stretchOf(plan(), who, state)).toEqual({ plannedMs: phases * planned, longestMs: phases * longest });
  });

  it("ends where the schedule asks a person: whoever goes on brings credentials of his own", () => {
    const asks = plan({ phases: withPauseAfter(5) });
    expect(stretchOf(asks, asked(), undefined).plannedMs).toBe(planned);
  });
});
