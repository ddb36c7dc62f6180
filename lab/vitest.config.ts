import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["lab/tests/**/*.test.ts", "test/cluster/contract.test.ts"],
    // Real rollouts over real time. What is measured is printed; no test fails because the machine is slow.
    testTimeout: 300_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 3,
    maxConcurrency: 4,
    reporters: ["verbose"],
  },
});
