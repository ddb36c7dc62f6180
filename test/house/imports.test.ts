import { expect, test } from "vitest";
import { floorOf } from "./floors.ts";
import { keeps } from "./ratchet.ts";
import { importsOf, roomOf, sources } from "./tree.ts";

/** Packages and Node's own modules that a room may use. What is missing here may import nothing from outside. */
const packages: Readonly<Record<string, readonly string[]>> = {
  "base/": [],
  "schema/": ["yaml"],
  "network/": ["node:", "hpagent"],
  "cluster/": ["node:", "yaml", "@kubernetes/client-node/"],
  "metrics/": ["node:", "axios"],
  "reports/": ["node:", "@actions/core", "uplot"],
  "github/": ["node:", "@actions/", "@octokit/"],
  "inputs/": ["node:"],
  "rehearsal/": ["node:", "yaml"],
  "simulator/": ["node:"],
  "app/": ["node:", "@actions/"],
  "cli/": ["node:", "yaml"],
  "main.ts": ["node:", "@actions/"],
};

/** Only these may make text of a reason: whatever decides cannot see a sentence. */
const mayTell = ["text/", "reports/", "cli/", "rehearsal/", "main.ts"];

const isPackage = (to: string): boolean => !to.startsWith("src/") && !to.startsWith("scripts/");
const imports = sources.flatMap((path) => importsOf(path).map((one) => ({ path, from: roomOf(path), ...one })));
const inside = imports
  .filter(({ to }) => to.startsWith("src/"))
  .map((one) => ({ ...one, room: roomOf(one.to) }))
  .filter(({ from, room }) => from !== room);

test("every room stands on a floor", () => {
  const rooms = [...new Set(sources.map(roomOf))];
  keeps(
    "rooms-on-floors",
    "say in test/house/floors.ts where it stands",
    rooms.filter((room) => floorOf(room) < 0),
  );
});

test("no room imports one that stands beside or above it", () => {
  const strays = inside
    .filter(({ from, room }) => floorOf(from) >= 0 && floorOf(room) >= 0 && floorOf(room) >= floorOf(from))
    .map(({ path, to }) => `${path} imports ${to}`);
  keeps("imports-go-down", "a room that reaches beside or above itself cannot be replaced alone", strays);
});

test("a room uses the packages that it has need of", () => {
  const strays = imports
    .filter(({ to }) => isPackage(to))
    .filter(({ from, to }) => !(packages[from] ?? []).some((known) => to.startsWith(known)))
    .map(({ path, to }) => `${path} imports ${to}`);
  keeps("packages-by-room", "a package behind a port stays in the room that wraps it", strays);
});

test("whatever decides cannot see a sentence", () => {
  const strays = inside
    .filter(({ from, room }) => room === "text/" && !mayTell.includes(from))
    .map(({ path, to }) => `${path} imports ${to}`);
  keeps("text-is-for-people", "decide by the reason's code; text is made where people read it", strays);
});

test("no files import each other in a circle", () => {
  const next = new Map<string, string[]>();
  for (const { path, to, typeOnly } of imports)
    if (to.startsWith("src/") && !typeOnly) next.set(path, [...(next.get(path) ?? []), to]);
  expect(circlesIn(next), "types that tie two files belong into a third").toEqual([]);
});

function circlesIn(next: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
    if (done.has(path)) return;
    done.add(path);
    for (const to of next.get(path) ?? []) visit(to, [...trail, path]);
  };
  for (const path of next.keys()) visit(path, []);
  return circles;
}
