import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** What keeps the house in order. A message names the file and says what the rule is for. */

const root = fileURLToPath(new URL("..", import.meta.url));

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path, ending);
    return entry.name.endsWith(ending) ? [path] : [];
  });
}

const read = (path: string) => readFileSync(join(root, path), "utf8");
const sources = filesIn("src", ".ts");

type Import = { readonly to: string; readonly typeOnly: boolean };

function importsOf(path: string): Import[] {
  const text = read(path);
  const found = [...text.matchAll(/(?:^|\n)(?:import|export)\s+(type\s+)?[^;]*?from\s+"([^"]+)"|import\("([^"]+)"\)/g)];
  return found.map((match) => {
    const to = match[2] ?? match[3] ?? "";
    const resolved = to.startsWith(".") ? relative(root, join(root, dirname(path), to)) : to;
    return { to: resolved, typeOnly: match[1] !== undefined };
  });
}

/** A room may import itself, and what stands here. `type:` allows types only; a trailing slash allows a folder. */
const rooms: Record<string, readonly string[]> = {
  "src/rollout/": ["type:src/judge/types.ts"],
  "src/judge/": [],
  "src/traffic/": ["src/rollout/", "src/errors.ts", "type:src/cluster/cluster.ts"],
  "src/network/": ["src/rollout/", "src/errors.ts", "src/clock.ts", "node:", "hpagent"],
  "src/metrics/": [
    "src/rollout/",
    "src/errors.ts",
    "src/clock.ts",
    "src/network/",
    "type:src/judge/",
    "node:",
    "axios",
  ],
  "src/cluster/": [
    "src/rollout/",
    "src/errors.ts",
    "src/clock.ts",
    "src/network/",
    "type:src/traffic/driver.ts",
    "node:",
    "yaml",
    "@kubernetes/client-node/",
  ],
  "src/reports/": [
    "src/rollout/",
    "src/errors.ts",
    "src/clock.ts",
    "src/network/",
    "type:src/judge/",
    "node:",
    "@actions/",
    "@octokit/",
    "uplot",
    "scripts/page-assets.ts",
    "src/event.ts",
  ],
  "src/preflight/": [
    "src/rollout/",
    "src/errors.ts",
    "src/traffic/driver.ts",
    "src/traffic/fields.ts",
    "type:src/cluster/cluster.ts",
    "type:src/ports.ts",
  ],
  "src/rehearsal/": [
    "src/rollout/",
    "src/errors.ts",
    "src/clock.ts",
    "src/traffic/",
    "src/ports.ts",
    "src/run.ts",
    "src/loop/",
    "src/evidence.ts",
    "src/preflight/",
    "src/reports/",
    "src/judge/",
    "type:src/cluster/cluster.ts",
    "type:src/metrics/provider.ts",
  ],
  "src/loop/": [
    "src/rollout/",
    "src/clock.ts",
    "src/ports.ts",
    "type:src/judge/types.ts",
    "type:src/cluster/cluster.ts",
    "src/traffic/driver.ts",
  ],
};

const allowed = (room: string, path: string, { to, typeOnly }: Import): boolean =>
  to.startsWith(room) ||
  (rooms[room] ?? []).some((rule) => {
    const types = rule.startsWith("type:");
    const place = types ? rule.slice("type:".length) : rule;
    return to.startsWith(place) && (!types || typeOnly);
  }) ||
  path === to;

test.each(Object.keys(rooms))("%s imports only what its room may", (room) => {
  const strays = sources
    .filter((path) => path.startsWith(room))
    .flatMap((path) =>
      importsOf(path)
        .filter((one) => !allowed(room, path, one))
        .map((one) => `${path} imports ${one.to}`),
    );
  expect(strays, "a room that reaches into another cannot be understood, tested or replaced by itself").toEqual([]);
});

test("the loop knows no implementation", () => {
  const known = importsOf("src/run.ts").filter(
    ({ to }) => !/^src\/(rollout|loop)\/|^src\/(clock|ports|evidence)\.ts$/.test(to),
  );
  expect(known.map(({ to }) => to)).toEqual([]);
});

test("the core is pure: no npm package, no node module, no clock, no chance, nothing asynchronous", () => {
  const impure = sources
    .filter((path) => path.startsWith("src/rollout/") || path.startsWith("src/judge/"))
    .filter((path) =>
      /\basync\b|\bawait\b|Date\.now|new Date\(\)|Math\.random|performance\.|setTimeout|\bprocess\.(env|exit|argv|hrtime|pid|std\w+|cwd|nextTick|on|memoryUsage|platform|version)/.test(
        read(path),
      ),
    );
  expect(impure).toEqual([]);
});

test("the environment is read where a process begins, and nowhere else", () => {
  const readers = sources.filter(
    (path) => /process\.env/.test(read(path)) && !["src/main.ts", "src/cli.ts"].includes(path),
  );
  expect(readers, "pass the value, so that a test can pass another").toEqual([]);
});

test("no clock but the Clock, no chance but a seed", () => {
  const loose = sources
    .filter((path) => !["src/clock.ts", "src/main.ts", "src/cli.ts"].includes(path))
    .filter((path) => /Date\.now\(|Math\.random\(/.test(read(path)));
  expect(loose, "time and chance are arguments").toEqual([]);
});

/** Who may know what time it really is, and why. */
const realClocks: Readonly<Record<string, string>> = {
  "src/clock.ts": "is the Clock",
  "src/reports/page/browser/": "runs in a browser",
  "test/runner/virtual-time-process.ts": "puts virtual time in their place",
  "test/cluster/real-server.ts": "waits for an API server that is real",
  "test/house-rules.test.ts": "names them",
};

test("no real clock but where a process begins: a machine that is slow makes nothing late", () => {
  const clocks = /\b(setTimeout|setInterval|Date\.now|performance\.now|AbortSignal\.timeout|timers\/promises)\b/;
  const loose = [...filesIn("src", ".ts"), ...filesIn("test", ".ts")]
    .filter((path) => !Object.keys(realClocks).some((place) => path.startsWith(place)))
    .flatMap((path) => {
      const text = read(path);
      const found =
        clocks.exec(text)?.[0] ?? (path.startsWith("test/") ? /\bsystemClock\b/.exec(text)?.[0] : undefined);
      return found === undefined ? [] : [`${path}: ${found}`];
    });
  expect(loose, "take the Clock; a test moves time by hand, or lets it jump (test/runner/virtual-time.ts)").toEqual([]);
});

test("files stay small enough to be read at one sitting", () => {
  const long = [...sources, ...filesIn("scripts", ".ts")].filter((path) => read(path).split("\n").length > 260);
  expect(long, "split it where two words of the domain meet").toEqual([]);
});

test("nothing is called by its technique", () => {
  const bad = sources.filter((path) =>
    /^(utils?|helpers?|manager|handler|service|common|misc)\.ts$/.test(basename(path)),
  );
  expect(bad).toEqual([]);
});

test("the record's annotation does not wake istiod", () => {
  const [, key] = /recordAnnotation = "([^"]+)"/.exec(read("src/traffic/driver.ts")) ?? [];
  expect(key).toBeDefined();
  expect(key, "istiod pushes to every proxy when an annotation with its name changes").not.toContain("istio.io");
});

test("no module mocks, no fake timers, no skipped tests, no naps", () => {
  const words = [
    "vi" + ".mock",
    "vi" + ".useFakeTimers",
    "test" + ".skip(",
    "it" + ".skip(",
    "test" + ".only(",
    "it" + ".only(",
  ];
  const bad = filesIn("test", ".ts").flatMap((path) =>
    words.filter((word) => read(path).includes(word)).map((word) => `${path}: ${word}`),
  );
  expect(bad, "where a test needs one, a port is missing").toEqual([]);
});

test("every version is exact, and the lock file names no host", () => {
  const manifest = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;
  const versions = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((kind) =>
    Object.entries(manifest[kind] ?? {}),
  );
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  const lock = JSON.parse(read("package-lock.json")) as {
    packages: Record<string, { resolved?: string; link?: boolean; integrity?: string }>;
  };
  const located = Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined);
  expect(located.map(([name]) => name)).toEqual([]);
  const unsealed = Object.entries(lock.packages).filter(
    ([name, entry]) => name !== "" && entry.integrity === undefined,
  );
  expect(unsealed.map(([name]) => name)).toEqual([]);
});

test("at most ten packages are needed at run time", () => {
  const manifest = JSON.parse(read("package.json")) as { dependencies: Record<string, string> };
  expect(Object.keys(manifest.dependencies).length).toBeLessThanOrEqual(10);
});

test("tests stand where their source stands", () => {
  const homeless = filesIn("test", ".test.ts")
    .filter((path) =>
      /^test\/(rollout|judge|traffic|network|metrics|cluster|reports|preflight|loop|inputs)\//.test(path),
    )
    .filter((path) => {
      const source = path.replace(/^test\//, "src/").replace(/\.test\.ts$/, "");
      const exists = (name: string) => {
        try {
          return statSync(join(root, name)) !== undefined;
        } catch {
          return false;
        }
      };
      return (
        !exists(`${source}.ts`) &&
        !exists(source) &&
        !/(contract|properties|golden|enumeration|stopping|bench)/.test(path)
      );
    });
  expect(homeless, "a test that is hard to find is not read").toEqual([]);
});
