import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reason } from "../../../src/base/reasons/index.ts";
import { said } from "../../../src/base/reasons/said.ts";
import { decodeRecord } from "../../../src/rollout/record/decode.ts";
import { encodeRecord, recordLimitBytes } from "../../../src/rollout/record/encode.ts";
import { another, record, rule } from "../samples.ts";

const full = record("progressing", {
  superseded: [another],
  by: another,
  notes: [{ at: 1, phase: 1, weight: 5, status: "progressing", reason: said("begins") }],
  further: { later: 1 },
});
const packed = JSON.parse(encodeRecord(full)) as Record<string, unknown>;
const text = (change: Record<string, unknown>) => JSON.stringify({ ...packed, ...change });
const why = (record: string) => {
  const decoded = decodeRecord(record);
  return decoded.kind === "corrupt" ? [decoded.reason.code, ...Object.values(decoded.reason.data)].join(" ") : "read";
};
const ruleOf = (...value: unknown[]) => text({ rules: [value] });

describe("a record that Sluice did not write", () => {
  it.each([
    ["no JSON", "{", "record-not-ours not-json"],
    ["a list", "[]", "record-not-ours not-an-object"],
    ["nothing", "null", "record-not-ours not-an-object"],
    ["a word", '"x"', "record-not-ours not-an-object"],
    ["too large", `{"a":"${"x".repeat(recordLimitBytes)}"}`, "record-oversized 8192"],
    ["an odd key", `{"__proto__":{},${text({}).slice(1)}`, "record-not-ours forbidden-key"],
    ["a duplicate key", `{"format":1,${text({}).slice(1)}`, "record-not-ours rewritten"],
    ["other spacing", ` ${text({})}`, "record-not-ours rewritten"],
    ["another format", text({ format: 2 }), "record-format 2 1"],
    ["no format", text({ format: undefined }), "record-format undefined 1"],
    ["a format that is no number", text({ format: { a: 1 } }), 'record-format {"a":1} 1'],
    ["an unknown status", text({ status: "flying" }), "record-malformed status"],
    ["a pause without a cause", text({ status: "paused" }), "record-malformed cause"],
    ["a pause for no known cause", text({ status: "paused", cause: "boredom" }), "record-malformed cause"],
    ["an end without a time", text({ status: "promoted" }), "record-malformed endedAt"],
    ["a negative time", text({ startedAt: -1 }), "record-malformed startedAt"],
    ["a time that is a word", text({ deadline: "soon" }), "record-malformed deadline"],
    ["a weight over 100", text({ weight: 101 }), "record-malformed weight"],
    ["a total that no route has", text({ total: 99 }), "record-malformed total"],
    ["a total that is no number", text({ total: "100" }), "record-malformed total"],
    ["phase 0", text({ phase: 0, entered: [] }), "record-malformed entered"],
    ["a phase that was never entered", text({ phase: 3 }), "record-malformed entered"],
    ["an entry that is no time", text({ entered: [1, "2"] }), "record-malformed entered"],
    ["one version", text({ destinations: ["v1"] }), "record-malformed destinations"],
    ["no version", text({ destinations: [] }), "record-malformed destinations"],
    ["the same version twice", text({ destinations: ["v1", "v1"] }), "record-malformed destinations"],
    ["a destination that is no text", text({ destinations: ["v1", 2] }), "record-malformed destinations"],
    ["no rules", text({ rules: [] }), "record-malformed rules"],
    ["a rule that is no list", text({ rules: [{}] }), "record-malformed rule"],
    ["a rule of wrong parts", ruleOf("http", "0", "k", [0, 1], [100, 0], 0), "record-malformed rule"],
    ["a rule in no list", ruleOf(1, 0, "k", [0, 1], [100, 0], 0), "record-malformed rule"],
    ["a rule without a key", ruleOf("http", 0, null, [0, 1], [100, 0], 0), "record-malformed rule"],
    ["a rule without members", ruleOf("http", 0, "k", 1, [100, 0], 0), "record-malformed rule"],
    ["a rule without weights", ruleOf("http", 0, "k", [0, 1], "100", 0), "record-malformed rule"],
    ["an empty rule", ruleOf("http", 0, "k", [], [], 0), "record-malformed weights of a rule"],
    ["a rule with a weight too few", ruleOf("http", 0, "k", [0, 1], [100], 0), "record-malformed weights of a rule"],
    [
      "a rule of an unknown destination",
      ruleOf("http", 0, "k", [0, 7], [100, 0], 0),
      "record-malformed destinations of a rule",
    ],
    [
      "a destination by name",
      ruleOf("http", 0, "k", [0, "v2"], [100, 0], 0),
      "record-malformed destinations of a rule",
    ],
    ["a negative home weight", ruleOf("http", 0, "k", [0, 1], [100, -1], 0), "record-malformed weights of a rule"],
    [
      "a home weight beyond 32 bits",
      ruleOf("http", 0, "k", [0, 1], [100, 2 ** 31], 0),
      "record-malformed weights of a rule",
    ],
    ["a run that is no list", text({ by: "7" }), "record-malformed run"],
    ["a run without an attempt", text({ tookPart: [["7"]] }), "record-malformed run"],
    ["a run whose id is a number", text({ superseded: [[7, 1]] }), "record-malformed run"],
    ["a note that is no list", text({ notes: [{}] }), "record-malformed note"],
    ["a note of wrong parts", text({ notes: [[1, 1, 5, "flying", ["job-cancelled", {}]]] }), "record-malformed note"],
    ["grounds that are no list", text({ grounds: "pass" }), "record-malformed grounds"],
    ["grounds of no known kind", text({ grounds: [1, "luck", ["job-cancelled", {}]] }), "record-malformed grounds"],
    ["a reason that is a sentence", text({ reason: "it was good" }), "record-malformed reason"],
    ["a note without a reason", text({ notes: [[1, 1, 5, "paused", null]] }), "record-malformed note"],
    ["grounds whose reason has no code", text({ grounds: [1, "pass", [7]] }), "record-malformed grounds"],
    ["a revision that is no text", text({ revisions: [1] }), "record-malformed revisions"],
    ["a pull request that is no number", text({ pullRequest: "12" }), "record-malformed pullRequest"],
    ["an unknown rule for third destinations", text({ others: "half" }), "record-malformed others"],
    ["a policy that does not exist", text({ onCancel: "explode" }), "record-malformed onCancel"],
    ["a list of thousands", text({ revisions: Array.from({ length: 1_001 }, () => "") }), "record-malformed revisions"],
  ])("is refused with the reason: %s", (_, record, expected) => {
    expect(why(record)).toBe(expected);
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
    if (decoded.kind !== "state") throw new Error(decoded.reason.code);
    expect(() => Object.assign(decoded.state.entered, [8])).toThrow(TypeError);
    expect(() => Object.assign(decoded.state, { weight: 100 })).toThrow(TypeError);
  });

  it("is kept among many others", () => {
    const revisions = Array.from({ length: 100 }, (_, index) => `c${index}`);
    for (const revision of [...revisions, ...revisions]) {
      const decoded = decodeRecord(text({ revision }));
      expect(decoded.kind === "state" ? decoded.state.revision : decoded.reason.code).toBe(revision);
    }
  });
});

describe("a reason in a record", () => {
  const reasonOf = (packedReason: unknown) => {
    const decoded = decodeRecord(text({ reason: packedReason }));
    return decoded.kind === "state" ? decoded.state.reason : decoded.reason;
  };

  it("that a newer version wrote is told as such, and refuses nothing", () => {
    expect(reasonOf(["phase-of-the-moon", { waxing: true }])).toEqual(
      reason("newer-reason", { reasonCode: "phase-of-the-moon" }),
    );
  });

  it.each([
    ["without its data", ["deadline-passed"]],
    ["with data that do not fit", ["deadline-passed", { phase: "two" }]],
    ["with data that are no data", ["deadline-passed", 7]],
  ])("%s still has its code", (_, held) => {
    expect(reasonOf(held)).toEqual(reason("details-dropped", { reasonCode: "deadline-passed" }));
  });

  it("that has no data needs none", () => {
    expect(reasonOf(["job-cancelled"])).toEqual(reason("job-cancelled", {}));
  });
});
