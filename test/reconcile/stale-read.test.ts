import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { isStale, newSeenVersions, noticeReplaced, noticeVersion } from "../../src/reconcile/stale-read.ts";

const route = (resourceVersion: string, generation: number | undefined, uid = "one"): KubeObject => ({
  metadata: { name: "reviews", uid, resourceVersion, ...(generation === undefined ? {} : { generation }) },
});

/** What a run has been shown, one answer after the other. */
function seen(...objects: readonly KubeObject[]) {
  const versions = newSeenVersions();
  for (const object of objects) noticeVersion(versions, object);
  return versions;
}

describe("an answer of an API server that lags", () => {
  it.each([
    ["the first one is as good as any", seen(), route("8", 3), false],
    ["a version that was seen before may still stand there", seen(route("8", 3)), route("8", 3), false],
    ["metadata changes without a new generation", seen(route("8", 3)), route("9", 3), false],
    ["a newer generation is news", seen(route("8", 3)), route("9", 4), false],
    ["an older generation has passed", seen(route("9", 4)), route("8", 3), true],
    ["also where answers came in no order", seen(route("9", 4), route("8", 3)), route("8", 3), true],
    ["a route that was created again starts at 1", seen(route("8", 3)), route("9", 1, "another"), false],
    [
      "and has its own order from then on",
      seen(route("8", 3), route("9", 2, "another")),
      route("8", 1, "another"),
      true,
    ],
    [
      "a server that counts no generations lags behind nothing",
      seen(route("8", undefined)),
      route("7", undefined),
      false,
    ],
  ])("%s", (_, versions, object, expected) => {
    expect(isStale(versions, object)).toBe(expected);
  });

  it("knows the versions that this run's own patches have replaced, though only the record changed", () => {
    const versions = newSeenVersions();
    noticeReplaced(versions, route("8", 3), route("9", 3));
    expect(isStale(versions, route("8", 3))).toBe(true);
    expect(isStale(versions, route("9", 3))).toBe(false);
  });

  it("knows the generation that its own patch has made", () => {
    const versions = newSeenVersions();
    noticeReplaced(versions, route("8", 3), route("9", 4));
    expect(isStale(versions, route("7", 3))).toBe(true);
  });
});
