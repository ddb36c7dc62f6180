import { test } from "vitest";
import { keeps } from "./ratchet.ts";
import { filesIn, linesWith, sources } from "./tree.ts";

const entries = ["src/main.ts", "src/cli/index.ts"];
const pure = sources.filter((path) => /^src\/(rollout|judge|text|base)\//.test(path) && !/\/clock\.ts$/.test(path));

test("the core is pure: no clock, no chance, nothing asynchronous, no process", () => {
  const impure =
    /\basync\b|\bawait\b|Date\.now|new Date\(\)|Math\.random|performance\.|setTimeout|\bprocess\.(env|exit|argv|hrtime|pid|std\w+|cwd|nextTick|on|memoryUsage|platform|version)/;
  keeps(
    "core-is-pure",
    "what is decided is a function of what was asked and seen",
    pure.flatMap((path) => linesWith(path, impure)),
  );
});

test("the environment is read where a process begins, and nowhere else", () => {
  const readers = sources.filter((path) => !entries.includes(path)).flatMap((path) => linesWith(path, /process\.env/));
  keeps("environment-in-entries", "pass the value, so that a test can pass another", readers);
});

/** Which files may know what time it really is, and why. */
const realClocks: Readonly<Record<string, string>> = {
  "src/base/clock.ts": "is the Clock",
  "src/reports/page/browser/": "runs in a browser",
  "test/runner/virtual-time-process.ts": "puts virtual time in their place",
  "test/cluster/real-server.ts": "waits for an API server that is real",
  "test/house/": "names them",
};

test("no clock but the Clock, no chance but a seed", () => {
  const clocks = /\b(setTimeout|setInterval|Date\.now|performance\.now|AbortSignal\.timeout|timers\/promises)\b/;
  const isFree = (path: string) => !Object.keys(realClocks).some((place) => path.startsWith(place));
  const tests = filesIn("test", ".ts").filter(isFree);
  const loose = [
    ...[...sources, ...tests].filter(isFree).flatMap((path) => linesWith(path, clocks)),
    ...tests.flatMap((path) => linesWith(path, /\bsystemClock\b/)),
    ...sources.filter((path) => !entries.includes(path)).flatMap((path) => linesWith(path, /Math\.random\(/)),
  ];
  keeps("one-clock", "take the Clock; a test moves time by hand, or lets it jump (test/runner/virtual-time.ts)", loose);
});

test("no module mocks, no fake timers, no skipped tests", () => {
  const words = [
    "vi\\.mo" + "ck",
    "vi\\.useFake" + "Timers",
    "(?:test|it|describe)\\.(?:ski" + "p|on" + "ly|to" + "do)\\(",
  ];
  const bad = filesIn("test", ".ts").flatMap((path) => linesWith(path, new RegExp(words.join("|"))));
  keeps("no-mocks-no-skips", "where a test needs one, a port is missing", bad);
});

test("Prometheus is named in its own folders only", () => {
  const own = /^src\/(metrics\/prometheus|simulator\/prometheus|inputs)\//;
  const strays = sources.filter((path) => !own.test(path)).flatMap((path) => linesWith(path, /prometheus|promql/i));
  keeps("prometheus-in-its-folder", "the next metric source must not have to touch this file", strays);
});
