import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeRecord } from "../../../src/rollout/record/decode.ts";
import { encodeRecord, recordLimitBytes } from "../../../src/rollout/record/encode.ts";
import { another, record, rule } from "../samples.ts";

const full = record("progressing", {
  superseded: [another],
  by: another,
  notes: [{ at: 1, phase: 1, weight: 5, status: "progressing", because: "begins" }],
  further: { later: 1 },
});
const packed = JSON.parse(encodeRecord(full)) as Record<string, unknown>;
const text = (change: Record<string, unknown>) => JSON.stringify({ ...packed, ...change });
const why = (record: string) => {
  const decoded = decodeRecord(record);
  return decoded.kind === "corrupt" ? decoded.because : "read";
};
const ruleOf = (...value: unknown[]) => text({ rules: [value] });

describe("a record that Sluice did not write", () => {
  it.each([
    ["no JSON", "{", "it is no JSON"],
    ["a list", "[]", "it is no JSON object"],
    ["nothing", "null", "it is no JSON object"],
    ["a word", '"x"', "it is no JSON object"],
    ["too large", `{"a":"${"x".repeat(recordLimitBytes)}"}`, "it is larger than 8192 bytes"],
    ["an odd key", `{"__proto__":{},${text({}).slice(1)}`, "it holds a forbidden key"],
    ["a duplicate key", `{"format":1,${text({}).slice(1)}`, "it was not written by Sluice"],
    ["other spacing", ` ${text({})}`, "it was not written by Sluice"],
    ["another format", text({ format: 2 }), "its format is 2, not 1"],
    ["no format", text({ format: undefined }), "its format is undefined, not 1"],
    ["a format that is no number", text({ format: { a: 1 } }), 'its format is {"a":1}, not 1'],
    ["an unknown status", text({ status: "flying" }), "status is not what it should be"],
    ["a pause without a cause", text({ status: "paused" }), "cause is not what it should be"],
    ["a pause for no known cause", text({ status: "paused", cause: "boredom" }), "cause is not what it should be"],
    ["an end without a time", text({ status: "promoted" }), "endedAt is not what it should be"],
    ["a negative time", text({ startedAt: -1 }), "startedAt is not what it should be"],
    ["a time that is a word", text({ deadline: "soon" }), "deadline is not what it should be"],
    ["a weight over 100", text({ weight: 101 }), "weight is not what it should be"],
    ["a total that no route has", text({ total: 99 }), "total is neither 100 nor 1000"],
    ["a total that is no number", text({ total: "100" }), "total is not what it should be"],
    ["phase 0", text({ phase: 0, entered: [] }), "the times of entry do not fit the phase"],
    ["a phase that was never entered", text({ phase: 3 }), "the times of entry do not fit the phase"],
    ["an entry that is no time", text({ entered: [1, "2"] }), "a time of entry is no time"],
    ["one version", text({ destinations: ["v1"] }), "it names no two versions"],
    ["no version", text({ destinations: [] }), "it names no two versions"],
    ["the same version twice", text({ destinations: ["v1", "v1"] }), "it names no two versions"],
    ["a destination that is no text", text({ destinations: ["v1", 2] }), "a destination is no text"],
    ["no rules", text({ rules: [] }), "it names no rule"],
    ["a rule that is no list", text({ rules: [{}] }), "a rule is not what it should be"],
    ["a rule of wrong parts", ruleOf("http", "0", "k", [0, 1], [100, 0], 0), "a rule is not what it should be"],
    ["a rule in no list", ruleOf(1, 0, "k", [0, 1], [100, 0], 0), "a rule is not what it should be"],
    ["a rule without a key", ruleOf("http", 0, null, [0, 1], [100, 0], 0), "a rule is not what it should be"],
    ["a rule without members", ruleOf("http", 0, "k", 1, [100, 0], 0), "a rule is not what it should be"],
    ["a rule without weights", ruleOf("http", 0, "k", [0, 1], "100", 0), "a rule is not what it should be"],
    ["an empty rule", ruleOf("http", 0, "k", [], [], 0), "a rule's weights do not fit it"],
    ["a rule with a weight too few", ruleOf("http", 0, "k", [0, 1], [100], 0), "a rule's weights do not fit it"],
    [
      "a rule of an unknown destination",
      ruleOf("http", 0, "k", [0, 7], [100, 0], 0),
      "a rule names an unknown destination",
    ],
    ["a destination by name", ruleOf("http", 0, "k", [0, "v2"], [100, 0], 0), "a rule names an unknown destination"],
    ["a negative home weight", ruleOf("http", 0, "k", [0, 1], [100, -1], 0), "a home weight is no weight"],
    ["a home weight beyond 32 bits", ruleOf("http", 0, "k", [0, 1], [100, 2 ** 31], 0), "a home weight is no weight"],
    ["a run that is no list", text({ by: "7" }), "a run is not what it should be"],
    ["a run without an attempt", text({ tookPart: [["7"]] }), "a run is not what it should be"],
    ["a run whose id is a number", text({ superseded: [[7, 1]] }), "a run is not what it should be"],
    ["a note that is no list", text({ notes: [{}] }), "a note is not what it should be"],
    ["a note of wrong parts", text({ notes: [[1, 1, 5, "flying", "x"]] }), "a note is not what it should be"],
    ["grounds that are no list", text({ grounds: "pass" }), "grounds is not what it should be"],
    ["grounds of no known kind", text({ grounds: [1, "luck", "x"] }), "grounds is not what it should be"],
    ["a revision that is no text", text({ revisions: [1] }), "a revision is no text"],
    ["a pull request that is no number", text({ pullRequest: "12" }), "pullRequest is not what it should be"],
    ["an unknown rule for third destinations", text({ others: "half" }), "others is not what it should be"],
    ["a policy that does not exist", text({ onCancel: "explode" }), "onCancel is not what it should be"],
    [
      "a list of thousands",
      text({ revisions: Array.from({ length: 1_001 }, () => "") }),
      "revisions is not what it should be",
    ],
  ])("is refused with the reason: %s", (_, record, because) => {
    expect(why(record)).toBe(because);
  });

  it("is never guessed: each member that is missing is a refusal", () => {
    const optional = new Set(["cause", "endedAt", "frozen", "later"]);
    for (const name of Object.keys(packed)) {
      const { [name]: _, ...rest } = packed;
      expect(why(JSON.stringify(rest)) === "read", name).toBe(optional.has(name));
    }
  });

  it("never throws, however it was mutated", () => {
    const good = encodeRecord(full);
    const values: readonly unknown[] = [
      null,
      true,
      -1,
      0,
      1.5,
      1e308,
      "x",
      "",
      [],
      {},
      [[]],
      { toString: 1 },
      "__proto__",
    ];
    let read = 0;
    fc.assert(
      fc.property(
        fc.oneof(
          fc
            .tuple(fc.nat(good.length), fc.nat(3), fc.string({ maxLength: 3 }))
            .map(([at, cut, put]) => good.slice(0, at) + put + good.slice(at + cut)),
          fc
            .tuple(fc.constantFrom(...Object.keys(packed)), fc.constantFrom(...values))
            .map(([name, value]) => text({ [name]: value })),
          fc.tuple(fc.nat(6), fc.constantFrom(...values)).map(([at, value]) => {
            const [first] = packed["rules"] as unknown[][];
            return text({ rules: [(first ?? []).with(Math.min(at, (first ?? []).length - 1), value)] });
          }),
        ),
        (mutated) => {
          if (decodeRecord(mutated).kind === "state") read += 1;
        },
      ),
      { numRuns: 100_000 },
    );
    expect(read).toBeGreaterThan(0);
  });

  it("cannot reach a prototype by an unknown field", () => {
    const decoded = decodeRecord(text({ constructor: { prototype: { polluted: 1 } } }));
    expect(decoded.kind).toBe("state");
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("is read back to the last detail otherwise", () => {
    expect(decodeRecord(encodeRecord(full))).toEqual({ kind: "state", state: full });
    const bare = {
      ...full,
      by: null,
      grounds: null,
      pullRequest: null,
      rules: [rule({ name: null, atHome: true, home: [null, 0] })],
      tookPart: [{ id: "1", attempt: 1 }],
    };
    expect(decodeRecord(encodeRecord(bare))).toEqual({ kind: "state", state: bare });
  });
});

describe("a record that is read turn after turn", () => {
  it("says the same, and cannot be changed by who read it", () => {
    const decoded = decodeRecord(text({ phase: 1, entered: [7] }));
    expect(decodeRecord(text({ phase: 1, entered: [7] }))).toEqual(decoded);
    if (decoded.kind !== "state") throw new Error(decoded.because);
    expect(() => Object.assign(decoded.state.entered, [8])).toThrow(TypeError);
    expect(() => Object.assign(decoded.state, { weight: 100 })).toThrow(TypeError);
  });

  it("is kept among many others", () => {
    const revisions = Array.from({ length: 100 }, (_, index) => `c${index}`);
    for (const revision of [...revisions, ...revisions]) {
      const decoded = decodeRecord(text({ revision }));
      expect(decoded.kind === "state" ? decoded.state.revision : decoded.because).toBe(revision);
    }
  });
});
