import { expect, test } from "vitest";
import { widthOf } from "../../src/base/text-width.ts";
import type { Progress } from "../../src/ports/reporter.ts";
import type { RouteDiagram } from "../../src/ports/route-diagram.ts";
import { pictureLines } from "../../src/reports/diagram-text.ts";
import { picture } from "../../src/reports/traffic-diagram.ts";
import { textOf } from "../../src/text/index.ts";
import { hostileProgress, layout, situations, watching } from "./samples.ts";

const lines = (over: Partial<Progress> = {}, width?: number) => {
  const drawn = picture({ ...watching, ...over });
  return drawn === undefined ? [] : pictureLines(drawn, width);
};

const health = {
  stable: "ready",
  canary: "ready",
  canaryEmptyMs: 0,
  reasons: [],
  ready: { stable: 3, canary: 1 },
} as const;
const numbers = { looks: [{ phase: 2, settling: false, weight: 20, pairs: { errors: [2100, 0, 7900, 0] } }] };
const judged = { ...watching.judged, numbers } as unknown as NonNullable<Progress["judged"]>;

test("where requests enter, by which rules they go and where to: asked, seen, and ready", () => {
  expect(lines({ health, judged })).toEqual([
    "the mesh, gateway istio-system/edge → VirtualService shop/reviews for reviews",
    "├─ http/docs: /docs*, untouched",
    "│  └→ 100%  docs",
    "└─ http/main: all other requests",
    "   ├→ ████████░░ 80%  v1 (stable)  3 ready endpoints, seen 79% of 10 000 requests",
    "   └→ ██░░░░░░░░ 20%  v2 (canary)  1 ready endpoint, seen 21% of 10 000 requests",
  ]);
});

test("weights that somebody else has set stand beside those that were asked for", () => {
  const rules = layout.rules.map((rule) => ({
    ...rule,
    destinations: rule.destinations.map((one) => (one.asked === undefined ? one : { ...one, shown: 50 })),
  }));
  expect(lines({ sight: { layouts: [{ ...layout, rules }] } }).slice(-2)).toEqual([
    "   ├→ ████████░░ 50%, not the 80% asked for  v1 (stable)",
    "   └→ ██░░░░░░░░ 50%, not the 20% asked for  v2 (canary)",
  ]);
});

test("a canary that nobody answers for is said to be so, and what is only remembered is said to be old", () => {
  const empty = { ...health, canary: "empty", ready: { stable: 3, canary: 0 } } as const;
  expect(lines({ health: empty }).at(-1)).toContain("v2 (canary)  no ready endpoint");
  const blind = { ...health, canary: "unknown", ready: {} } as const;
  expect(lines({ health: blind }).at(-1)).toContain("v2 (canary)  endpoints unknown");
  expect(lines(situations["trouble"])[0]).toBe("as last seen at 14:17:15 UTC; nobody knows what is true now");
});

test("of much there is a part, and how much there is besides", () => {
  const rules = Array.from({ length: 12 }, (_, at) => ({
    label: `http/${at}`,
    takes: ["/a*", "/b*", "/c*", "/d*", "/e*"],
    part: "untouched" as const,
    destinations: Array.from({ length: 11 }, (_, to) => ({ id: `d${to}.shop.svc.cluster.local`, shown: 9 })),
  }));
  const hosts = Array.from({ length: 5 }, (_, at) => `h${at}`);
  const found = lines({ sight: { layouts: Array.from({ length: 7 }, () => ({ ...layout, hosts, rules })) } });
  expect(found[0]).toContain("for h0, h1, h2 and 2 more");
  expect(found[1]).toBe("├─ http/0: /a* or /b* or /c* and 2 more, untouched");
  expect(found).toContain("│  └→ and 3 more");
  expect(found).toContain("└─ and 4 more rules");
  expect(found.at(-1)).toBe("and 2 more routes");
});

test("a rule without a destination says what becomes of its requests", () => {
  const rule = {
    label: "http/old",
    takes: [],
    part: "untouched" as const,
    instead: "delegated to shop/old",
    destinations: [],
  };
  expect(lines({ sight: { layouts: [{ ...layout, entries: [], rules: [rule] }] } })).toEqual([
    "VirtualService shop/reviews for reviews",
    "└─ http/old: every request, untouched",
    "   └→ delegated to shop/old",
  ]);
});

test("no line is wider than asked, and none holds what cannot be seen", () => {
  const foul = (text: string): RouteDiagram => ({
    ...layout,
    name: text,
    hosts: [text],
    entries: [{ kind: "gateway", name: text }],
    rules: [{ label: text, takes: [text], part: "moved", destinations: [{ id: text, shown: 1, asked: 99 }] }],
  });
  for (const { reason } of hostileProgress) {
    const because = textOf(reason);
    for (const width of [20, 40, 200]) {
      for (const line of lines({ sight: { layouts: [foul(because), foul(`${because}评论`.repeat(30))] } }, width)) {
        expect(widthOf(line)).toBeLessThanOrEqual(width);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028]/u);
      }
    }
  }
});
