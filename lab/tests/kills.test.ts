import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { stream } from "../../src/simulator/engine/seeded-random.ts";
import { isEnded, isRec, recordOf } from "../../test/simulation/oracle/record.ts";
import { until } from "../inside/processes.ts";
import { startTraffic } from "../traffic.ts";
import { requestsWithoutRoute } from "./world/envoy.ts";
import { openShop, readRoute, type Shop } from "./world/place.ts";
import { weightsOf } from "./world/route.ts";
import { sluice, startSluice } from "./world/sluice.ts";
import { type RouteWatch, watchRoutes } from "./world/watch.ts";

/** How many rollouts are killed, and the seed of the first; each next one has the next seed. */
const kills = Number(process.env["LAB_KILLS"] ?? 200);
const firstSeed = Number(process.env["LAB_SEED"] ?? 1);
const atOnce = 8;
/** These shops have a port to themselves, so that Envoy counts their lost requests and nobody else's. */
const port = 8092;

const planFor = ({ namespace }: Shop) => ({
  route: `${namespace}/virtualservice/shop`,
  phases: "30/60/100",
  hold: "1s",
  settle: "0s",
  "write-allowance": "0s",
});

/** When a run is killed: so long after it has begun, or after the canary's weight has been written. */
const moments = [
  { weight: 0, withinMs: 2_000 },
  { weight: 30, withinMs: 1_500 },
  { weight: 60, withinMs: 1_500 },
  { weight: 100, withinMs: 1_500 },
] as const;

type Fate = { readonly seed: number; readonly wasKilled: boolean; readonly found: string; readonly ended: string };

/** One rollout: killed once or twice at random moments, then finished by another run, or taken back by a command. */
async function oneKilled(shop: Shop, { versions }: RouteWatch, seed: number): Promise<Fate> {
  const random = stream(seed, "kill");
  const plan = planFor(shop);
  const revision = `seed-${seed}`;
  const times = random.unit() < 0.25 ? 2 : 1;
  const takesBack = random.unit() < 0.25;
  const weightOf = (object: KubeObject | undefined) => {
    const record = object === undefined ? "none" : recordOf(object);
    return isRec(record) && record.revision === revision ? record.weight : 0;
  };
  let wasKilled = false;
  for (let time = 0; time < times; time += 1) {
    const later = moments.filter(({ weight }) => weight === 0 || weight > weightOf(versions.all.at(-1)?.object));
    const moment = later[Math.floor(random.unit() * later.length)] ?? moments[0];
    const afterMs = random.unit() * moment.withinMs;
    const run = startSluice(shop, ["run"], { plan, revision });
    const isOver = () => run.child.exitCode !== null;
    await until(`${moment.weight} % of seed ${seed}`, async () => {
      return isOver() || weightOf(versions.all.at(-1)?.object) >= moment.weight;
    });
    await Promise.race([wait(afterMs), run.ended]);
    run.child.kill("SIGKILL");
    wasKilled ||= (await run.ended).signal === "SIGKILL";
  }
  const left = recordOf(await readRoute(shop.namespace));
  const found =
    isRec(left) && left.revision === revision ? `${left.status} ${left.weight} %` : "before its first write";
  const { result, exitCode, log } = takesBack
    ? await sluice(shop, ["rollback", "--route", plan.route])
    : await sluice(shop, ["run"], { plan, revision });
  expect(exitCode, `seed ${seed}: ${log}`).toBe(0);
  const object = await readRoute(shop.namespace);
  const record = recordOf(object);
  expect(record === "none" || (isRec(record) && isEnded(record)), `seed ${seed} is left unfinished`).toBe(true);
  expect([...weightsOf(object)].sort(), `seed ${seed}`).toEqual([0, 100]);
  return { seed, wasKilled, found, ended: result?.outcome ?? "?" };
}

it(`finishes every one of ${kills} killed rollouts`, { timeout: 1_200_000 }, async () => {
  const shops = await Promise.all(Array.from({ length: atOnce }, () => openShop("kills", { port })));
  const traffics = shops.map(({ host }) => startTraffic({ host, port, perSecond: 5 }));
  const lostBefore = await requestsWithoutRoute(port);
  const fates: Fate[] = [];
  let next = firstSeed;
  let open = 0;
  const killed = () => fates.filter(({ wasKilled }) => wasKilled).length;
  const watched = await Promise.all(
    shops.map(async (shop) => {
      const watch = await watchRoutes(shop.namespace);
      // A rollout that was over before its kill does not count.
      while (killed() + open < kills) {
        open += 1;
        const fate = await oneKilled(shop, watch, next++);
        open -= 1;
        fates.push(fate);
      }
      return watch.stop();
    }),
  );
  const answers = (await Promise.all(traffics.map((traffic) => traffic.stop()))).flat();
  const versions = watched.reduce((sum, { all }) => sum + all.length, 0);
  const lost = (await requestsWithoutRoute(port)) - lostBefore;
  const failed = answers.filter(({ status }) => status !== 200);
  console.log(
    [
      `${killed()} of ${kills} killed rollouts ended at 0 or 100 %, seeds ${firstSeed} to ${next - 1}`,
      `left by the kill: ${tally(fates.map(({ found }) => found))}`,
      `ended: ${tally(fates.map(({ ended }) => ended))}`,
      `${versions} versions watched, ${answers.length} requests, ${failed.length} failed, ${lost} found no route or no cluster in Envoy`,
    ].join("\n"),
  );
  expect(watched.flatMap((one) => one.violations())).toEqual([]);
  expect(lost).toBe(0);
  expect(failed).toEqual([]);
  expect(killed()).toBeGreaterThanOrEqual(kills);
});

function tally(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${word} ${count}`).join(", ");
}
