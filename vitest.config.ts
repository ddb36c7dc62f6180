import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Loopback servers, child processes and exhaustive enumerations stand in some tests; none asserts a time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
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
