import { expect, test } from "vitest";
import { helpText } from "../../src/cli/help.ts";
import { scenarios } from "../../src/simulator/scenario/built-in-scenarios.ts";
import { clauseUsages } from "../../src/simulator/scenario/clauses.ts";
import { command } from "../rehearsal/command.ts";
import { usualPlan } from "../rehearsal/rehearsed.ts";

const escapeSign = String.fromCharCode(27);

const withPlan = (...words: readonly string[]) => ["--plan", "plan.yml", ...words];

test("a story tells plan, scenario, each change, when it was caught, what it cost, and the comment", async () => {
  const { exitCode, out } = await command(withPlan("--scenario", "errors-at-20"));
  expect(exitCode).toBe(0);
  expect(out).toContain("Rehearsal of shop/virtualservice/reviews, in virtual time");
  expect(out).toContain("5% for 5 min, 20% for 5 min, 50% for 5 min, 100% for 5 min");
  expect(out).toContain(`errors-at-20: ${scenarios["errors-at-20"].text}`);
  expect(out).toMatch(/0:00 {2}█░+ +5% {2}watching +The rollout starts\./);
  expect(out).toMatch(/rolled-back +Check success-rate was 0\.9\d+ in 3 measurements in a row/);
  expect(out).toMatch(/Caught after \d+ min, at 20%, and taken back\. \d+ requests spoiled/);
  expect(out).toMatch(/errors of canary {2}[▁▂▃▄▅▆▇█]+/);
  expect(out).toContain("### Rolled back – `shop/virtualservice/reviews`");
  expect(out).not.toContain("<!--");
  expect(out).toContain("Other scenarios: good, slow-leak,");
  expect(out).not.toContain(escapeSign);
});

test("a bad version that a plan without metrics promotes is called not caught", async () => {
  const blind = "{route: shop/virtualservice/reviews, phases: 50/100, hold: 5m}";
  const { out } = await command(withPlan("--scenario", "canary errors 5%"), { "plan.yml": blind });
  expect(out).toMatch(/Not caught: promoted after \d+ min\. \d{3,} requests spoiled/);
});

test("on a terminal weight and both error rates are drawn as they go", async () => {
  const { out } = await command(withPlan(), {}, { isInteractive: true, columns: 90, rows: 30 });
  const [screens = "", left = ""] = out.split("\u001b[?1049l");
  expect(screens).toMatch(/Rehearsal {2}shop\/virtualservice\/reviews +phase 1 of \d {2}00:0/);
  expect(screens).toMatch(/errors v2 +[▁▂▃▄▅▆▇█ ]+ of \d/);
  // The screen is given back, and the story is told once.
  expect(left).not.toContain("\u001b");
  expect(left.split("\n").filter((line) => /The rollout starts\.$/.test(line))).toHaveLength(1);
});

test("the JSON is one object with exactly the promised keys", async () => {
  const { exitCode, out, warned } = await command(withPlan("--json", "--scenario=errors-at-20", "--seed", "7"));
  expect(exitCode).toBe(0);
  const result = JSON.parse(out) as Record<string, unknown>;
  expect(Object.keys(result)).toEqual([
    "outcome",
    "weight",
    "phase",
    "reason",
    "reasonCode",
    "reasonData",
    "seconds",
    "badRequests",
    "timeline",
  ]);
  expect(result).toMatchObject({ outcome: "rolled-back", weight: 0, phase: 2, seconds: expect.any(Number) });
  const timeline = result["timeline"] as readonly Record<string, unknown>[];
  expect(timeline[0]).toEqual({ at: 0, phase: 1, weight: 5, verdict: "none", because: "The rollout starts." });
  expect(warned).toContain("The route is made up from the plan");
});

test("all ready scenarios stand in one table, or in one list", async () => {
  const table = await command(withPlan("--all"));
  expect(table.exitCode).toBe(0);
  for (const name of Object.keys(scenarios)) expect(table.out).toMatch(new RegExp(`^${name} +\\S`, "m"));
  expect(table.out).toMatch(/^scenario +outcome +weight +after +bad requests +reason$/m);
  const list = JSON.parse((await command(withPlan("--all", "--json"))).out) as readonly Record<string, unknown>[];
  expect(list.map(({ scenario }) => scenario)).toEqual(Object.keys(scenarios));
  expect(list.map(({ outcome }) => outcome)).toContain("promoted");
});

test("a secret that is not set is no problem", async () => {
  const secret = usualPlan.replace(
    "prometheus: https://prometheus.example.com",
    `prometheus: {url: "https://prometheus.example.com", bearer: "$${"{PROMETHEUS_TOKEN}"}"}`,
  );
  const { exitCode, out } = await command(withPlan(), { "plan.yml": secret });
  expect(exitCode).toBe(0);
  expect(out).toContain("Promoted after");
});

test("a scenario may stand in a file, with its problems at their lines", async () => {
  const good = await command(withPlan("--scenario", "bad.txt", "--json"), {
    "bad.txt": "# a comment\ntraffic 50 rps\ncanary errors 20% from phase 20\n",
  });
  expect(JSON.parse(good.out)).toMatchObject({ outcome: "rolled-back", phase: 2 });
  const wrong = await command(withPlan("--scenario", "sub/bad.txt"), {
    "sub/bad.txt": "traffic 50 rps\ntrafic 3 rps\n",
  });
  expect(wrong.exitCode).toBe(2);
  expect(wrong.warned).toContain('sub/bad.txt:2  in the clause "trafic 3 rps"');
  const absent = await command(withPlan("--scenario", "nowhere.txt"));
  expect(absent.warned).toContain("--scenario  The scenario file nowhere.txt was not found");
});

test("everything that is wrong is told at once, each with its place, and nothing is rehearsed", async () => {
  const { exitCode, out, warned } = await command(
    ["--plan", "plan.yml", "--scenario", "goood", "--seed", "x", "--kubeconfig", "k", "--route", "route.yml", "--hold"],
    { "plan.yml": "route: virtualservice/reviews\nphases: 50/20\n", "route.yml": "a: [" },
  );
  expect([exitCode, out]).toEqual([2, ""]);
  for (const words of [
    '--scenario   there is no scenario "goood"; did you mean "good"?',
    "--seed       It must be a whole number",
    "--kubeconfig  A rehearsal needs no cluster",
    "route.yml:1:5",
    "plan.yml:2:",
    "--hold needs a value",
  ]) {
    expect(warned.replaceAll(/ +/g, " ")).toContain(words.replaceAll(/ +/g, " "));
  }
  const { out: json } = await command(withPlan("--scenario", "goood", "--json"));
  expect(JSON.parse(json)).toMatchObject({ outcome: "refused", problems: [{ place: { input: "scenario" } }] });
});

const routeYaml = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
    - name: api
      route:
        - destination: {host: reviews, subset: old}
          weight: 100
        - destination: {host: reviews, subset: new}
          weight: 0
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
`;
const ruleJson = JSON.stringify({
  kind: "List",
  apiVersion: "v1",
  items: [
    {
      apiVersion: "networking.istio.io/v1",
      kind: "DestinationRule",
      metadata: { name: "reviews", namespace: "shop" },
      spec: {
        host: "reviews",
        subsets: [
          { name: "old", labels: { version: "1" } },
          { name: "new", labels: { version: "2" } },
        ],
      },
    },
  ],
});

test("the user's own files are read together: several documents, lists, and kinds that do not matter", async () => {
  const plan = usualPlan.replace("canary: v2\n", "");
  const files = { "plan.yml": plan, "infra/route.yml": routeYaml, "rule.json": ruleJson };
  const { exitCode, out, warned } = await command(withPlan("--route", "infra/route.yml", "rule.json", "--json"), files);
  expect([exitCode, JSON.parse(out)]).toMatchObject([0, { outcome: "promoted" }]);
  expect(warned).toContain("Made up around the route: Service reviews; 3 pods of reviews-old; 2 pods of reviews-new.");
});

test("a plan that leaves the route to the workflow takes the one that the files hold", async () => {
  const plan = usualPlan.replace(/route: .*\nnamespace: .*\ncanary: .*\n/, "");
  const files = { "plan.yml": plan, "route.yml": routeYaml };
  const { out } = await command(withPlan("--route", "route.yml", "--json"), files);
  expect(JSON.parse(out)).toMatchObject({ outcome: "promoted" });
  const none = await command(withPlan(), files);
  expect([none.exitCode, none.warned]).toEqual([2, expect.stringContaining("No route is named.")]);
});

test("flags beat the plan, as for a run, and a route may be named instead of given", async () => {
  const words = ["--route", "virtualservice/web", "--phases", "10/100", "--hold", "2m", "--scenario", "traffic 5 rps"];
  const { exitCode, out } = await command(words);
  expect(exitCode).toBe(0);
  expect(out).toContain("default/virtualservice/web");
  expect(out).toContain("10% for 2 min, 100% for 2 min");
});

test("a document that is no object, and a file that is not there, are problems", async () => {
  const { exitCode, warned } = await command(withPlan("--route", "list.yml", "--route", "away.yml"), {
    "list.yml": "- 1\n",
  });
  expect(exitCode).toBe(2);
  expect(warned).toContain("list.yml:1:1");
  expect(warned).toContain("The file away.yml was not found");
});

test("the help names every ready scenario and every clause", () => {
  const text = helpText("rehearse");
  for (const name of Object.keys(scenarios)) expect(text).toContain(name);
  for (const usage of clauseUsages) expect(text).toContain(usage);
  expect(helpText(undefined)).toContain("rehearse ");
});
