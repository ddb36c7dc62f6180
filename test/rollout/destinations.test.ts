import { describe, expect, test } from "vitest";
import { placeOf, sameDestination } from "../../src/rollout/destinations.ts";

const host = "web.prod.svc.cluster.local";

describe("one destination, with or without its port", () => {
  test("a port that only one of two writes out makes no difference", () => {
    expect(sameDestination(host, `${host}:80`)).toBe(true);
    expect(sameDestination(`${host}/v2:80`, `${host}/v2`)).toBe(true);
  });

  test("two written ports, subsets or hosts that differ do", () => {
    expect(sameDestination(`${host}:80`, `${host}:8080`)).toBe(false);
    expect(sameDestination(`${host}/v1`, `${host}/v2`)).toBe(false);
    expect(sameDestination(`${host}/v1:80`, `${host}:80`)).toBe(false);
  });

  test("the whole name wins over one that only fits", () => {
    expect(placeOf([`${host}:80`, host], host)).toBe(1);
  });

  test("two that only fit are nobody's", () => {
    expect(placeOf([`${host}:80`, `${host}:81`], host)).toBe(-1);
    expect(placeOf([`${host}:80`, "other"], host)).toBe(0);
    expect(placeOf([], host)).toBe(-1);
  });
});
