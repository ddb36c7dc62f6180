import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "vitest";
import { stream } from "../../src/rehearsal/random.ts";
import { isEnded, isRec, recordOf } from "../../test/simulation/oracle/record.ts";
import { startTraffic } from "../traffic.ts";
import { requestsWithoutCluster } from "./world/envoy.ts";
import { openShop, readRoute, type Shop } from "./world/place.ts";
import { sluice, startSluice } from "./world/sluice.ts";
import { watchRoutes, weightsOf } from "./world/watch.ts";

/** How many rollouts are killed, and the seed of the first; each next one has the next seed. */
const kills = Number(process.env["LAB_KILLS"] ?? 200);
const firstSeed = Number(process.env["LAB_SEED"] ?? 1);
const atOnce = 8;
/** A whole rollout takes about four seconds, so a kill may come before its first write and after its last. */
const latestKillMs = 5_000;

const planFor = ({ namespace }: Shop) => ({
  route: `${namespace}/virtualservice/shop`,
  phases: "30/60/100",
  hold: "1s",
  settle: "0s",
  "write-allowance": "0s",
});

type Fate = { readonly seed: number; readonly killed: string; readonly ended: string };

/** One rollout: killed once or twice at random moments, then finished by another run, or taken back by a command. */
async function oneKilled(shop: Shop, seed: number): Promise<Fate> {
  const random = stream(seed, "kill");
  const plan = planFor(shop);
  const revision = `seed-${seed}`;
  const times = random.unit() < 0.25 ? 2 : 1;
  const takesBack = random.unit() < 0.25;
  for (let time = 0; time < times; time += 1) {
    const run = startSluice(shop, ["run"], { plan, revision });
    await Promise.race([wait(random.unit() * latestKillMs), run.ended]);
    run.child.kill("SIGKILL");
    await run.ended;
  }
  const left = recordOf(await readRoute(shop.namespace));
  const killed =
    isRec(left) && left.revision === revision ? `${left.status} ${left.weight} %` : "before its first write";
  const { result, exitCode, log } = takesBack
    ? await sluice(shop, ["rollback", "--route", plan.route])
    : await sluice(shop, ["run"], { plan, revision });
  expect(exitCode, `seed ${seed}: ${log}`).toBe(0);
  const object = await readRoute(shop.namespace);
  const record = recordOf(object);
  expect(record === "none" || (isRec(record) && isEnded(record)), `seed ${seed} is left unfinished`).toBe(true);
  expect([...weightsOf(object)].sort(), `seed ${seed}`).toEqual([0, 100]);
  return { seed, killed, ended: result?.outcome ?? "?" };
}

it(`finishes every one of ${kills} killed rollouts`, { timeout: 900_000 }, async () => {
  const shops = await Promise.all(Array.from({ length: atOnce }, () => openShop("kills")));
  const watches = await Promise.all(shops.map(({ namespace }) => watchRoutes(namespace)));
  const traffics = shops.map(({ host }) => startTraffic({ host, perSecond: 5 }));
  const lostBefore = await requestsWithoutCluster();
  const seeds = Array.from({ length: kills }, (_, index) => firstSeed + index);
  const fates: Fate[] = [];
  await Promise.all(
    shops.map(async (shop) => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
        fates.push(await oneKilled(shop, seed));
      }
    }),
  );
  const answers = (await Promise.all(traffics.map((traffic) => traffic.stop()))).flat();
  const versions = await Promise.all(watches.map((watch) => watch.stop()));
  const watched = versions.reduce((sum, { all }) => sum + all.length, 0);
  const lost = (await requestsWithoutCluster()) - lostBefore;
  const failed = answers.filter(({ status }) => status !== 200);
  console.log(
    [
      `${fates.length} of ${kills} killed rollouts ended at 0 or 100 %, seeds ${firstSeed} to ${firstSeed + kills - 1}`,
      `killed: ${tally(fates.map(({ killed }) => killed))}`,
      `ended: ${tally(fates.map(({ ended }) => ended))}`,
      `${watched} versions watched, ${answers.length} requests, ${failed.length} failed, ${lost} found no cluster in Envoy`,
    ].join("\n"),
  );
  expect(versions.flatMap((one) => one.violations())).toEqual([]);
  expect(lost).toBe(0);
  expect(failed).toEqual([]);
  expect(fates).toHaveLength(kills);
});

function tally(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${word} ${count}`).join(", ");
}
