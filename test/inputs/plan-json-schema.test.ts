import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { planSchemaText } from "../../src/inputs/plan-json-schema.ts";
import { problemsOf } from "./reading.ts";

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(JSON.parse(planSchemaText()) as object);
const isValid = (text: string) => validate(parse(text));
const env = { TOKEN: "abcdefgh" };

test("the shipped schema is the one that the code makes", () => {
  const shipped = readFileSync(new URL("../../schema/plan.schema.json", import.meta.url), "utf8");
  expect(shipped, "run `make schema`").toBe(planSchemaText());
});

const route = "route: virtualservice/reviews\n";
const metrics = `${route}prometheus: https://p.example.com\n`;

describe("good plans are good to both", () => {
  test.each([
    route,
    "route: [shop/virtualservice/reviews]\n",
    `${route}phases: 5@10m/20/pause/50/100\n`,
    `${route}phases: 100\n`,
    `${route}phases:\n  - weight: 5\n    hold: 1h30m\n    max-hold: 2h\n  - pause\n  - weight: 100\n`,
    `${route}rule: 0\nstable: reviews.shop.svc.cluster.local/v1:9080\ncanary: "2"\n`,
    `${route}rule: [http/a, 1]\nstart-weight: 2.5\nsettle: 0s\nwrite-allowance: 0s\ncompare: off\n`,
    `${route}prometheus:\n  url: https://p.example.com/a@b\n  basic: { username: reader, password: "\${TOKEN}" }\n  headers: { X-Tenant: "\${TOKEN}" }\n  hosts: [q.example.com, "[::1]:9090"]\n  allow-http: false\n  scrape-interval: 30s\n  lag: 10s\n`,
    `${metrics}compare: {}\n`,
    `${metrics}compare:\n  errors: { tolerance: { ratio: 1.2, points: 0.1 }, margin: 1% }\n  latency: { slo: 500ms, margin: { ratio: 1.1, points: 2 } }\n  false-rollback: 0.02\n  false-promotion: 10%\n  look: 30s\n  dispersion: auto\n  weights: { errors: 1, latency: 0 }\n  requests: 0\n  restart-every: 20m\n  split: off\n`,
    `${metrics}compare:\n  dispersion: 3\n  split: { tolerance: 1.5, false-alarm: 0.1% }\n  metrics:\n    - name: orders\n      total: orders_total{version="{{canary}}"}\n      bad: 'orders_total{version="{{canary}}",state="failed"}'\n      gate: true\n      margin: 2%\n`,
    `${metrics}checks:\n  - preset: success-rate\n    min: 99.5%\n  - preset: latency\n    max: 250ms\n    quantile: 0.95\n`,
    `${metrics}checks:\n  - name: a\n    query: up\n    min: 1\n    max: 2\n    every: 2m\n    count: sum(x)\n    requests: 50\n    fail-after: { consecutive: 2 }\n    silent-after: { total: 9 }\n    on-silent: rollback\n`,
  ])("%s", async (plan) => {
    expect(isValid(plan), JSON.stringify(validate.errors)).toBe(true);
    expect(await problemsOf({}, { plan, env })).toEqual([]);
  });
});

describe("bad values are bad to both", () => {
  test.each([
    "route: reviews\n",
    "route: ingress/reviews\n",
    `${route}hold: 300\n`,
    `${route}hold: 5 m\n`,
    `${route}phases: 5/20/\n`,
    `${route}phases: []\n`,
    `${route}phases: [{ weight: 0 }, { weight: 100 }]\n`,
    `${route}phases: [{ hold: 5m }, { weight: 100 }]\n`,
    `${route}phases: [{ weight: 5, hold: 5 }, { weight: 100 }]\n`,
    `${route}phasez: 5/100\n`,
    `${route}until: 5\n`,
    `${route}on-cancel: hold\n`,
    `${metrics}compare: on\n`,
    `${metrics}compare: false\n`,
    `${metrics}compare: { errors: { tolerance: { ratio: 0.9 } } }\n`,
    `${metrics}compare: { errors: { margin: 0.5 } }\n`,
    `${metrics}compare: { latency: { slo: 500 } }\n`,
    `${metrics}compare: { dispersion: 0.5 }\n`,
    `${metrics}compare: { split: { tolerance: 0.5 } }\n`,
    `${metrics}compare: { requests: 1.5 }\n`,
    `${metrics}compare: { metrics: [{ name: a, total: x }] }\n`,
    `${route}stable: 1\n`,
    `${route}start-weight: "5"\n`,
    `${route}prometheus: { url: https://p.example.com, bearer: literal }\n`,
    `${route}prometheus: { url: https://p.example.com, bearer: "\${GITHUB_TOKEN}" }\n`,
    `${route}prometheus: { url: https://p.example.com, basic: { username: "\${INPUT_X}", password: "\${TOKEN}" } }\n`,
    `${route}prometheus: { url: https://p.example.com, allow-http: "yes" }\n`,
    `${route}prometheus: { url: https://p.example.com, basic: { username: a } }\n`,
    `${metrics}checks: []\n`,
    `${metrics}checks: [{ name: a, query: up }]\n`,
    `${metrics}checks: [{ name: a, query: up, min: "1" }]\n`,
    `${metrics}checks: [{ name: a, query: up, min: 1, count: x }]\n`,
    `${metrics}checks: [{ preset: success-rate, max: 3 }]\n`,
    `${metrics}checks: [{ preset: success-rate, min: 99 }]\n`,
    `${metrics}checks: [{ preset: latency, max: 500 }]\n`,
    `${metrics}checks: [{ preset: latency, max: 500ms, fail-after: { consecutive: 0 } }]\n`,
  ])("%s", async (plan) => {
    expect(isValid(plan)).toBe(false);
    expect(await problemsOf({}, { plan, env })).not.toEqual([]);
  });
});

test("an editor never marks what the reader takes", async () => {
  const keys = [
    "route",
    "hold",
    "max-hold",
    "phases",
    "rule",
    "stable",
    "prometheus",
    "checks",
    "settle",
    "start-weight",
  ];
  const values = fc.constantFrom<unknown>(
    "virtualservice/reviews",
    ["virtualservice/a"],
    "5m",
    "0s",
    "1h 5m",
    5,
    0,
    1.5,
    "100",
    "5/100",
    " 5 / pause / 100 ",
    [{ weight: 100 }],
    [{ weight: 5 }, "pause", { weight: 100, hold: "2m" }],
    "http/a, tcp/80",
    ["http/a", 3],
    "v1",
    "https://p.example.com",
    { url: "HTTPS://p.example.com/x" },
    { url: "http://p.svc", hosts: "a.b, c" },
    [{ preset: "latency", max: "1s" }],
    [{ name: "a", query: "up", min: 1 }],
    null,
    true,
    {},
  );
  const plans = fc.dictionary(fc.constantFrom(...keys), values, { noNullPrototype: true });
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const text = stringify({ route: "virtualservice/reviews", ...plan });
      if ((await problemsOf({}, { plan: text, env })).length > 0) return;
      taken += 1;
      expect(isValid(text), `${text}${JSON.stringify(validate.errors)}`).toBe(true);
    }),
    { numRuns: 3000 },
  );
  expect(taken).toBeGreaterThan(50);
});
