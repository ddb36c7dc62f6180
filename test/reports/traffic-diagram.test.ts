import { expect, test } from "vitest";
import { said } from "../../src/base/reasons/said.ts";
import type { Progress } from "../../src/ports/reporter.ts";
import type { LaidRule, RouteDiagram } from "../../src/ports/route-diagram.ts";
import { picture, seenShare, shownShare } from "../../src/reports/traffic-diagram.ts";
import { layout, situations, watching } from "./samples.ts";

const drawn = (over: Partial<Progress>) => picture({ ...watching, ...over });

test("canary and stable come first, with what is ready behind them and what the metrics saw of them", () => {
  const looks = [
    { phase: 1, settling: false, weight: 5, pairs: { errors: [900, 0, 100, 0] } },
    { phase: 2, settling: true, weight: 20, pairs: { errors: [500, 0, 100, 0] } },
    { phase: 2, settling: false, weight: 20, pairs: { errors: [150, 1, 650, 2] } },
    { phase: 2, settling: false, weight: 20, pairs: { errors: [60, 1, 140, 2] } },
    { phase: 2, settling: false, weight: 20, pairs: { "latency>250": [99, 0, 1, 0] } },
  ];
  const judged = { ...watching.judged, numbers: { looks } } as unknown as NonNullable<Progress["judged"]>;
  const health = {
    stable: "ready",
    canary: "ready",
    canaryEmptyMs: 0,
    reasons: [],
    ready: { stable: 3, canary: 1 },
  } as const;
  expect(drawn({ judged, health })?.destinations).toEqual([
    expect.objectContaining({
      name: "v2",
      role: "canary",
      ready: 1,
      side: "ready",
      seen: { share: 21, asked: 20, requests: 1000 },
    }),
    expect.objectContaining({
      name: "v1",
      role: "stable",
      ready: 3,
      side: "ready",
      seen: { share: 79, asked: 80, requests: 1000 },
    }),
    { id: "docs.shop.svc.cluster.local", name: "docs", role: "other" },
  ]);
  expect(seenShare({ ...watching, judged }, { phase: 3, weight: 50 })).toBeUndefined();
});

test("a rule whose weights are not those of the record is marked", () => {
  const rules = layout.rules.map((rule) => ({
    ...rule,
    destinations: rule.destinations.map((one) => (one.asked === undefined ? one : { ...one, shown: 50 })),
  }));
  const route = drawn({ sight: { layouts: [{ ...layout, rules }] } })?.routes[0];
  expect(route?.rules.map(({ label, differs }) => [label, differs])).toEqual([
    ["http/docs", false],
    ["http/main", true],
  ]);
});

test("of very many rules those that move are kept, in their order, and the rest is counted", () => {
  const [docs, main] = layout.rules as [LaidRule, LaidRule];
  const many: RouteDiagram = { ...layout, rules: [...Array.from({ length: 30 }, () => docs), main] };
  const found = drawn({ sight: { layouts: Array.from({ length: 9 }, () => many) } });
  expect(found?.moreRoutes).toBe(4);
  expect(found?.routes[0]?.moreRules).toBe(23);
  expect(found?.routes[0]?.rules.at(-1)?.label).toBe("http/main");
});

test("destinations that their short names do not tell apart are named in full", () => {
  const ids = [
    "a.x.svc.cluster.local/v1",
    "b.x.svc.cluster.local/v1",
    "c.x.svc.cluster.local:80",
    "c.x.svc.cluster.local:81",
  ];
  const rule: LaidRule = {
    label: "http/0",
    takes: [],
    part: "untouched",
    destinations: ids.map((id) => ({ id, shown: 25 })),
  };
  const found = drawn({ sight: { layouts: [{ ...layout, rules: [rule] }] } });
  expect(found?.destinations.map(({ name }) => name)).toEqual([ids[0], ids[1], "c:80", "c:81"]);
});

test("nothing is drawn of a route that was never seen or is gone; what was seen last is said to be old", () => {
  const { sight: _, ...unseen } = watching;
  expect(picture(unseen)).toBeUndefined();
  const gone = { name: "failed", exitCode: 1, reason: said("gone"), code: "route-gone" } as const;
  expect(drawn({ outcome: gone })).toBeUndefined();
  expect(drawn({})?.lastSeenAt).toBeUndefined();
  const { trouble } = situations;
  expect(picture(trouble as Progress)?.lastSeenAt).toBe(watching.at);
});

test("what the routes show of the canary is one share, or none that could be told", () => {
  expect(shownShare(watching)).toBe(20);
  const other = {
    ...layout,
    rules: layout.rules.map((rule) => ({
      ...rule,
      destinations: rule.destinations.map((one) => ({ ...one, shown: 50 })),
    })),
  };
  expect(shownShare({ ...watching, sight: { layouts: [other] } })).toBe(50);
  expect(shownShare({ ...watching, sight: { layouts: [layout, other] } })).toBeUndefined();
  expect(shownShare({ ...watching, sight: { layouts: [] } })).toBeUndefined();
});
