import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../build/cache.ts";

/** Runs the tests in two rounds: first what minds its own shop, several files at once; then, alone, what stops parts of the lab. */

const chosen = process.argv.slice(2);
const wanted = (file: string) => chosen.length === 0 || chosen.some((word) => file.includes(word));
const filesIn = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => `${folder}/${name}`)
    .filter(wanted);

const rounds = [
  {
    title: "by themselves",
    files: [...["test/cluster/contract.test.ts"].filter(wanted), ...filesIn("lab/tests")],
    workers: 3,
  },
  { title: "one by one: measurements, and parts of the lab going away", files: filesIn("lab/tests/alone"), workers: 1 },
];

let failed = 0;
for (const { title, files, workers } of rounds) {
  if (files.length === 0) continue;
  console.log(`\nlab tests, ${title}`);
  const words = [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--config",
    "lab/vitest.config.ts",
    `--maxWorkers=${workers}`,
    ...files,
  ];
  const env = { ...process.env, KUBECONFIG_TEST: process.env["KUBECONFIG"] };
  const { status } = spawnSync(process.execPath, words, { cwd: root, stdio: "inherit", env });
  if (status !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
