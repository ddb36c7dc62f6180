import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { planKeys, stepInputs } from "../../src/inputs/input-schema.ts";
import { givenToAction } from "../../src/inputs/raw-inputs.ts";
import { describeProblems } from "../../src/text/describe-problems.ts";
import { accepted, problemsOf, read, route } from "./reading.ts";

const token = { PROMETHEUS_TOKEN: "s3cret-t0ken-of-prometheus" };
const example = `# .github/rollout.yml
route: virtualservice/reviews
namespace: shop
canary: v2
phases:
  - weight: 5
    hold: 10m
  - weight: 20
  - pause
  - weight: 50
    hold: 30m
  - weight: 100
prometheus:
  url: https://prometheus.example.com
  bearer: \${PROMETHEUS_TOKEN}
compare: off
checks:
  - name: checkout-conversion
    query: sum(rate(checkout_ok_total{version="{{canary}}"}[{{window}}])) / sum(rate(checkout_total{version="{{canary}}"}[{{window}}]))
    min: 0.95
`;

describe("what was asked for", () => {
  test("a route alone is a run of the default schedule, by time", async () => {
    const { inputs, warnings } = await read({ route });
    expect(inputs).toMatchObject({
      command: "run",
      dryRun: false,
      revision: "4f2a91c",
      revisionGiven: false,
      routes: [{ kind: "virtualservice", namespace: "default", name: "reviews" }],
      execAllow: [],
      allowInsecureTls: false,
      metricHeaders: {},
    });
    expect(inputs?.plan?.phases).toEqual(
      [5, 20, 50, 100].map((weight) => ({ weight, holdMs: 300_000, maxHoldMs: 1_200_000, thenPause: false })),
    );
    expect(inputs?.plan?.policy).toEqual({
      settleMs: 15_000,
      allowanceMs: 15_000,
      onInconclusive: "pause",
      onCancel: "rollback",
    });
    expect(inputs?.plan?.checks).toEqual([]);
    expect(warnings).toEqual([
      "Nothing is measured: the canary is promoted by time, not judged. Set `prometheus` to have it judged.",
    ]);
  });

  test("a plan file says the same in more words, and the secret travels beside the plan", async () => {
    const reading = await read({}, { plan: example, env: token });
    expect(reading.problems).toEqual([]);
    expect(reading.warnings).toEqual([]);
    const plan = reading.inputs?.plan;
    expect(plan?.target).toEqual({
      routes: [{ kind: "virtualservice", namespace: "shop", name: "reviews" }],
      canary: "v2",
      rules: [],
      startWeight: 0,
    });
    expect(plan?.phases).toEqual([
      { weight: 5, holdMs: 600_000, maxHoldMs: 2_400_000, thenPause: false },
      { weight: 20, holdMs: 300_000, maxHoldMs: 1_200_000, thenPause: true },
      { weight: 50, holdMs: 1_800_000, maxHoldMs: 7_200_000, thenPause: false },
      { weight: 100, holdMs: 300_000, maxHoldMs: 1_200_000, thenPause: false },
    ]);
    expect(plan?.metrics).toEqual({
      provider: "prometheus",
      url: "https://prometheus.example.com",
      scrapeIntervalMs: 15_000,
      lagMs: 30_000,
      hosts: [],
      allowHttp: false,
    });
    expect(plan?.checks).toMatchObject([
      {
        name: "checkout-conversion",
        min: 0.95,
        everyMs: 60_000,
        failAfter: { consecutive: 3, total: 5 },
        silentAfter: { consecutive: 5, total: 10 },
        onSilent: "wait",
      },
    ]);
    expect(reading.inputs?.metricHeaders).toEqual({ Authorization: `Bearer ${token.PROMETHEUS_TOKEN}` });
    expect(JSON.stringify(plan)).not.toContain(token.PROMETHEUS_TOKEN);
    expect(reading.secrets).toContain(token.PROMETHEUS_TOKEN);
    expect(reading.secrets).toContain(Buffer.from(token.PROMETHEUS_TOKEN).toString("base64"));
  });

  test("an input beats the same key of the plan file, and only that key", async () => {
    const plan = `${example}hold: 7m\non-cancel: leave\n`;
    const given = { phases: "10/100@20m", canary: "v3", "on-cancel": "rollback", namespace: "other" };
    const inputs = await accepted(given, { plan, env: token });
    expect(inputs.plan?.phases.map(({ weight, holdMs }) => [weight, holdMs])).toEqual([
      [10, 420_000],
      [100, 1_200_000],
    ]);
    expect(inputs.plan?.target).toMatchObject({ canary: "v3", routes: [{ namespace: "other" }] });
    expect(inputs.plan?.policy.onCancel).toBe("rollback");
    expect(inputs.plan?.checks[0]?.name).toBe("checkout-conversion");
  });

  test("the namespace of the route beats the key, the key the context, and that `default`", async () => {
    const where = async (given: Record<string, string>, contextNamespace?: string) =>
      (await accepted(given, contextNamespace === undefined ? {} : { contextNamespace })).routes[0]?.namespace;
    expect(await where({ route: `shop/${route}`, namespace: "other" }, "third")).toBe("shop");
    expect(await where({ route, namespace: "other" }, "third")).toBe("other");
    expect(await where({ route }, "third")).toBe("third");
    expect(await where({ route })).toBe("default");
  });

  test("the last weight as `until` means none", async () => {
    expect((await accepted({ route, until: "20" })).until).toBe(20);
    expect(await accepted({ route, until: "100" })).not.toHaveProperty("until");
  });

  test("what belongs to the run is no part of the plan", async () => {
    const plain = await accepted({ route });
    const busy = await accepted({
      route,
      until: "20",
      turns: "3",
      environment: "production",
      "github-token": "ghs_abcdefgh",
      "pull-request": "128",
      "exec-allow": "aws, kubelogin",
      "exec-env": "AWS_PROFILE\nAWS_REGION",
      rollout: "0123456789ab",
      context: "prod",
      kubeconfig: "apiVersion: v1\nkind: Config",
      "allow-insecure-tls": "True",
      "dry-run": "true",
    });
    expect(busy.plan).toEqual(plain.plan);
    expect(busy).toMatchObject({
      until: 20,
      turns: 3,
      environment: "production",
      githubToken: "ghs_abcdefgh",
      pullRequest: 128,
      execAllow: ["aws", "kubelogin"],
      execEnv: ["AWS_PROFILE", "AWS_REGION"],
      rollout: "0123456789ab",
      context: "prod",
      kubeconfig: "apiVersion: v1\nkind: Config",
      allowInsecureTls: true,
      dryRun: true,
    });
  });

  test("a place in the plan can be found again later", async () => {
    const { planFile } = await accepted({}, { plan: example, env: token });
    expect(planFile?.path).toBe("rollout.yml");
    expect(planFile?.locate("phases[3].weight")).toEqual({ line: 10, column: 13 });
    expect(planFile?.locate("phases[3].max-hold")).toEqual({ line: 10, column: 5 });
    expect(planFile?.locate("checks[0].min")).toEqual({ line: 20, column: 10 });
    expect(planFile?.locate("hold")).toBeUndefined();
  });
});

describe("commands", () => {
  test.each(["rollback", "pause", "status", "sweep"])("%s needs the route alone", async (command) => {
    const inputs = await accepted({ command, route }, { revision: undefined } as never);
    expect(inputs.plan).toBeUndefined();
    expect(inputs.routes).toHaveLength(1);
    expect(await problemsOf({ command })).toEqual([
      "route No route is named. Set `route`, here or in the plan file, as virtualservice/reviews.",
    ]);
  });

  test.each(["run", "promote", "resume", "preflight"])("%s needs all of the plan and a revision", async (command) => {
    expect((await accepted({ command, route })).plan?.revision).toBe("4f2a91c");
    expect((await accepted({ command, route, revision: "v1.2" })).plan?.revision).toBe("v1.2");
    expect(await problemsOf({ command, route }, { revision: undefined } as never)).toEqual([
      "revision No revision is known here. Set `revision` to the commit that is rolled out.",
    ]);
  });

  test("a rollback asks neither for the token of the metric source nor for a fitting schedule", async () => {
    const { inputs, problems } = await read({ command: "rollback" }, { plan: example, hosted: true });
    expect(problems).toEqual([]);
    expect(inputs?.routes).toEqual([{ kind: "virtualservice", namespace: "shop", name: "reviews" }]);
  });

  test("a mistake that says nothing about the route does not hold up a rollback, and is told", async () => {
    const plan = "route: virtualservice/reviews\nnamespace: shop\nhold: 5\nchecks: 3\n";
    const { inputs, problems, warnings } = await read({ command: "rollback" }, { plan });
    expect(problems).toEqual([]);
    expect(inputs?.routes[0]?.namespace).toBe("shop");
    expect(warnings).toEqual([
      "The plan file has 2 problems that rollback does not wait for. The first is: rollout.yml:3:7 hold is 5, " +
        "which has no unit. Write 5s, 5m or 5ms, whichever is meant.",
    ]);
    expect(await problemsOf({ command: "status" }, { plan })).toHaveLength(2);
  });

  test("a mistake that may hide which route is meant stops a rollback, unless the step names it whole", async () => {
    const plan = "route: virtualservice/reviews\nnamspace: shop\n";
    const unknown = expect.stringContaining('Did you mean "namespace"?');
    expect(await problemsOf({ command: "rollback" }, { plan })).toEqual([unknown]);
    expect(await problemsOf({ command: "rollback", route }, { plan })).toEqual([unknown]);
    expect((await accepted({ command: "rollback", route: `shop/${route}` }, { plan })).routes[0]?.namespace).toBe(
      "shop",
    );
    expect(
      (await accepted({ command: "rollback", route, namespace: "x" }, { plan: "a: [" })).routes[0]?.namespace,
    ).toBe("x");
  });

  test.each(["namespace: Shop", "namespace: shop\nnamespace: other"])(
    "a rollback does not guess from %j",
    async (lines) => {
      const problems = await problemsOf({ command: "rollback", route }, { plan: `route: ${route}\n${lines}\n` });
      expect(problems).toEqual([expect.stringMatching(/^rollout\.yml:\d+:\d+ namespace /)]);
    },
  );

  test("an input that means nothing to the command is refused", async () => {
    expect(await problemsOf({ command: "status", route, until: "20", turns: "1", "dry-run": "true" })).toEqual([
      "until until goes with run, promote and resume, not with status. Remove it.",
      "turns turns goes with run, promote and resume, not with status. Remove it.",
      "dry-run dry-run goes with run, not with status. Remove it; `preflight` and `status` write nothing anyway.",
    ]);
    expect(await problemsOf({ command: "sweep", route, "dry-run": "false" })).toEqual([]);
  });
});

describe("the action", () => {
  const action = parse(readFileSync(new URL("../../action.yml", import.meta.url), "utf8")) as {
    inputs: Record<string, { description: string; default?: string; required?: boolean }>;
    outputs: Record<string, { description: string }>;
    runs: Record<string, string>;
    branding: unknown;
  };

  test("declares exactly the inputs that are read, and no default that a plan file may set", () => {
    expect(Object.keys(action.inputs)).toEqual(Object.keys(stepInputs));
    const withDefault = Object.entries(action.inputs).filter(([, input]) => input.default !== undefined);
    expect(withDefault.map(([name, input]) => [name, input.default])).toEqual([
      ["github-token", `\${{ github.token }}`],
    ]);
    expect(withDefault.filter(([name]) => Object.hasOwn(planKeys, name))).toEqual([]);
    for (const { description } of [...Object.values(action.inputs), ...Object.values(action.outputs)]) {
      expect(description).toMatch(/[^\s]\.$/);
    }
  });

  test("runs one file for main and post", () => {
    expect(action.runs).toEqual({ using: "node24", main: "dist/index.js", post: "dist/index.js" });
    const outputs = ["outcome", "weight", "phase", "reason", "reason-code", "rollout", "report", "result-json"];
    expect(Object.keys(action.outputs)).toEqual(outputs);
    expect(action.branding).toEqual({ icon: "sliders", color: "blue" });
  });

  test("no refusal names an input that is not declared", async () => {
    const known = new Set([...Object.keys(stepInputs), ...Object.keys(planKeys)]);
    for (const name of ["follow-virtualservices", "pause-flux"]) {
      expect(known.has(name)).toBe(false);
      expect(await problemsOf({ route, [name]: "true" })).toHaveLength(1);
    }
  });

  test("every command finds the delegate of a root, by the rules that were given", async () => {
    const given = { route, "follow-delegates": "true", rule: "http/api, http/main" };
    for (const command of ["run", "rollback", "status", "sweep"]) {
      const inputs = await accepted({ ...given, command });
      expect(inputs.followDelegates).toEqual({ rules: ["http/api", "http/main"] });
    }
    expect(await accepted({ route })).not.toHaveProperty("followDelegates");
    const plain = await accepted({ route, rule: "http/api, http/main" });
    expect((await accepted(given)).plan?.rollout).toBe(plain.plan?.rollout);
  });

  test("reads the inputs as the runner hands them over", () => {
    const given = givenToAction({ "INPUT_ON-CANCEL": "leave", INPUT_ROUTE: "", INPUT_: "x", PATH: "/bin" });
    expect(given.surface).toBe("action");
    expect(given.names).toEqual(["on-cancel", "route"]);
    expect(given.value("on-cancel")).toBe("leave");
    expect(given.value("hold")).toBeUndefined();
  });
});

test("the refusal as a whole", async () => {
  const { problems } = await read({ hold: "5" }, { plan: "route: virtualservice/reviews\nphases: 50/20/100\n" });
  expect(describeProblems(problems)).toBe(
    [
      "Sluice cannot start: 2 problems. Nothing was written.",
      '  1. input hold       hold is "5", which has no unit. Write 5s, 5m or 5ms, whichever is meant.',
      "  2. rollout.yml:2:9  phases: 20 follows 50. Weights must rise; move 20 before 50.",
    ].join("\n"),
  );
});

test("a found value is cut at 80 characters and cannot break the line", async () => {
  const [problem = ""] = await problemsOf({ route, namespace: `${"x".repeat(79)}${"\u{1f600}".repeat(40)}` });
  expect(problem).toContain(`"${"x".repeat(79)}…"`);
  const [broken = ""] = await problemsOf({ route, namespace: "a\n::error::b" });
  expect(broken).not.toContain("\n");
});
