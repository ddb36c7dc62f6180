import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { countsEndpoint } from "../../examples/counts-endpoint.ts";
import { rehearsedSource } from "../../src/rehearsal/rehearsed-source.ts";
import { rehearsedMetrics } from "../../src/simulator/simulated-metric-source.ts";
import type { AtEnd } from "./scene.ts";
import { openWatched, type Watched } from "./traffic.ts";

const traffic = "scrape every 1s; traffic 1500 rps; errors 0.2%; latency 100ms; traffic follows after 1s";
const token = "c0unts-t0ken-of-the-test";
const second = 1000;

/** The endpoint of the examples over the traffic of a scene: it knows versions by their names, and nothing of rollouts. */
async function countsOf(atEnd: AtEnd, { world, api }: Watched): Promise<string> {
  const arm = (version: string) => {
    const workloads = [`reviews-${version}`];
    return {
      host: "reviews.shop.svc.cluster.local",
      service: "reviews",
      namespace: "shop",
      subset: version,
      workloads,
    };
  };
  const arms = { canary: arm("v2"), stable: arm("v1"), namespace: "shop" };
  const question = {
    arms,
    of: "both",
    requests: true,
    boundariesMs: [],
    metrics: [],
    staleAfterMs: 2 * second,
  } as const;
  const metrics = { provider: "counts", url: "", scrapeIntervalMs: second, lagMs: 0, bucketMs: second };
  const queries = rehearsedMetrics({ world, now: api.now });
  const store = rehearsedSource({ ...metrics, hosts: [], allowHttp: false }, queries);
  const count = async (version: string, from: number, to: number) => {
    const grid = { from, to, stepMs: to - from };
    const answer = await store.increments?.(question, grid);
    const [one] = answer?.kind === "increments" ? answer.increments : [];
    const counted = one === undefined || version === "" ? undefined : one[version === "v2" ? "canary" : "stable"];
    return counted === undefined ? null : ([counted.n, counted.x] as const);
  };
  const server = countsEndpoint(count, api.now, token);
  server.prependListener("request", (_, response) => {
    response.sendDate = false;
    response.setHeader("date", new Date(api.now()).toUTCString());
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  atEnd(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/shop`;
}

async function rolledOut(atEnd: AtEnd, words: string, env: Readonly<Record<string, string>> = { COUNTS_TOKEN: token }) {
  const scene = await openWatched(atEnd, words);
  const url = await countsOf(atEnd, scene);
  const plan = {
    route: "shop/virtualservice/reviews",
    phases: "20/100",
    hold: "12s",
    "max-hold": "90s",
    settle: "8s",
    "write-allowance": "0s",
    compare: { look: "2s", dispersion: 1 },
    counts: { url, bearer: "$" + "{COUNTS_TOKEN}", interval: "2s", lag: "1s" },
  };
  const result = await scene.run({ plan, env });
  return { ...result, scene };
}

describe.concurrent("a rollout that is judged by an endpoint of counts", () => {
  test("is promoted where the canary fails no more than stable", async ({ onTestFinished }) => {
    const { scene, outputs, main } = await rolledOut(onTestFinished, traffic);
    expect(main.exitCode, outputs["reason"]).toBe(0);
    expect(scene.steps()).toEqual(["20 progressing 1", "100 progressing 2", "100 promoted 2"]);
    expect(scene.prometheus.asked).toEqual([]);
  });

  test("is rolled back where it fails more", async ({ onTestFinished }) => {
    const { scene, outputs, main } = await rolledOut(onTestFinished, `${traffic}; canary errors 5%`);
    expect([main.exitCode, outputs["outcome"], outputs["weight"]], outputs["reason"]).toEqual([1, "rolled-back", "0"]);
    expect(scene.steps()).toEqual(["20 progressing 1", "0 rolled-back 1"]);
    expect(JSON.parse(outputs["result-json"] ?? "").verdict).toMatchObject({ kind: "fail", culprit: "errors" });
  });

  test("does not begin where the endpoint does not take the token, which is never shown", async ({
    onTestFinished,
  }) => {
    const wrong = "another-t0ken-of-the-test";
    const { scene, outputs, main } = await rolledOut(onTestFinished, traffic, { COUNTS_TOKEN: wrong });
    expect([main.exitCode, scene.writes()]).toEqual([2, []]);
    expect(outputs["outcome"]).toBe("refused");
    expect(outputs["reason"]).toContain("401");
    expect(JSON.stringify(outputs)).not.toContain(wrong);
  });
});
