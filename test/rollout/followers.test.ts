import { describe, expect, test } from "vitest";
import { routeTitle } from "../../src/base/kube-object.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { said } from "../../src/base/reasons/said.ts";
import { decide } from "../../src/rollout/decide-next-step.ts";
import { agreedAt, atHome, type FollowerSnapshot, standingOf, stateOn, without } from "../../src/rollout/followers.ts";
import type { FollowerSeen, FollowerStatus, Observation, SyncStatus } from "../../src/rollout/observation.ts";
import { decodeRecord } from "../../src/rollout/record/decode.ts";
import { encodeRecord, recordLimitBytes } from "../../src/rollout/record/encode.ts";
import { readStamp, stampFor } from "../../src/rollout/record/follower-annotation.ts";
import type { Follower, State } from "../../src/rollout/rollout-state.ts";
import { weightsOf } from "../../src/rollout/weights.ts";
import { asked, entered, failing, minute, passing, plan, record, rule, second, watch, words } from "./samples.ts";

const follower: Follower = {
  kind: "httproute",
  namespace: "edge",
  name: "web",
  uid: "edge-uid",
  stable: "web-v1",
  canary: "web-v2",
  rules: [rule({ list: "rules", destinations: ["web-v1", "web-v2"], home: [7, 0] })],
  total: 1000,
};
const title = routeTitle(follower);
const state = record("progressing", { followers: [follower] });
const fits: SyncStatus = { kind: "as-recorded" };
const moved: SyncStatus = {
  kind: "differs",
  reason: reason("route-changed", {
    object: "HTTPRoute edge/web",
    managers: ["kubectl"],
    differences: [reason("canary-not-added", { rule: "rules/0", canary: "web-v2" })],
    keptBy: [],
  }),
  weights: [],
};
const stamped = (by: State, at = entered) => readStamp(stampFor(by, "shop/virtualservice/reviews", at));

/** A follower that shows exactly these weights, as its own lens would find them. */
const showing = (weights: readonly number[], stamp: FollowerSnapshot["stamp"], of = follower): FollowerSnapshot => ({
  follower: of,
  title,
  stamp,
  against: (asks) => (JSON.stringify(weightsOf(asks)) === JSON.stringify([weights]) ? fits : moved),
});

describe("what a follower shows against the record", () => {
  const before = record("progressing", { followers: [follower], phase: 1, weight: 5, entered: [entered] });
  const back = record("rolled-back", { followers: [follower], weight: 0 });
  const foreign = record("progressing", { rollout: "another", startedAt: entered });
  test.each<[string, State, FollowerSnapshot, FollowerStatus["kind"]]>([
    ["the present weights", state, showing([800, 200], stamped(state)), "agrees"],
    ["the weights of the phase before", state, showing([950, 50], stamped(before)), "behind"],
    ["home before the first step has reached it", before, showing([7, 0], undefined), "behind"],
    ["home under an older rollout's stamp", before, showing([7, 0], stamped(foreign, 5)), "behind"],
    ["home under this record", state, showing([7, 0], stamped(atHome(state))), "home"],
    ["weights that nobody recorded", state, showing([1, 2], stamped(state)), "differs"],
    ["present weights under the stamp of the phase before", state, showing([800, 200], stamped(before)), "differs"],
    ["home in the second phase without a stamp", state, showing([7, 0], undefined), "differs"],
    ["present weights without a stamp", state, showing([800, 200], undefined), "differs"],
    ["the stamp of a rollout that came since", state, showing([7, 0], stamped(foreign)), "taken"],
    ["a phase after the way back", back, showing([800, 200], stamped(state)), "astray"],
    ["home after the way back", back, showing([7, 0], stamped(back)), "home"],
    ["what somebody made of it since", back, showing([3, 4], undefined), "home"],
    ["home, but left out and not stamped", back, showing([7, 0], undefined, { ...follower, away: true }), "astray"],
  ])("%s", (_name, asks, look, kind) => {
    expect(standingOf(asks, look).kind).toBe(kind);
  });

  test("the record reads on a follower with its own versions, rules and counting", () => {
    expect(weightsOf(stateOn(state, follower))).toEqual([[800, 200]]);
    expect(stateOn(state, follower)).toMatchObject({ uid: "uid", rollout: "ours", phase: 2, canary: "web-v2" });
  });
});

describe("the record of several routes", () => {
  const round = (one: State) => {
    const decoded = decodeRecord(encodeRecord(one));
    return decoded.kind === "state" ? decoded.state : decoded;
  };

  test("names its followers with rules and home weights, and one that was left out", () => {
    expect(round(state)).toEqual(state);
    const left = without(state, [title]);
    expect(round(left)).toMatchObject({ followers: [{ name: "web", away: true }] });
    expect(without(state, [])).toBe(state);
  });

  test("reads as before where there is none, and not at all where one is broken", () => {
    expect(round(record())).toEqual(record());
    expect(encodeRecord(record())).not.toContain("followers");
    const text = JSON.parse(encodeRecord(state)) as Record<string, unknown[][]>;
    const [one = []] = text["followers"] ?? [];
    const broken: unknown[] = [
      [],
      "x",
      {},
      [one, one],
      [one.with(0, 5)],
      [one.with(4, 99)],
      [one.with(5, one[4])],
      [one.with(6, 7)],
      [one.with(7, [])],
      [[...one, 2]],
      Array.from({ length: 8 }, (_, place) => one.with(2, `r${place}`)),
    ];
    for (const followers of broken)
      expect(decodeRecord(JSON.stringify({ ...text, followers })).kind, JSON.stringify(followers)).toBe("corrupt");
  });

  test("stays within its limit with as many routes as may move together", () => {
    const followers = Array.from({ length: 7 }, (_, place) => ({
      ...follower,
      name: `a-route-with-a-rather-long-name-${place}`,
      uid: "0b8de2a5-1a3c-4f6e-9f55-0d2f3a9c1e77",
      rules: [0, 1, 2].map((index) =>
        rule({ index, key: `${place}${index}abcdef`, destinations: ["web-v1", "web-v2"] }),
      ),
    }));
    const text = encodeRecord({ ...state, followers });
    expect(text.length).toBeLessThan(recordLimitBytes);
    expect(decodeRecord(text).kind).toBe("state");
  });
});

describe("what is decided", () => {
  const seen = (
    standing: FollowerStatus,
    more: Partial<Observation> = {},
    of: Partial<FollowerSeen> = {},
  ): Observation => ({
    now: watch + 2 * minute,
    uid: "uid",
    findings: [],
    standing: fits,
    followers: [{ title, follower, standing, ...of }],
    verdict: passing,
    health: { stable: "ready", canary: "ready", canaryEmptyMs: 0, reasons: [] },
    abort: false,
    driverHasEnded: false,
    run: { sawOwnRecord: true, wroteItself: true },
    ...more,
  });
  const agrees: FollowerStatus = { kind: "agrees", since: entered };
  const unread: FollowerStatus = { kind: "unread", reason: said("connection refused") };
  const differs: FollowerStatus = {
    kind: "differs",
    reason: said("HTTPRoute edge/web was changed"),
    weights: [],
    ours: true,
  };
  const back = (away: boolean) =>
    record("rolled-back", { followers: [{ ...follower, ...(away ? { away: true } : {}) }], weight: 0 });
  test.each<[string, Parameters<typeof decide>[1], State, Observation, string]>([
    ["all agree: on", asked(), state, seen(agrees), "ours: progressing 50 in phase 3"],
    [
      "one lags: it is raised first, whatever the evidence",
      asked(),
      state,
      seen({ kind: "behind" }),
      "follow ours: progressing 20 in phase 2",
    ],
    [
      "and not to an empty canary",
      asked(),
      state,
      seen({ kind: "behind" }, { health: { stable: "ready", canary: "empty", canaryEmptyMs: 0, reasons: [] } }),
      "wait 15 s",
    ],
    ["one cannot be read: nothing rises", asked(), state, seen(unread), "wait 15 s"],
    [
      "a fail goes back all the same",
      asked(),
      state,
      seen(unread, { verdict: failing }),
      "ours: rolled-back 0 in phase 2",
    ],
    ["one was moved by somebody", asked(), state, seen(differs), "drifted 1 drifted"],
    [
      "one is gone: the others go back",
      asked(),
      state,
      seen({ kind: "gone", reason: said("it is gone") }),
      "ours: rolled-back 0 in phase 2",
    ],
    [
      "one has another rollout",
      asked(),
      state,
      seen({ kind: "taken", reason: said("taken") }),
      "ours: rolled-back 0 in phase 2",
    ],
    ["one is home: the way back is finished", asked(), state, seen({ kind: "home" }), "ours: rolled-back 0 in phase 2"],
    [
      "one refuses: the others go back",
      asked(),
      state,
      seen({ kind: "behind" }, {}, { rejected: { times: 2, reason: said("no") } }),
      "ours: rolled-back 0 in phase 2",
    ],
    [
      "a sweep finishes a way back",
      asked({ command: "sweep" }),
      state,
      seen({ kind: "home" }),
      "ours: rolled-back 0 in phase 2",
    ],
    ["a sweep raises nothing", asked({ command: "sweep" }), state, seen({ kind: "behind" }), "in-progress 0"],
    [
      "a sweep takes home who was left out",
      asked({ command: "sweep" }),
      back(true),
      seen({ kind: "astray" }),
      "follow ours: rolled-back 0 in phase 2",
    ],
    [
      "so does a rollback",
      asked({ command: "rollback" }),
      back(true),
      seen({ kind: "astray" }),
      "follow ours: rolled-back 0 in phase 2",
    ],
    [
      "and where it cannot, it says so",
      asked({ command: "rollback" }),
      back(true),
      seen(unread, { now: entered + 900 * minute }, { follower: { ...follower, away: true } }),
      "rolled-back 1",
    ],
    ["history is left alone", asked({ command: "sweep" }), back(false), seen({ kind: "home" }), "rolled-back 0"],
    [
      "a rollback takes foreign weights along",
      asked({ command: "rollback", byHand: true }),
      state,
      seen(differs),
      "ours: rolled-back 0 in phase 2",
    ],
    [
      "no promotion over one that lags",
      asked({ command: "promote" }),
      record("person", { followers: [follower] }),
      seen({ kind: "behind" }, { run: { sawOwnRecord: false, wroteItself: false } }),
      "follow ours: paused (person) 20 in phase 2",
    ],
    [
      "nor over one that is gone",
      asked({ command: "promote" }),
      record("person", { followers: [follower] }),
      seen({ kind: "gone", reason: said("gone") }, { run: { sawOwnRecord: false, wroteItself: false } }),
      "refused 2 command-refused",
    ],
  ])("%s", (_rule, who, there, what, follows) => {
    const routes = [{ kind: "virtualservice", namespace: "shop", name: "reviews" }, follower];
    const both = plan({ target: { routes, rules: [], startWeight: 0 } });
    expect(words(decide(both, who, there, what))).toBe(follows);
  });

  test("a route that the plan does not name is not raised because a record names it", () => {
    expect(words(decide(plan(), asked(), state, seen({ kind: "behind" })))).toBe("wait 15 s");
  });

  test("a newer rollout takes home first what only the older one moved", () => {
    const newer = plan({ rollout: "newer", digest: "newer" });
    const who = asked({ startedAt: entered + minute });
    const selection = { stable: "v1", canary: "v2", rules: [rule()], total: 100, share: 20, warnings: [] };
    const fresh = { run: { sawOwnRecord: false, wroteItself: false }, selection };
    expect(words(decide(newer, who, state, seen(agrees, fresh)))).toBe("follow ours: rolled-back 20 in phase 2");
    expect(words(decide(newer, who, state, seen(unread, fresh)))).toBe("wait 2 s");
    expect(words(decide(newer, who, state, seen({ kind: "home" }, fresh)))).toBe("newer: progressing 5 in phase 1");
  });

  test("a rollout begins where all routes show the start weight, and names those that follow", () => {
    const selection = (share: number) => ({
      stable: "v1",
      canary: "v2",
      rules: [rule()],
      total: 100,
      share: 0,
      warnings: [],
      followers: [{ follower, title, share }],
    });
    const { followers: _, ...alone } = seen(agrees);
    const fresh = { ...alone, run: { sawOwnRecord: false, wroteItself: false } };
    const begins = decide(plan(), asked(), undefined, { ...fresh, selection: selection(0) });
    expect(begins.kind === "commit" && begins.state.followers).toEqual([follower]);
    const refused = decide(plan(), asked(), undefined, { ...fresh, selection: selection(30) });
    expect(words(refused)).toBe("refused 2 unexpected-start-weight");
    expect(refused.reason).toMatchObject({ code: "unexpected-start-weight", data: { share: 30, follower: title } });
  });

  test("a hold is counted from when the last route showed the weight", () => {
    const late: FollowerSeen = { title, follower, standing: { kind: "agrees", since: entered + minute } };
    expect(agreedAt(state, [late], entered + 2 * minute)).toBe(entered + minute);
    expect(agreedAt(state, [late], entered + 30 * second)).toBe(entered + 30 * second);
    const inTime: FollowerSeen = { ...late, standing: { kind: "agrees", since: entered + second } };
    expect(agreedAt(state, [inTime], entered + minute)).toBeUndefined();
    expect(agreedAt(state, [late, { ...late, standing: { kind: "behind" } }], entered + minute)).toBeUndefined();
  });

  test("which no record keeps: the entry of a phase is written once", () => {
    const agreed = entered + minute;
    const at = (now: number) => decide(plan(), asked(), state, { ...seen(agrees, { now }), agreedAt: agreed });
    const passes = watch + minute + minute;
    expect(words(at(watch + minute - second))).toBe("wait 1 s");
    expect(words(at(passes - second))).toBe("wait 1 s");
    const next = at(passes);
    expect(next.kind === "commit" && next.state.entered).toEqual([...state.entered, passes]);
  });
});
