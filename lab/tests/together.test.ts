import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { stream } from "../../src/simulator/engine/seeded-random.ts";
import { isEnded, isRec, recordOf } from "../../test/simulation/oracle/record.ts";
import { until } from "../inside/processes.ts";
import { startTraffic } from "../traffic.ts";
import { create, openShop, type Shop } from "./world/place.ts";
import { weightsOf } from "./world/route.ts";
import { sluice, startSluice } from "./world/sluice.ts";
import { watchRoutes } from "./world/watch.ts";

/** How many rollouts over three routes are killed, and the seed of the first. */
const kills = Number(process.env["LAB_KILLS_TOGETHER"] ?? 12);
const firstSeed = Number(process.env["LAB_SEED"] ?? 1);

const titleOf = ({ namespace, kind }: Shop) => `${namespace}/${kind}/shop`;

/** The rights of one shop's user, given to that of another. */
const lent = (to: Shop, from: Shop): KubeObject =>
  ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "lent", namespace: from.namespace },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "sluice" },
    subjects: [{ kind: "ServiceAccount", name: "sluice", namespace: to.namespace }],
  }) as unknown as KubeObject;

const byRevision = (a: KubeObject, b: KubeObject) =>
  Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion);

/** Every moment at which a follower stood above the record, told from the versions of all routes in the order of etcd. */
function above(versions: readonly KubeObject[], first: string): readonly string[] {
  let recorded = 0;
  // After a promotion the versions change places, on all routes at once.
  let canaryAt = 1;
  return versions.toSorted(byRevision).flatMap((object) => {
    const { namespace, resourceVersion } = object.metadata;
    if (namespace === first) {
      const record = recordOf(object);
      if (!isRec(record)) return [];
      recorded = record.weight;
      canaryAt = record.destinations[1]?.includes("v2") === true ? 1 : 0;
      return [];
    }
    const canary = weightsOf(object)[canaryAt] ?? 0;
    return canary > recorded ? [`${namespace} at ${resourceVersion}: ${canary} %, the record says ${recorded} %`] : [];
  });
}

async function openThree(): Promise<readonly [Shop, Shop, Shop]> {
  const [web, edge, gate] = await Promise.all([
    openShop("together"),
    openShop("together", { shape: "services" }),
    openShop("together", { shape: "httproute" }),
  ]);
  await create([lent(web, edge), lent(web, gate)]);
  return [web, edge, gate];
}

const planFor = (shops: readonly Shop[], hold: string) => ({
  route: shops.map(titleOf),
  phases: "30/60/100",
  hold,
  settle: "0s",
  "write-allowance": "0s",
});

it(`brings three routes in three namespaces to one weight, killed ${kills} times`, { timeout: 600_000 }, async () => {
  const shops = await openThree();
  const [web] = shops;
  const watches = await Promise.all(shops.map(({ namespace, kind }) => watchRoutes(namespace, kind)));
  const traffics = shops.map(({ host, port }) => startTraffic({ host, port, perSecond: 5 }));
  const plan = planFor(shops, "1s");
  const standing = () => watches.map(({ versions }) => weightsOf(versions.all.at(-1)?.object as KubeObject)[1]);
  let killed = 0;
  let seed = firstSeed;
  for (; killed < kills; seed += 1) {
    const random = stream(seed, "together");
    const revision = `seed-${seed}`;
    const run = startSluice(web, ["run"], { plan, revision });
    await Promise.race([wait(random.unit() * 9_000), run.ended]);
    run.child.kill("SIGKILL");
    if ((await run.ended).signal === "SIGKILL") killed += 1;
    const takesBack = random.unit() < 0.3;
    const { exitCode, log } = takesBack
      ? await sluice(web, ["rollback", "--route", titleOf(web)])
      : await sluice(web, ["run"], { plan, revision });
    expect(exitCode, `seed ${seed}: ${log}`).toBe(0);
    // The run has ended, so all is written; the watch may still have to tell of it.
    await until(`one weight on all routes of seed ${seed}`, async () => new Set(standing()).size === 1);
    const record = recordOf(watches[0]?.versions.all.at(-1)?.object as KubeObject);
    expect(record === "none" || (isRec(record) && isEnded(record)), `seed ${seed} is left unfinished`).toBe(true);
  }
  const answers = (await Promise.all(traffics.map((traffic) => traffic.stop()))).flat();
  const watched = await Promise.all(watches.map((watch) => watch.stop()));
  const versions = watched.flatMap(({ all }) => all.map(({ object }) => object));
  console.log(
    `${killed} killed rollouts over three routes ended at one weight, seeds ${firstSeed} to ${seed - 1}; ${versions.length} versions watched, ${answers.length} requests`,
  );
  expect(above(versions, web.namespace)).toEqual([]);
  expect(watched.flatMap((one) => one.violations())).toEqual([]);
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
});

it("takes all three home when the job is cancelled", { timeout: 120_000 }, async () => {
  const shops = await openThree();
  const watches = await Promise.all(shops.map(({ namespace, kind }) => watchRoutes(namespace, kind)));
  const standing = () => watches.map(({ versions }) => weightsOf(versions.all.at(-1)?.object as KubeObject)[1]);
  const run = startSluice(shops[0], ["run"], { plan: planFor(shops, "60s") });
  await until("30 % on all three", async () => standing().every((weight) => weight === 30));
  run.child.kill("SIGTERM");
  const { result, exitCode, log } = await run.ended;
  expect([result?.outcome, exitCode], log).toEqual(["rolled-back", 1]);
  await until("all three at home", async () => standing().every((weight) => weight === 0));
  const watched = await Promise.all(watches.map((watch) => watch.stop()));
  const versions = watched.flatMap(({ all }) => all.map(({ object }) => object));
  expect(above(versions, shops[0].namespace)).toEqual([]);
});
