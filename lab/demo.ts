import { spawn } from "node:child_process";
import { namespace, openHouse } from "./demo-shop.ts";
import { served } from "./traffic.ts";

/** One good rollout and one bad one, with traffic, as a person at a terminal sees them. */

const { folder, traffic } = await openHouse(process.env["LAB_FOLDER"] ?? "", process.env);
const route = ["--route", `${namespace}/virtualservice/shop`];

function sluice(...words: readonly string[]): Promise<number> {
  console.log(`\n$ sluice ${words.join(" ")}\n`);
  return new Promise((resolve) => {
    const child = spawn("sluice", words, { cwd: folder, stdio: "inherit" });
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

/** What the shop's customers got meanwhile. */
async function told(what: () => Promise<number>): Promise<void> {
  const from = performance.now();
  const code = await what();
  const to = performance.now();
  const { v1, v2, all } = served(traffic.answers, from, to);
  const bad = traffic.answers.filter(({ at, status }) => at >= from && at < to && status !== 200).length;
  console.log(`\nExit code ${code}. Of ${all} requests v1 answered ${v1} and v2 ${v2}; ${bad} failed.`);
}

console.log("\n--- v2 is sound: it is promoted");
await told(() => sluice("run", "--plan", "rollout.yml", "--revision", "good"));
await sluice("status", ...route);

console.log("\n--- now v1 is the newer release, and a third of its answers are errors: it is taken back");
await fetch(`http://127.0.0.1:7070/${namespace}/v1`, { method: "PUT", body: JSON.stringify({ errors: 0.33 }) });
await told(() => sluice("run", "--plan", "rollout.yml", "--revision", "bad"));
await sluice("status", ...route);
await traffic.stop();
