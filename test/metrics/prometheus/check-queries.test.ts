import { describe, expect, it } from "vitest";
import { ask } from "../../../src/metrics/prometheus/check-queries.ts";
import type { VersionTargets } from "../../../src/ports/metric-source.ts";
import { check, twoServices } from "./samples.ts";

describe("questions of a check", () => {
  it("are the user's query with names and step in it", () => {
    expect(ask(check({ everyMs: 120_000 }), twoServices)).toEqual({
      kind: "asked",
      value: { kind: "number", query: 'ok{v="reviews-v2"}[2m]', stepMs: 120_000 },
    });
  });

  it("name a subset where there is one, and the namespace of the route", () => {
    const arms: VersionTargets = {
      canary: { ...twoServices.canary, service: "reviews", namespace: "other", subset: "v2" },
      stable: { ...twoServices.stable, service: "reviews", subset: "v1" },
      namespace: "shop",
    };
    const asked = ask(check({ ask: { query: 'x{a="{{canary}}",b="{{stable}}",c="{{namespace}}"}' } }), arms);
    expect(asked).toMatchObject({ value: { query: 'x{a="v2",b="v1",c="shop"}' } });
  });

  it("hold the user's count only together with a minimum", () => {
    const count = 'n{v="{{canary}}"}[{{window}}]';
    expect(ask(check({ count, requests: 50 }), twoServices)).toMatchObject({
      minimum: { requests: 50, count: { kind: "number", query: 'n{v="reviews-v2"}[1m]', stepMs: 60_000 } },
    });
    expect(ask(check({ count }), twoServices)).not.toHaveProperty("minimum");
  });

  it("hold a count of their own for presets", () => {
    const success = ask(check({ ask: { preset: "success-rate" } }), twoServices);
    expect(success).toMatchObject({ kind: "asked", minimum: { requests: 20 } });
    expect(success.kind === "asked" && success.value.query).toMatch(/^1 - .*reviews-v2/);
    const slow = ask(check({ ask: { preset: "latency", quantile: 0.95 }, requests: 100 }), twoServices);
    expect(slow).toMatchObject({ minimum: { requests: 100 } });
    expect(slow.kind === "asked" && slow.value.query).toMatch(/^histogram_quantile\(0\.95, .*\[1m\]/);
  });

  it("are refused with the check's name where a query cannot be written", () => {
    expect(ask(check({ ask: { query: "{{canary}}" } }), twoServices)).toEqual({
      kind: "refused",
      problem: {
        code: "input",
        message: 'Check conversion, query: {{canary}} must stand inside quotes, as in version="{{canary}}".',
      },
    });
    const refused = ask(check({ count: "{{x}}", requests: 1 }), twoServices);
    expect(refused).toMatchObject({
      problem: { message: expect.stringContaining("Check conversion, count: {{x}} is not") },
    });
  });

  it("are refused where the mesh cannot tell the versions apart, or has no requests to count", () => {
    const service = { ...twoServices.canary, subset: "v2" };
    const one = { ...twoServices, canary: service, stable: { ...service, subset: "v1" } };
    expect(ask(check({ ask: { preset: "success-rate" } }), one)).toMatchObject({
      problem: {
        code: "metric-not-separable",
        message: expect.stringMatching(
          /^success-rate cannot tell canary from stable here: .*Use application metrics or your own query\.$/,
        ),
      },
    });
    const tcp = ask(check({ name: "p99", ask: { preset: "latency", quantile: 0.99 } }), {
      ...twoServices,
      protocol: "tcp",
    });
    expect(tcp).toEqual({
      kind: "refused",
      problem: {
        code: "metric-protocol-mismatch",
        message: "latency needs HTTP; this is tcp. Use the TCP preset, `connections`, or your own query for check p99.",
      },
    });
  });
});
