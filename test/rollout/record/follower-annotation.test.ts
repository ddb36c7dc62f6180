import { expect, test } from "vitest";
import { isOf, readStamp, stampFor } from "../../../src/rollout/record/follower-annotation.ts";
import { entered, record } from "../samples.ts";

const route = "shop/virtualservice/web";

test("a stamp says whose record is followed, how far, and since when", () => {
  const state = record();
  const stamp = readStamp(stampFor(state, route, entered));
  expect(stamp).toEqual({
    route,
    uid: "uid",
    rollout: "ours",
    startedAt: state.startedAt,
    phase: 2,
    weight: 20,
    at: entered,
  });
  expect(readStamp(stampFor(record("rolled-back", { weight: 0 }), route, entered))?.phase).toBe(0);
});

test("it belongs to one rollout that began at one time on one object", () => {
  const stamp = readStamp(stampFor(record(), route, entered));
  if (stamp === undefined) throw new Error("no stamp");
  expect(isOf(stamp, record())).toBe(true);
  expect(isOf(stamp, record("progressing", { rollout: "another" }))).toBe(false);
  expect(isOf(stamp, record("progressing", { startedAt: 5 }))).toBe(false);
  expect(isOf(stamp, record("progressing", { uid: "another" }))).toBe(false);
});

test.each([
  undefined,
  "",
  "null",
  "[]",
  "no JSON",
  "{}",
  '{"format":2}',
  JSON.stringify({ format: 1, route, uid: "u", rollout: "r", startedAt: 1, phase: -1, weight: 5, at: 1 }),
  JSON.stringify({ format: 1, route, uid: "u", rollout: "r", startedAt: 1, phase: 1, weight: 101, at: 1 }),
  JSON.stringify({ format: 1, route: 7, uid: "u", rollout: "r", startedAt: 1, phase: 1, weight: 5, at: 1 }),
  " ".repeat(5_000),
])("what Sluice did not write is no stamp: %j", (text) => {
  expect(readStamp(text)).toBeUndefined();
});
