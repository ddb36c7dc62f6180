import { describe, expect, test } from "vitest";
import { constants, referenceConstants } from "../../src/judge/constants.ts";
import { dispersionOf, type PodMinutes } from "../../src/judge/dispersion.ts";

/** A small generator, so that the histories are the same in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}
function pods(
  count: number,
  minutes: number,
  n: number,
  bad: (minute: number, pod: number, random: () => number) => number,
) {
  const random = generator(7);
  return Array.from(
    { length: count },
    (_, pod): PodMinutes => Array.from({ length: minutes }, (_, minute) => ({ n, x: bad(minute, pod, random) })),
  );
}
const independent = (n: number, p: number, random: () => number) => {
  let x = 0;
  for (let i = 0; i < n; i += 1) if (random() < p) x += 1;
  return x;
};

describe("the dispersion", () => {
  test("is about 1 where requests fail independently", () => {
    const { phi, from, rate } = dispersionOf(
      constants,
      pods(9, 60, 300, (_, __, random) => independent(300, 0.01, random)),
    );
    expect(from).toBe("history");
    expect(rate).toBeCloseTo(0.01, 2);
    expect(phi).toBeGreaterThanOrEqual(1);
    expect(phi).toBeLessThan(1.4);
  });
  test("is 1 where what was measured may well be chance, with no room added for it", () => {
    const calm = pods(9, 60, 300, (_, __, random) => independent(300, 0.01, random));
    expect(dispersionOf(constants, calm)).toMatchObject({ phi: 1, from: "history" });
    expect(dispersionOf(referenceConstants, calm).phi).toBeGreaterThan(1.05);
    // Ten standard errors above 1: the same figure as without the doubt.
    const pairs = pods(9, 60, 300, (_, __, random) => 2 * independent(150, 0.01, random));
    expect(dispersionOf(constants, pairs).phi).toBeGreaterThan(1.9);
    expect(dispersionOf(constants, pairs).phi).toBe(dispersionOf(referenceConstants, pairs).phi);
  });
  test("cancels an incident that all pods share", () => {
    const incident = pods(9, 60, 300, (minute, _, random) =>
      independent(300, minute >= 20 && minute < 28 ? 0.1 : 0.01, random),
    );
    expect(dispersionOf(constants, incident).phi).toBeLessThan(1.5);
    // One pod has nobody to be compared with: the incident counts as dispersion, which errs on the safe side.
    expect(dispersionOf(constants, incident.slice(0, 1)).phi).toBeGreaterThan(15);
  });
  test("finds bursts and bad minutes of single pods", () => {
    const bursts = pods(9, 60, 300, (_, __, random) => 10 * independent(30, 0.005, random));
    expect(dispersionOf(constants, bursts).phi).toBeGreaterThan(8);
    const badMinutes = pods(9, 60, 300, (minute, pod, random) =>
      independent(300, minute % 9 === pod ? 0.1 : 0.005, random),
    );
    expect(dispersionOf(constants, badMinutes).phi).toBeGreaterThan(5);
  });
  test("sees what only longer points show", () => {
    // A pod that is bad for five minutes on end.
    const slow = pods(6, 60, 300, (minute, pod, random) =>
      independent(300, Math.floor(minute / 5) % 6 === pod ? 0.03 : 0.01, random),
    );
    const mixed = pods(6, 60, 300, (_, __, random) => independent(300, 0.0133, random));
    expect(dispersionOf(constants, slow).phi).toBeGreaterThan(1.5 * dispersionOf(constants, mixed).phi);
  });
  test("is the squared deviation over its expectation, at the worst length of points, with room for chance", () => {
    // One pod has all failures: in a minute (2-1)^2/0.99 twice, in five minutes (10-5)^2/4.95 twice; one degree of freedom each.
    const two = pods(2, 60, 100, (_, pod) => (pod === 0 ? 2 : 0));
    expect(dispersionOf(constants, two).phi).toBeCloseTo((50 / 4.95) * (1 + 2 * Math.sqrt(2 / 60)), 9);
    const three = pods(3, 60, 100, (_, pod) => (pod === 0 ? 3 : 0));
    expect(dispersionOf(constants, three).phi).toBeCloseTo(
      ((100 + 2 * 25) / 4.95 / 2) * (1 + 2 * Math.sqrt(2 / 120)),
      9,
    );
  });
  test("is kept within 1 and 50", () => {
    expect(
      dispersionOf(
        constants,
        pods(4, 60, 100, () => 1),
      ).phi,
    ).toBe(1);
    expect(
      dispersionOf(
        constants,
        pods(4, 60, 1000, (minute) => (minute === 30 ? 0 : 1)),
      ).phi,
    ).toBeLessThan(2);
    expect(
      dispersionOf(
        constants,
        pods(2, 60, 1000, (minute, pod) => (minute % 2 === pod ? 900 : 0)),
      ).phi,
    ).toBe(50);
  });
});

describe("nothing is measured", () => {
  const unknown = { phi: 2, from: "default" };
  test("without history", () => expect(dispersionOf(constants, [])).toEqual({ ...unknown, rate: 0 }));
  test("on fewer than thirty bad requests", () => {
    expect(
      dispersionOf(
        constants,
        pods(1, 29, 100, () => 1),
      ),
    ).toMatchObject({ ...unknown, rate: 0.01 });
    expect(
      dispersionOf(
        constants,
        pods(1, 30, 100, () => 1),
      ),
    ).toMatchObject({ from: "history" });
  });
  test("where every request failed", () => {
    expect(
      dispersionOf(
        constants,
        pods(3, 60, 10, () => 10),
      ),
    ).toMatchObject({ ...unknown, rate: 1 });
    expect(
      dispersionOf(
        constants,
        pods(1, 60, 10, () => 10),
      ),
    ).toMatchObject(unknown);
  });
});

test("the last hour counts alone if it holds enough, else more of the past", () => {
  const past = Array.from({ length: 300 }, (_, minute) => ({ n: 100, x: minute < 240 ? 50 : 1 }));
  expect(dispersionOf(constants, [past, past]).rate).toBeCloseTo(0.01, 6);
  const rare = past.map((arm, minute) => ({ ...arm, x: minute < 240 ? 5 : 0 }));
  expect(dispersionOf(constants, [rare]).rate).toBeCloseTo(0.025, 6);
  const day = Array.from({ length: 2000 }, (_, minute) => ({ n: 100, x: minute % 100 === 0 ? 1 : 0 }));
  expect(dispersionOf(constants, [day])).toMatchObject({ from: "default", rate: 14 / 144_000 });
});

test("a bad canary would hide itself: its bursts are never part of the measure", () => {
  // Were the canary's minutes among the pods, the bursts that it is to be convicted of would discount themselves.
  const stable = pods(9, 60, 300, (_, __, random) => independent(300, 0.01, random));
  const canary = pods(1, 60, 300, (minute) => (minute % 3 === 0 ? 60 : 0));
  expect(dispersionOf(constants, [...stable, ...canary]).phi).toBeGreaterThan(5 * dispersionOf(constants, stable).phi);
});
