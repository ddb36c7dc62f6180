import { describe, expect, test } from "vitest";
import { accepted, problemsOf, read, route } from "../../inputs/reading.ts";

describe("the metric source", () => {
  const written = (block: string) => `route: ${route}\nprometheus:\n${block.replace(/^/gm, "  ")}\n`;

  test("judges connections where nothing else is moved", async () => {
    const presetsOf = async (target: string) => {
      const { inputs, problems } = await read(
        {},
        { plan: `${target}\nhold: 5m\nprometheus: https://p.example.com\ncompare: off\n` },
      );
      return inputs?.plan?.checks.map(({ ask, min }) => [ask, min]) ?? problems;
    };
    const connections = [[{ preset: "connections" }, 0.99]];
    expect(await presetsOf("route: shop/tcproute/db")).toEqual(connections);
    expect(await presetsOf("route: shop/tlsroute/db")).toEqual(connections);
    expect(await presetsOf("route: shop/virtualservice/db\nrule: tcp/5432, tls/db.example.com")).toEqual(connections);
    expect(await presetsOf("route: shop/virtualservice/db\nrule: tcp/5432, primary")).toHaveLength(2);
    expect(await presetsOf("route: shop/grpcroute/db")).toHaveLength(2);
  });

  test("takes the data plane and who counts from the plan, as a part of what is rolled out", async () => {
    const planOf = async (further: string) =>
      (
        await read(
          {},
          { plan: `route: shop/httproute/web\nhold: 5m\nprometheus: {url: https://p.example.com${further}}\n` },
        )
      ).inputs?.plan;
    const named = await planOf(", data-plane: traefik, reporter: waypoint");
    expect(named?.metrics).toMatchObject({ dataPlane: "traefik", reporter: "waypoint" });
    const plain = await planOf("");
    expect(plain?.metrics).not.toHaveProperty("dataPlane");
    expect(named?.rollout).not.toBe(plain?.rollout);
    const wrong = await read(
      {},
      { plan: "route: shop/httproute/web\nhold: 5m\nprometheus: {url: https://p.example.com, data-plane: nginx}\n" },
    );
    expect(wrong.problems.map(({ message }) => message)).toEqual([
      'prometheus.data-plane is "nginx", which is unknown. Known: istio, linkerd, envoy-gateway, traefik, contour, kgateway.',
    ]);
  });

  test("defaults to both presets where nothing is compared, so that a canary is judged", async () => {
    const plan = "prometheus: http://prometheus.monitoring.svc:9090/\ncompare: off\n";
    const inputs = await accepted({ route }, { plan });
    expect(inputs.plan?.metrics?.url).toBe("http://prometheus.monitoring.svc:9090");
    expect(inputs.plan?.checks).toMatchObject([
      { name: "success-rate", ask: { preset: "success-rate" }, min: 0.99, everyMs: 60_000 },
      { name: "latency", ask: { preset: "latency", quantile: 0.99 }, max: 500, everyMs: 60_000 },
    ]);
  });

  test("a slow scrape stretches settle, lag and the distance of points", async () => {
    const { plan } = await accepted({}, { plan: written("url: https://p.example.com\nscrape-interval: 1m") });
    expect(plan?.policy.settleMs).toBe(60_000);
    expect(plan?.metrics?.lagMs).toBe(75_000);
    expect(plan?.compare).toMatchObject({ lookMs: 60_000 });
    const off = await accepted(
      {},
      { plan: `${written("url: https://p.example.com\nscrape-interval: 1m")}compare: off\n` },
    );
    expect(off.plan?.checks[0]?.everyMs).toBe(240_000);
    const { warnings } = await read({}, { plan: `${written("url: https://p.example.com")}settle: 5s\n` });
    expect(warnings).toEqual([expect.stringContaining("settle is 5s, shorter than one scrape of 15s")]);
  });

  test("secrets are references, and no literal is ever shown", async () => {
    const plan = written(
      [
        "url: https://user:hunter2000@prometheus.example.com",
        "bearer: literal-bearer-token",
        "basic: { username: a b, password: literal-password }",
        "headers:",
        "  X-Api-Key: literal-api-key",
        `  Host: \${NAMED}`,
        `  X-Missing: \${MISSING}`,
        `  X-Short: \${SHORT}`,
        `  X-Broken: \${BROKEN}`,
        `  X-Actions: \${{ secrets.TOKEN }}`,
        "scrape-interval: 0s",
      ].join("\n"),
    );
    const env = { NAMED: "value-of-named", SHORT: "12345", BROKEN: "two\nlines-of-secret" };
    const problems = await problemsOf({}, { plan, env });
    expect(problems.map((problem) => problem.split(" ")[0])).toEqual([
      "rollout.yml:3:8",
      "rollout.yml:4:11",
      "rollout.yml:5:10",
      "rollout.yml:5:22",
      "rollout.yml:5:37",
      "rollout.yml:7:16",
      "rollout.yml:8:5",
      "rollout.yml:9:16",
      "rollout.yml:10:14",
      "rollout.yml:11:15",
      "rollout.yml:12:16",
      "rollout.yml:13:20",
    ]);
    const text = problems.join("\n");
    for (const secret of ["hunter2000", "literal-", "value-of-named", "12345", "lines-of-secret", "secrets.TOKEN"]) {
      expect(text).not.toContain(secret);
    }
    expect(problems[8]).toContain("less than 6 characters");
    expect(problems[7]).toBe(
      "rollout.yml:9:16 prometheus.headers.X-Missing refers to the environment variable MISSING, which is not set. Set it " +
        "under `env:` of the step.",
    );
    const { secrets } = await read({}, { plan, env });
    expect(secrets).toContain("hunter2000");
    expect(secrets).toContain("lines-of-secret");
  });

  test("what the runner keeps for itself is never sent, whatever the plan says", async () => {
    const env = {
      GITHUB_TOKEN: "planted-github-token",
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "planted-request-token",
      INPUT_KUBECONFIG: "planted-kubeconfig",
      RUNNER_TRACKING_ID: "planted-tracking-id",
      github_token: "planted-lower-case",
      MY_GITHUB_TOKEN: "planted-own-token",
    };
    const plan = written(
      [
        "url: https://p.example.com",
        `basic: { username: '\${GITHUB_TOKEN}', password: '\${ACTIONS_ID_TOKEN_REQUEST_TOKEN}' }`,
        "headers:",
        `  X-One: \${INPUT_KUBECONFIG}`,
        `  X-Two: \${RUNNER_TRACKING_ID}`,
        `  X-Three: \${github_token}`,
      ].join("\n"),
    );
    const { problems, secrets } = await read({}, { plan, env });
    expect(problems.map(({ place, message }) => [place?.line, place?.column, message.split(":")[0]])).toEqual([
      [4, 22, "prometheus.basic.username is not usable"],
      [4, 51, "prometheus.basic.password is not usable"],
      [6, 12, "prometheus.headers.X-One is not usable"],
      [7, 12, "prometheus.headers.X-Two is not usable"],
      [8, 14, "prometheus.headers.X-Three is not usable"],
    ]);
    expect(problems[2]?.message).toBe(
      "prometheus.headers.X-One is not usable: INPUT_KUBECONFIG belongs to the runner, and no plan may send what begins with " +
        "INPUT_, GITHUB_, ACTIONS_ or RUNNER_. Set a variable of another name under `env:` of the step, and name that one.",
    );
    expect([...secrets].join()).not.toContain("planted");
    const own = written("url: https://p.example.com\nbearer: $" + "{MY_GITHUB_TOKEN}");
    expect((await accepted({}, { plan: own, env })).metricHeaders).toEqual({
      Authorization: "Bearer planted-own-token",
    });
  });

  test("basic credentials and headers come from the environment", async () => {
    const plan = written(
      `url: https://p.example.com\nbasic: { username: reader, password: '\${P}' }\nheaders: { X-Scope-OrgID: '\${T}' }`,
    );
    const { inputs, secrets } = await read({}, { plan, env: { P: "pass-word", T: "tenant-1" } });
    const encoded = Buffer.from("reader:pass-word").toString("base64");
    expect(inputs?.metricHeaders).toEqual({ Authorization: `Basic ${encoded}`, "X-Scope-OrgID": "tenant-1" });
    expect(secrets).toEqual(expect.arrayContaining(["pass-word", encoded, "tenant-1"]));
  });

  test("there is one way to say who asks", async () => {
    const plan = written(`url: https://p.example.com\nbearer: \${A}\nheaders: { authorization: '\${A}' }`);
    expect(await problemsOf({}, { plan, env: { A: "abcdef" } })).toEqual([
      "rollout.yml:5:29 prometheus.headers.authorization and prometheus.bearer both say who asks. Only one can be sent: " +
        "remove the other.",
    ]);
  });

  test.each([
    ["http://prometheus.example.com", "plain http"],
    ["ftp://prometheus.example.com", "in full"],
    ["//prometheus.example.com", "in full"],
    ["data:text/plain,1", "in full"],
    ["https://p.example.com?token=abcdef", "`?` or `#`"],
    ["https://p.example.com/#x", "`?` or `#`"],
    ["http://169.254.169.254", "metadata"],
    ["http://0xa9fea9fe", "metadata"],
    ["http://2852039166", "metadata"],
    ["http://0251.0376.0251.0376", "metadata"],
    ["http://[::ffff:a9fe:a9fe]", "metadata"],
    ["https://[fd00:ec2::254]", "metadata"],
  ])("%s is refused", async (url, why) => {
    const problems = await problemsOf({ route, prometheus: url });
    expect(problems).toEqual([expect.stringContaining(why)]);
    expect(problems[0]).toMatch(/^prometheus prometheus: /);
    expect(problems[0]).not.toContain("abcdef");
  });

  test.each([
    "http://localhost:9090",
    "http://127.0.0.1",
    "http://[::1]:9090",
    "http://p.svc",
    "http://p.m.svc.cluster.local:9090",
    "https://p.example.com/prefix/",
  ])("%s needs no permission", async (prometheus) => {
    expect(await problemsOf({ route, prometheus })).toEqual([]);
  });

  test("credentials go over plain http to loopback only, allowed or not", async () => {
    const block = (url: string) => written(`url: ${url}\nallow-http: true\nbearer: \${A}`);
    const env = { A: "abcdef" };
    expect(await problemsOf({}, { plan: block("http://127.0.0.1:9090"), env })).toEqual([]);
    expect(await problemsOf({}, { plan: block("http://p.monitoring.svc:9090"), env })).toEqual([
      expect.stringMatching(/^rollout\.yml:3:8 prometheus\.url: Credentials go over plain http to loopback only/),
    ]);
  });

  test("the input replaces the URL alone, and takes no credentials to another origin", async () => {
    const plan = written(`url: https://p.example.com/a\nbearer: \${A}\nscrape-interval: 30s`);
    const env = { A: "abcdef" };
    const inputs = await accepted({ prometheus: "https://p.example.com/b" }, { plan, env });
    expect(inputs.plan?.metrics).toMatchObject({ url: "https://p.example.com/b", scrapeIntervalMs: 30_000 });
    expect(inputs.metricHeaders).toEqual({ Authorization: "Bearer abcdef" });
    expect(await problemsOf({ prometheus: "https://q.example.com" }, { plan, env })).toEqual([
      "prometheus prometheus points to https://q.example.com, but the credentials in the plan are for " +
        "https://p.example.com. Change `prometheus.url` in the plan, or remove the credentials there.",
    ]);
    expect(await problemsOf({ prometheus: "https://q.example.com" }, { plan: written(`bearer: \${A}`), env })).toEqual([
      expect.stringContaining("name no `url` of their own"),
    ]);
    const open = written("url: https://p.example.com\nscrape-interval: 30s");
    expect(await problemsOf({ prometheus: "https://q.example.com" }, { plan: open })).toEqual([]);
    expect(await problemsOf({}, { plan: written("scrape-interval: 30s") })).toEqual([
      "rollout.yml:3:3 prometheus has no `url`. Add it.",
    ]);
  });
});
