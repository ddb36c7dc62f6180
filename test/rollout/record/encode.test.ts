import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Reason, reason } from "../../../src/base/reasons/index.ts";
import { said } from "../../../src/base/reasons/said.ts";
import { decodeRecord } from "../../../src/rollout/record/decode.ts";
import { encodeRecord, recordFits, recordLimitBytes, recordMayBeWritten } from "../../../src/rollout/record/encode.ts";
import type { RunId, State } from "../../../src/rollout/rollout-state.ts";
import { another, entered, me, record, rule } from "../samples.ts";

const bytes = (text: string) => new TextEncoder().encode(text).length;
const read = (text: string): State => {
  const decoded = decodeRecord(text);
  if (decoded.kind === "corrupt") throw new Error(decoded.reason.code);
  return decoded.state;
};
const runs = (count: number): RunId[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `1234567890${index}`,
    attempt: 1,
    workflow: "deploy-production",
    number: index,
  }));
const rules = (count: number, more: (index: number) => object = () => ({})) =>
  Array.from({ length: count }, (_, index) =>
    rule({ index, name: `route-number-${index}`, key: `abcdefgh${index}`.slice(-10), ...more(index) }),
  );

const text = fc.string({ unit: "grapheme", maxLength: 40 });
const time = fc.integer({ min: 0, max: 4e12 });
const run: fc.Arbitrary<RunId> = fc
  .record({
    id: text,
    attempt: fc.nat(99),
    workflow: fc.option(text, { nil: undefined }),
    number: fc.option(fc.nat(9999), { nil: undefined }),
  })
  .map(({ id, attempt, workflow, number }) => ({
    id,
    attempt,
    ...(workflow === undefined ? {} : { workflow }),
    ...(number === undefined ? {} : { number }),
  }));
const status = fc.oneof(
  fc.constantFrom({ status: "progressing" as const }, { status: "held" as const }),
  fc
    .constantFrom("person" as const, "schedule" as const, "until" as const, "evidence" as const)
    .map((cause) => ({ status: "paused" as const, cause })),
  fc
    .tuple(fc.constantFrom("promoted" as const, "rolled-back" as const), time)
    .map(([what, endedAt]) => ({ status: what, endedAt })),
);
const known = new Set(
  "format rollout plan revision repository pullRequest status cause endedAt startedAt uid weight total phase entered watchedFrom deadline onCancel by tookPart superseded revisions grounds reason destinations rules frozen notes __proto__".split(
    " ",
  ),
);
const later = fc
  .dictionary(
    fc.string({ maxLength: 8 }).filter((key) => !known.has(key)),
    fc.jsonValue({ maxDepth: 2 }),
    { maxKeys: 3, noNullPrototype: true },
  )
  .map((value) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>);
const weight = fc.integer({ min: 0, max: 100 });
const plain: fc.Arbitrary<Reason> = fc.oneof(
  text.map((one) => said(one)),
  fc.constant(reason("job-cancelled", {})),
  fc.tuple(fc.nat(9), weight).map(([phase, at]) => reason("deadline-passed", { phase, weight: at })),
);
/** Weights as a route shows them. */
const shown = (rules: number) =>
  Array.from({ length: rules }, (_, at) => ({ rule: `http/é${at}`, destinations: [{ id: "v1", weight: 80 }] }));
/** Any reason, by a type that the compiler does not multiply out. */
const why: fc.Arbitrary<unknown> = fc.oneof(
  plain,
  fc
    .tuple(weight, plain)
    .map(([at, verdict]) => reason("paused-inconclusive", { weight: at, policy: "pause", verdict })),
);
const states: fc.Arbitrary<State> = fc
  .record({
    what: status,
    rollout: text,
    revision: text,
    repository: text,
    reason: why,
    uid: text,
    pullRequest: fc.option(fc.nat()),
    weight: fc.integer({ min: 0, max: 100 }),
    total: fc.constantFrom(100, 1000),
    entered: fc.array(time, { minLength: 1, maxLength: 5 }),
    watchedFrom: fc.option(time),
    by: fc.option(run),
    tookPart: fc.array(run, { maxLength: 3 }),
    superseded: fc.array(run, { maxLength: 3 }),
    names: fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 2, maxLength: 5 }),
    homes: fc.array(fc.option(fc.nat(1000)), { minLength: 5, maxLength: 5 }),
    name: fc.option(text),
    atHome: fc.boolean(),
    grounds: fc.option(
      fc.record({
        phase: fc.nat(9),
        kind: fc.constantFrom("pass" as const, "person" as const, "waiver" as const),
        reason: why,
      }),
    ),
    notes: fc.array(
      fc.record({
        at: time,
        phase: fc.nat(9),
        weight: fc.nat(100),
        status: fc.constantFrom("progressing" as const, "paused" as const),
        reason: why,
      }),
      { maxLength: 3 },
    ),
    frozen: fc.jsonValue({ maxDepth: 1 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown),
    further: later,
  })
  .map(
    ({ what, names, homes, name, atHome, ...rest }): State =>
      ({
        ...record(),
        ...rest,
        ...what,
        phase: rest.entered.length,
        stable: names[0] ?? "",
        canary: names[1] ?? "",
        rules: [rule({ destinations: names, home: homes.slice(0, names.length), name, atHome })],
      }) as State,
  );

describe("the record", () => {
  it.each(["progressing", "held", "person", "schedule", "until", "evidence", "promoted", "rolled-back"] as const)(
    "of a %s rollout comes back as it was",
    (what) => {
      const state = record(what, {
        further: { "a later field": [1, { b: 2 }] },
        watchedFrom: entered,
        superseded: [another],
        frozen: { phi: 1 },
      });
      expect(read(encodeRecord(state))).toEqual(state);
    },
  );

  it("comes back as it was, whatever it holds, and unknown fields with it", () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(read(encodeRecord(state))).toEqual(state);
      }),
      { numRuns: 2_000 },
    );
  });

  it("says whether third destinations keep their weight", () => {
    const state = record("progressing", { others: "fixed" });
    expect(read(encodeRecord(state))).toEqual(state);
  });

  it("is written the same after it was read", () => {
    fc.assert(fc.property(states, (state) => encodeRecord(read(encodeRecord(state))) === encodeRecord(state)));
  });

  it("of a hundred rules with all that may be kept stays under 8 KiB", () => {
    const state = record("progressing", {
      rules: rules(100),
      tookPart: runs(20),
      superseded: runs(20),
      reason: said("x".repeat(500)),
      grounds: { phase: 1, kind: "pass", reason: said("y".repeat(500)) },
      revisions: Array.from({ length: 8 }, () => "a".repeat(40)),
      notes: Array.from({ length: 24 }, () => ({
        at: entered,
        phase: 1,
        weight: 5,
        status: "progressing" as const,
        reason: said("z".repeat(500)),
      })),
      stable: "reviews.shop.svc.cluster.local/v1",
      canary: "reviews.shop.svc.cluster.local/v2",
    });
    const encoded = encodeRecord({
      ...state,
      rules: state.rules.map((one) => ({ ...one, destinations: [state.stable, state.canary] })),
    });
    expect(bytes(encoded)).toBeLessThanOrEqual(recordLimitBytes);
    expect(recordFits(encoded)).toBe(true);
    expect(read(encoded).rules).toHaveLength(100);
  });

  it("gives up what people read before what runs need, old runs last, and the codes never", () => {
    const run = "9".repeat(200);
    const why = reason("rollback-requested", { command: "rollback", run, found: shown(2) });
    const notes = Array.from({ length: 24 }, (_, at) => ({
      at,
      phase: 1,
      weight: 5,
      status: "progressing" as const,
      reason: why,
    }));
    const kept = (count: number) => {
      const text = encodeRecord(
        record("progressing", {
          rules: rules(count),
          notes,
          reason: why,
          tookPart: runs(20),
          revisions: Array.from({ length: 8 }, (_, index) => `${index}`.padStart(40, "a")),
        }),
      );
      const state = read(text);
      expect(state.rules).toHaveLength(count);
      expect(state.tookPart.at(-1)).toEqual(runs(20).at(-1));
      const held = state.reason.code === "details-dropped" ? "code" : Object.keys(state.reason.data).length;
      return `${state.notes.length} notes, ${state.rules[0]?.name === null ? "no " : ""}names, reason ${held}, ${state.tookPart.length} runs, ${state.revisions.length} revisions`;
    };
    const shapes = new Set(Array.from({ length: 170 }, (_, index) => kept(index + 1)));
    expect([...shapes]).toEqual([
      "6 notes, names, reason 3, 20 runs, 8 revisions",
      "6 notes, no names, reason 3, 20 runs, 8 revisions",
      "0 notes, no names, reason 3, 20 runs, 8 revisions",
      "0 notes, no names, reason 2, 20 runs, 8 revisions",
      "0 notes, no names, reason 2, 4 runs, 8 revisions",
      "0 notes, no names, reason 2, 4 runs, 1 revisions",
      "0 notes, no names, reason code, 4 runs, 1 revisions",
    ]);
    const short = notes.map((note) => ({ ...note, reason: reason("job-cancelled", {}) }));
    expect(read(encodeRecord(record("progressing", { notes: short }))).notes).toHaveLength(24);
  });

  it("that grew too large is not written, but for a step down", () => {
    const large = (what: "progressing" | "rolled-back", more: Parameters<typeof record>[1] = {}) => {
      const state = record(what, { rules: rules(400), ...more });
      return recordMayBeWritten(state, encodeRecord(state));
    };
    expect(large("progressing")).toBe(false);
    expect(large("rolled-back"), "what cannot be read again still goes back").toBe(true);
  });

  it("of a step down fits wherever the record before it did, in any run", () => {
    const workflow = "w".repeat(100);
    const run = (id: string): RunId => ({ id: id.repeat(20), attempt: 99, workflow, number: 123_456 });
    const before = (count: number): State =>
      record("progressing", {
        rules: rules(count),
        weight: 5,
        by: run("1"),
        tookPart: [run("1")],
        frozen: { phi: "f".repeat(200) },
        further: { later: "l".repeat(30) },
      });
    const fitting = Array.from({ length: 200 }, (_, index) => before(index + 1)).filter((state) =>
      recordMayBeWritten(state, encodeRecord(state)),
    );
    for (const state of fitting) {
      const home = { weight: 99.9, reason: said("x".repeat(2_000)), by: run("2"), tookPart: [run("1"), run("2")] };
      const back: State = { ...state, ...home, status: "rolled-back", endedAt: 1_800_000_000_123.5 };
      expect(recordFits(encodeRecord(back)), `${state.rules.length} rules`).toBe(true);
      const held: State = { ...state, ...home, status: "held" };
      expect(recordFits(encodeRecord(held)), `${state.rules.length} rules, held`).toBe(true);
    }
    expect(fitting.length).toBeGreaterThan(100);
    expect(fitting.length).toBeLessThan(200);
  });

  it("keeps a reason to 400 bytes: what may be left out goes first, then words are cut to whole characters", () => {
    const kept = (why: Reason) => JSON.parse(encodeRecord(record("progressing", { reason: why })))["reason"] as unknown;
    const size = (why: Reason) => bytes(JSON.stringify(kept(why)));
    const found = shown(5);
    const asked = { command: "rollback", run: "9" };
    expect(kept(reason("rollback-requested", { ...asked, found }))).toEqual([
      "rollback-requested",
      { ...asked, found },
    ]);
    expect(kept(reason("rollback-requested", { ...asked, found: shown(20) }))).toEqual(["rollback-requested", asked]);
    for (const words of ["x".repeat(2_000), "😀".repeat(500), '"'.repeat(2_000), "\\".repeat(200)]) {
      for (const one of [said(words), reason("step-rejected", { says: said(words), follower: "a/b/c" })]) {
        expect(size(one)).toBeLessThanOrEqual(400);
        expect(JSON.stringify(kept(one)).isWellFormed()).toBe(true);
        expect(read(encodeRecord(record("progressing", { reason: one }))).reason.code).toBe(one.code);
      }
    }
    expect(size(said("x".repeat(2_000)))).toBeGreaterThan(340);
  });

  it("keeps each destination once, however many rules hold it", () => {
    const encoded = encodeRecord(
      record("progressing", { rules: rules(10, () => ({ destinations: ["v1", "v2", "legacy"], home: [1, 2, 3] })) }),
    );
    expect(encoded.split("legacy")).toHaveLength(2);
    expect(read(encoded).by).toEqual(me);
  });
});
