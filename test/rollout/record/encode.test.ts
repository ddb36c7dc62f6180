import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeRecord } from "../../../src/rollout/record/decode.ts";
import { encodeRecord, recordFits, recordLimitBytes } from "../../../src/rollout/record/encode.ts";
import type { RunId, State } from "../../../src/rollout/rollout-state.ts";
import { another, entered, me, record, rule } from "../samples.ts";

const bytes = (text: string) => new TextEncoder().encode(text).length;
const read = (text: string): State => {
  const decoded = decodeRecord(text);
  if (decoded.kind === "corrupt") throw new Error(decoded.because);
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
  "format rollout plan revision repository pullRequest status cause endedAt startedAt uid weight total phase entered watchedFrom deadline onCancel by tookPart superseded revisions grounds because destinations rules frozen notes __proto__".split(
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
const states: fc.Arbitrary<State> = fc
  .record({
    what: status,
    rollout: text,
    revision: text,
    repository: text,
    because: text,
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
        because: text,
      }),
    ),
    notes: fc.array(
      fc.record({
        at: time,
        phase: fc.nat(9),
        weight: fc.nat(100),
        status: fc.constantFrom("progressing" as const, "paused" as const),
        because: text,
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
      because: "x".repeat(500),
      grounds: { phase: 1, kind: "pass", because: "y".repeat(500) },
      revisions: Array.from({ length: 8 }, () => "a".repeat(40)),
      notes: Array.from({ length: 24 }, () => ({
        at: entered,
        phase: 1,
        weight: 5,
        status: "progressing" as const,
        because: "z".repeat(500),
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

  it("gives up what people read before what runs need, and old runs last", () => {
    const because = "é".repeat(240);
    const notes = Array.from({ length: 24 }, (_, at) => ({
      at,
      phase: 1,
      weight: 5,
      status: "progressing" as const,
      because,
    }));
    const kept = (count: number) => {
      const state = read(
        encodeRecord(record("progressing", { rules: rules(count), notes, because, tookPart: runs(20) })),
      );
      expect(state.rules).toHaveLength(count);
      expect(state.tookPart.at(-1)).toEqual(runs(20).at(-1));
      return `${state.notes.length} notes, ${state.rules[0]?.name === null ? "no " : ""}names, ${state.because.length} characters, ${state.tookPart.length} runs`;
    };
    const shapes = new Set(Array.from({ length: 170 }, (_, index) => kept(index + 1)));
    expect([...shapes]).toEqual([
      "6 notes, names, 240 characters, 20 runs",
      "6 notes, no names, 240 characters, 20 runs",
      "0 notes, no names, 240 characters, 20 runs",
      "0 notes, no names, 60 characters, 20 runs",
      "0 notes, no names, 60 characters, 4 runs",
    ]);
    expect(
      read(encodeRecord(record("progressing", { notes: notes.map((note) => ({ ...note, because: "short" })) }))).notes,
    ).toHaveLength(24);
  });

  it("says so where even that is too much", () => {
    expect(recordFits(encodeRecord(record("progressing", { rules: rules(400) })))).toBe(false);
  });

  it("cuts long sentences to whole characters", () => {
    const cut = (because: string) => read(encodeRecord(record("progressing", { because }))).because;
    expect(cut("x".repeat(240))).toBe("x".repeat(240));
    expect(cut("x".repeat(241))).toBe(`${"x".repeat(239)}…`);
    expect(cut(`${"x".repeat(238)}😀😀`)).toBe(`${"x".repeat(238)}…`);
  });

  it("keeps each destination once, however many rules hold it", () => {
    const encoded = encodeRecord(
      record("progressing", { rules: rules(10, () => ({ destinations: ["v1", "v2", "legacy"], home: [1, 2, 3] })) }),
    );
    expect(encoded.split("legacy")).toHaveLength(2);
    expect(read(encoded).by).toEqual(me);
  });
});
