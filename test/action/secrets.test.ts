import http from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import type { Result } from "../runner/runner.ts";
import { admin, type Trick } from "../servers/api-server.ts";
import { kubeconfigFor } from "../servers/kubeconfig.ts";
import { type AtEnd, githubToken, openScene, quick, recordOn, type Scene, type StepOptions } from "./scene.ts";
import { meteredPlan, openMetered } from "./traffic.ts";

const planted = {
  kubeToken: "kube-token-Zq7fX0vB3nLw",
  bearer: "prom-bearer-8sKd2Hq1Yt",
  header: "header-value-Pp4Rr5Ss6",
  proxyPassword: "proxy-pass-Mm2Nn3Oo4",
  bystander: "never-asked-for-Uu7Vv8",
};
const env = {
  PROMETHEUS_TOKEN: planted.bearer,
  PROMETHEUS_KEY: planted.header,
  HTTPS_PROXY: `http://deploy:${planted.proxyPassword}@127.0.0.1:9`,
  AWS_SECRET_ACCESS_KEY: planted.bystander,
};
const reference = (name: string) => ["$", "{", name, "}"].join("");

/** Every form in which a secret could turn up. */
const formsOf = (secret: string) => [
  secret,
  Buffer.from(secret).toString("base64"),
  encodeURIComponent(secret),
  JSON.stringify(secret).slice(1, -1),
];

/** Where a secret stands in anything that leaves the process, before any masking by the runner. */
function leaksOf(scene: Scene, result: Result, further: readonly string[] = []): readonly string[] {
  const ends = [result.main, ...(result.post === undefined ? [] : [result.post])];
  const printed = ends.flatMap(({ raw }) => raw.split("\n")).filter((line) => !line.startsWith("::add-mask::"));
  const texts: Record<string, string> = {
    log: printed.join("\n"),
    summary: ends.map(({ summary }) => summary).join("\n"),
    outputs: JSON.stringify(ends.map(({ outputs }) => outputs)),
    state: JSON.stringify(ends.map(({ state }) => state)),
    environment: JSON.stringify(ends.map((end) => [end.env, end.path])),
    GitHub: JSON.stringify(scene.github.requests),
    route: JSON.stringify(scene.history().map((object) => [recordOn(object), object.metadata])),
  };
  const secrets = [...Object.values(planted), githubToken, ...further].flatMap(formsOf);
  return Object.entries(texts).flatMap(([name, text]) =>
    secrets.filter((secret) => text.includes(secret)).map((secret) => `${name}: ${secret}`),
  );
}

const users = [{ ...admin, token: planted.kubeToken }];
const metricsOf = (url: string) => ({
  url,
  bearer: reference("PROMETHEUS_TOKEN"),
  headers: { "X-Api-Key": reference("PROMETHEUS_KEY") },
  "scrape-interval": "250ms",
  lag: "0s",
});

async function told(
  atEnd: AtEnd,
  prepare: (scene: Awaited<ReturnType<typeof openMetered>>) => StepOptions | undefined,
) {
  const scene = await openMetered(atEnd, () => "0", { users });
  const plan = meteredPlan(scene, { "max-hold": "4s", prometheus: metricsOf(scene.prometheus.url) });
  const more = prepare(scene) ?? {};
  const result = await scene.run({ plan, env, debug: true, event: pullRequest, ...more });
  return { scene, result };
}

const pullRequest = {
  name: "pull_request",
  payload: {
    number: 12,
    pull_request: {
      number: 12,
      head: { sha: "1".repeat(40), repo: { full_name: "octo/shop" } },
      base: { repo: { full_name: "octo/shop" } },
    },
  },
};

/** A server that says everything that it was told. */
const echo = (headers: http.IncomingHttpHeaders, code: number, type = "application/json"): Trick => {
  const message = `not so: ${JSON.stringify(headers)} ${Buffer.from(headers.authorization ?? "").toString("base64")}`;
  const body = JSON.stringify({
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    message,
    reason: "Forbidden",
    code,
  });
  return { instead: { code, type, body: type === "text/html" ? `<html>${message}</html>` : body } };
};

describe.concurrent("no secret leaves, with all debugging on", () => {
  test("of a rollout that goes well", async ({ onTestFinished }) => {
    const { scene, result } = await told(onTestFinished, () => undefined);
    expect(result.outputs["outcome"]).toBe("promoted");
    expect(scene.prometheus.asked[0]?.headers).toMatchObject({
      authorization: `Bearer ${planted.bearer}`,
      "x-api-key": planted.header,
    });
    expect(leaksOf(scene, result)).toEqual([]);
    for (const secret of [planted.kubeToken, planted.bearer, planted.header, planted.proxyPassword]) {
      expect(result.main.raw).toContain(`::add-mask::${secret}`);
    }
  });

  test.for([400, 401, 403, 422])(
    "when every patch is answered %d with all it was told",
    async (code, { onTestFinished }) => {
      const { scene, result } = await told(onTestFinished, ({ api }) => {
        api.trick = ({ headers, method }) => (method === "PATCH" ? echo(headers, code) : undefined);
        return undefined;
      });
      expect([result.main.exitCode, leaksOf(scene, result)]).toEqual([2, []]);
    },
  );

  test.for([500, 503])(
    "when every patch is answered %d, until the job is cancelled",
    async (code, { onTestFinished }) => {
      const scene = await openScene(onTestFinished, { users });
      const step = scene.start({ env, debug: true, onLine: (line) => line.includes("not so:") && step.cancel() });
      scene.api.trick = ({ headers, method }) => (method === "PATCH" ? echo(headers, code) : undefined);
      const result = await step.done;
      expect([result.conclusion, leaksOf(scene, result)]).toEqual(["cancelled", []]);
      expect(result.main.raw).toContain("not so:");
    },
  );

  test("when nobody there accepts the token, or a page of HTML comes instead", async ({ onTestFinished }) => {
    for (const [code, type] of [
      [401, "application/json"],
      [403, "application/json"],
      [403, "text/html"],
    ] as const) {
      const { scene, result } = await told(onTestFinished, ({ api }) => {
        api.trick = ({ headers }) => echo(headers, code, type);
        return undefined;
      });
      expect([result.main.exitCode, leaksOf(scene, result)]).toEqual([2, []]);
    }
  });

  test("when the metric source answers with all it was told, at once or in the middle", async ({ onTestFinished }) => {
    for (const isLate of [false, true]) {
      const { scene, result } = await told(onTestFinished, ({ api, prometheus }) => {
        if (!isLate) prometheus.misbehaviour = "echo-authorization";
        api.trick = ({ method, query }) => {
          if (method === "PATCH" && query.get("dryRun") === null) prometheus.misbehaviour = "echo-authorization";
          return undefined;
        };
        return undefined;
      });
      expect([result.outputs["outcome"], leaksOf(scene, result)]).toEqual([isLate ? "paused" : "refused", []]);
      expect(result.outputs["reason"]).toContain("not allowed: authorization ***");
    }
  });

  test("when a proxy refuses, and says who asked", async ({ onTestFinished }) => {
    const proxy = http.createServer();
    proxy.on("connect", (request, socket) => {
      const said = `who is ${request.headers["proxy-authorization"]}`;
      socket.end(`HTTP/1.1 407 ${said}\r\nContent-Length: ${said.length}\r\n\r\n${said}`);
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void proxy.close());
    const { port } = proxy.address() as AddressInfo;
    const basic = Buffer.from(`deploy:${planted.proxyPassword}`).toString("base64");
    const scene = await openMetered(onTestFinished, () => "0", { users });
    const result = await scene.run({
      plan: meteredPlan(scene, { prometheus: metricsOf("https://prometheus.example.com") }),
      env: { ...env, HTTPS_PROXY: `http://deploy:${planted.proxyPassword}@127.0.0.1:${port}` },
      debug: true,
    });
    expect([result.main.exitCode, result.outputs["outcome"]]).toEqual([2, "refused"]);
    expect(leaksOf(scene, result, [basic])).toEqual([]);
  });

  test("when GitHub refuses and says all it was told", async ({ onTestFinished }) => {
    const { scene, result } = await told(onTestFinished, ({ github }) => {
      github.fail({
        fate: { status: 403, body: { message: `no: token ${githubToken}` } },
      });
      return { inputs: { environment: "production" } };
    });
    expect([result.outputs["outcome"], leaksOf(scene, result)]).toEqual(["promoted", []]);
  });

  test("when the input is broken where the secrets stand", async ({ onTestFinished }) => {
    const kubeconfigs = [
      `apiVersion: v1\nkind: Config\nusers:\n  - name: ci\n    user: { token: ${planted.kubeToken} \n  broken`,
      `apiVersion: v1\nkind: Config\nusers: [{ name: ci, user: { token: ${planted.kubeToken}, as: root } }]\ncontexts: []\n`,
    ];
    for (const kubeconfig of kubeconfigs) {
      const scene = await openScene(onTestFinished, { users });
      const result = await scene.run({
        plan: { ...quick, prometheus: { url: `https://u:${planted.bearer}@p.example.com`, bearer: planted.header } },
        inputs: { kubeconfig },
        env,
        debug: true,
      });
      expect([result.main.exitCode, leaksOf(scene, result)]).toEqual([2, []]);
    }
  });

  test("of a client key, also when the server ends the connection", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished, { users });
    const { key, certificate } = await scene.api.clientCertificate("admin");
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const user = { "client-key-data": base64(key), "client-certificate-data": base64(certificate) };
    const kubeconfig = kubeconfigFor(scene.api, "admin", { user });
    const keyLines = key.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
    const well = await scene.run({ inputs: { kubeconfig, command: "status" }, debug: true });
    expect([well.outputs["outcome"], leaksOf(scene, well, [key, ...keyLines])]).toEqual(["none", []]);
    scene.api.trick = () => ({ instead: "reset" });
    const step = scene.start({ inputs: { kubeconfig, command: "status" }, debug: true });
    step.cancel();
    const badly = await step.done;
    expect(leaksOf(scene, badly, [key, ...keyLines])).toEqual([]);
  });

  test("of a main that was killed", async ({ onTestFinished }) => {
    const scene = await openMetered(onTestFinished, () => "0", { users });
    const plan = meteredPlan(scene, { hold: "1m", "max-hold": "2m", prometheus: metricsOf(scene.prometheus.url) });
    const step = scene.start({ plan, env, debug: true });
    scene.api.trick = ({ method, query }) =>
      method === "PATCH" && query.get("dryRun") === null && scene.steps().length === 0
        ? { after: () => step.kill() }
        : undefined;
    const result = await step.done;
    expect([scene.steps().at(-1), leaksOf(scene, result)]).toEqual(["0 rolled-back 1", []]);
  });
});
