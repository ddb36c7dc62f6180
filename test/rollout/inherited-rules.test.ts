import { describe, expect, it } from "vitest";
import { inheritedRules } from "../../src/rollout/inherited-rules.ts";
import { rule } from "./samples.ts";

/** The rule as the newer selection sees it, in the middle of the older rollout. */
const now = (more: Parameters<typeof rule>[0] = {}) => rule({ home: [80, 20], ...more });

describe("the rules of an unfinished rollout that a newer one takes over", () => {
  it("keep their recorded home weights, whatever they show now", () => {
    expect(inheritedRules([now()], [rule({ home: [100, null] })])).toEqual([rule({ home: [100, null] })]);
  });

  it("are found by what they are when they have moved in the list", () => {
    const [found] = inheritedRules([now({ index: 3, name: null })], [rule({ index: 0, name: null })]);
    expect(found).toEqual(rule({ index: 3, name: null }));
  });

  it("are found by a unique name when their match was edited", () => {
    const rules = inheritedRules([now({ key: "edited", index: 2 })], [rule()]);
    expect(rules).toEqual([rule({ key: "edited", index: 2 })]);
  });

  it("are told apart by their place where they are alike", () => {
    const older = [rule({ name: null, index: 0, home: [60, 40] }), rule({ name: null, index: 1, home: [90, 10] })];
    const rules = inheritedRules([now({ name: null, index: 1 })], older);
    expect(rules.map(({ index, home, atHome }) => [index, home, atHome])).toEqual([
      [1, [90, 10], false],
      [0, [60, 40], true],
    ]);
  });

  it("keep their order where they are alike and have moved together", () => {
    const older = [rule({ index: 0, home: [60, 40] }), rule({ index: 1, home: [90, 10] })];
    const rules = inheritedRules([now({ index: 4 }), now({ index: 5 })], older);
    expect(rules.map(({ home }) => home)).toEqual([
      [60, 40],
      [90, 10],
    ]);
  });

  it("of other lists are other rules", () => {
    const rules = inheritedRules([now({ list: "tcp" })], [rule()]);
    expect(rules.map(({ list, atHome }) => [list, atHome])).toEqual([
      ["tcp", false],
      ["http", true],
    ]);
  });

  it("that the newer rollout does not move are brought home and stay there", () => {
    const rules = inheritedRules([now()], [rule(), rule({ index: 1, name: "other", key: "k2" })]);
    expect(rules.map(({ name, atHome }) => [name, atHome])).toEqual([
      ["primary", false],
      ["other", true],
    ]);
  });

  it("that the newer rollout moves anew are at home no more", () => {
    expect(inheritedRules([now()], [rule({ atHome: true })])[0]?.atHome).toBe(false);
  });

  it("bring home a destination that only the older rollout moved", () => {
    const rules = inheritedRules([now({ destinations: ["v1", "v2", "v3"], home: [80, 20, 5] })], [rule()]);
    expect(rules[0]?.home).toEqual([100, 0, 5]);
  });

  it("know a destination whose port only one of the two writes out", () => {
    const rules = inheritedRules([now({ destinations: ["v1:80", "v2:80"] })], [rule({ home: [90, 10] })]);
    expect(rules[0]?.home).toEqual([90, 10]);
  });

  it("read a weight that was never written as none", () => {
    expect(inheritedRules([now()], [rule({ home: [] })])[0]?.home).toEqual([null, null]);
    expect(inheritedRules([now({ destinations: ["v1", "v3"], home: [] })], [rule()])[0]?.home).toEqual([100, null]);
  });

  it("take what is there for home where the older record knows nothing of a rule", () => {
    expect(inheritedRules([now({ name: "new", key: "new" })], [])[0]?.home).toEqual([80, 20]);
  });
});
