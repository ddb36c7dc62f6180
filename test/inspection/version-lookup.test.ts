import { expect, it } from "vitest";
import { lookout } from "../../src/inspection/version-lookup.ts";
import { stage, v1, v2 } from "./scene.ts";

/** The route, its namespace, its Service and the pods behind it. */
const onceARun = 4;
const versions = { stable: v1, canary: v2 };

it("asks the cluster once for who is ready and for what the versions are called", async () => {
  const { site, calls } = stage();
  const { readiness, arms } = lookout(site);
  expect(await readiness(versions, {})).toMatchObject({ stable: "ready", canary: "ready" });
  const asked = calls.length;
  expect((await arms(versions, {})).canary).toMatchObject({ service: "reviews", subset: "v2" });
  // What the route says of who counts is asked for once a run.
  expect(calls.slice(asked)).toHaveLength(onceARun);
  await readiness(versions, {});
  await arms(versions, {});
  expect(calls.length).toBe(2 * asked + onceARun);
});

it("looks anew at every turn, and for other versions", async () => {
  const { site, calls } = stage();
  const { readiness, arms } = lookout(site);
  await readiness(versions, {});
  const asked = calls.length;
  await readiness(versions, {});
  expect(calls.length).toBe(2 * asked);
  expect((await arms({ stable: v2, canary: v1 }, {})).canary).toMatchObject({ subset: "v1" });
  expect(calls.length).toBe(3 * asked + onceARun);
});

it("looks by itself where nobody has asked who is ready", async () => {
  const { site, calls } = stage();
  const arms = await lookout(site).arms(versions, {});
  expect(arms.stable).toMatchObject({ subset: "v1" });
  expect(arms.hosts).toEqual(["reviews.shop.svc.cluster.local"]);
  expect(calls.length).toBeGreaterThan(0);
});
