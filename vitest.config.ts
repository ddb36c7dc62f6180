import { configDefaults, defineConfig } from "vitest/config";

/** What takes minutes or a browser, in files that match. All other tests are `make test`: none is in both, none in neither. */
const gate = [
  "test/action/!(smoke).test.ts",
  "test/browser/**/*.test.ts",
  "test/cli/{index,rehearse-command,report-command}.test.ts",
  "test/evidence/{incremental,measure}-comparison.test.ts",
  "test/judge/bench.test.ts",
  "test/rehearsal/{,objects/}index.test.ts",
  "test/scripts/pack.test.ts",
  "test/simulation/{full-weight-rehearsals,gate,planted,followers,loopback,rehearsal-against-bundle}.test.ts",
  "test/simulator/traffic/data-plane-counters.test.ts",
];

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: { name: "test", include: ["test/**/*.test.ts"], exclude: [...configDefaults.exclude, ...gate] },
      },
      { extends: true, test: { name: "gate", include: gate } },
    ],
    // Only for what hangs: a test ends when it is through, however busy the machine is.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: "forks",
    maxWorkers: 2,
    coverage: {
      provider: "v8",
      include: ["src/rollout/**", "src/judge/**"],
      reporter: ["text"],
      // Each branch of the core decides where production traffic goes: one that no test has taken is not shipped.
      thresholds: { "src/rollout/**": { branches: 100, functions: 100 } },
    },
  },
});
