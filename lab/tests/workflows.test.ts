import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GitHubDouble } from "../../test/servers/github.ts";
import { isRec, recordOf } from "../../test/simulation/oracle/record.ts";
import { until } from "../inside/processes.ts";
import { isMeasured, prometheusUrl } from "../prometheus.ts";
import { startTraffic } from "../traffic.ts";
import { openShop, readRoute, type Shop } from "./world/place.ts";
import { weightsOf } from "./world/route.ts";
import { type Plan, startSluice } from "./world/sluice.ts";
import { watchRoutes } from "./world/watch.ts";
import { lose, repository, startWorkflow } from "./world/workflows.ts";

/** Every workflow of examples/workflows, run whole under act. */

const github = new GitHubDouble();
beforeAll(async () => void (await github.open()));
afterAll(() => github.close());

const planFor = ({ namespace }: Shop, phases: string): Plan => ({
  route: "virtualservice/shop",
  namespace,
  phases,
  settle: "0s",
  "write-allowance": "0s",
});

const weightIs = (shop: Shop, canary: number) =>
  until(`${canary} % in ${shop.namespace}`, async () => weightsOf(await readRoute(shop.namespace))[1] === canary);

describe.concurrent("the example workflows", () => {
  it("deploy.yml promotes a sound canary", async () => {
    const shop = await openShop("deploy");
    const there = repository(planFor(shop, "50@2s/100@2s"));
    const { code, log } = await startWorkflow(there, shop, {
      event: "push",
      workflow: "deploy.yml",
      apiUrl: github.url,
      runId: 11,
    }).ended;
    expect(code, log).toBe(0);
    expect(log).toContain("Outcome: promoted");
    expect(weightsOf(await readRoute(shop.namespace))).toEqual([0, 100]);
    const deployment = github.deployments.find(({ ref }) => ref === there.commit);
    expect(deployment?.statuses.at(-1)?.state).toBe("success");
  });

  it("deploy.yml takes a bad canary back, fails, and pages the owner with the reason", async () => {
    const shop = await openShop("deploy-bad", { canary: { ERROR_RATE: "0.4" } });
    const traffic = startTraffic({ host: shop.host, perSecond: 60 });
    await isMeasured(shop.namespace);
    const there = repository({
      ...planFor(shop, "50@8s/100@8s"),
      prometheus: { url: prometheusUrl, "scrape-interval": "1s", lag: "1s" },
      compare: "off",
      checks: [{ preset: "success-rate", min: "95%", every: "4s" }],
    });
    const { code, log } = await startWorkflow(there, shop, {
      event: "push",
      workflow: "deploy.yml",
      apiUrl: github.url,
      runId: 12,
    }).ended;
    await traffic.stop();
    expect(code, log).toBe(1);
    expect(log).toContain("Outcome: rolled-back");
    expect(readFileSync(join(there.path, "paged"), "utf8")).toContain("success-rate");
    expect(weightsOf(await readRoute(shop.namespace))).toEqual([100, 0]);
  });

  it("release.yml goes from job to job, each to its own weight", async () => {
    const shop = await openShop("release");
    const there = repository(planFor(shop, "5@1s/20@1s/50@1s/100@1s"));
    const watch = await watchRoutes(shop.namespace);
    const { code, log } = await startWorkflow(there, shop, {
      event: "push",
      workflow: "release.yml",
      apiUrl: github.url,
      runId: 13,
    }).ended;
    const versions = await watch.stop();
    expect(code, log).toBe(0);
    expect(log.match(/Outcome: reached/g)).toHaveLength(3);
    expect(log).toContain("Outcome: promoted");
    expect(versions.weighted().map(({ weights }) => weights[1])).toEqual([0, 5, 20, 50, 100]);
    expect(versions.violations()).toEqual([]);
  });

  it("control.yml gives each command while a run is driving", async () => {
    const shop = await openShop("control");
    const there = repository(planFor(shop, "20@90s/50@90s/100@90s"));
    let runId = 20;
    const dispatch = (command: string) => {
      runId += 1;
      const inputs = { command };
      return startWorkflow(there, shop, {
        event: "workflow_dispatch",
        workflow: "control.yml",
        apiUrl: github.url,
        runId,
        inputs,
      });
    };
    const done = async (command: string) => {
      const { code, log } = await dispatch(command).ended;
      expect(code, log).toBe(0);
      return log;
    };
    const driver = startSluice(shop, ["run"], { plan: there.plan, revision: there.commit });
    await weightIs(shop, 20);
    await wait(1_500);
    expect(await done("status")).toContain("serves 20%");
    await done("promote");
    await weightIs(shop, 50);
    await done("pause");
    const paused = await driver.ended;
    expect(paused, paused.log).toMatchObject({ exitCode: 1, result: { outcome: "paused" } });
    const resumed = dispatch("resume");
    await until("the resumed run", async () => {
      const record = recordOf(await readRoute(shop.namespace));
      return isRec(record) && record.status === "progressing";
    });
    await done("rollback");
    const { code, log } = await resumed.ended;
    expect(code, log).toBe(1);
    expect(log).toContain("Outcome: rolled-back");
    expect(weightsOf(await readRoute(shop.namespace))).toEqual([100, 0]);
  });

  it("sweep.yml takes back what a lost machine has left, once GitHub knows that its run has ended", async () => {
    const shop = await openShop("sweep");
    const there = repository(planFor(shop, "20@90s/100@90s"));
    const lost = startWorkflow(there, shop, { event: "push", workflow: "deploy.yml", apiUrl: github.url, runId: 31 });
    await weightIs(shop, 20);
    await lose(lost);
    // As GitHub sees it before it has noticed.
    github.runs.set("31/1", "in_progress");
    const sweepAfter = async (id: number, runId: number) => {
      const ended = { id, run_attempt: 1, run_number: 1, status: "completed", conclusion: "failure", name: "Deploy" };
      const payload = { action: "completed", workflow_run: ended, repository: { full_name: "octo-org/shop" } };
      const run = startWorkflow(there, shop, {
        event: "workflow_run",
        workflow: "sweep.yml",
        apiUrl: github.url,
        runId,
        payload,
      });
      const { code, log } = await run.ended;
      expect(code, log).toBe(0);
      return log;
    };
    await sweepAfter(30, 32);
    expect(weightsOf(await readRoute(shop.namespace))).toEqual([80, 20]);
    github.runs.set("31/1", "completed");
    expect(await sweepAfter(30, 33)).toContain("Outcome: rolled-back");
    expect(weightsOf(await readRoute(shop.namespace))).toEqual([100, 0]);
  });
});
