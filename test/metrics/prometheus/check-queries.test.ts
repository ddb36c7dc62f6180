import { describe, expect, it } from "vitest";
import { reason } from "../../../src/base/reasons/index.ts";
import { valueQuery } from "../../../src/metrics/prometheus/check-queries.ts";
import type { ValueQuestion, VersionTargets } from "../../../src/ports/metric-source.ts";
import { minute, twoServices } from "./samples.ts";

const ask = (asked: ValueQuestion["ask"], versions = twoServices, windowMs = minute) =>
  valueQuery({ name: "conversion", versions, windowMs, ask: asked });

describe("questions of a check", () => {
  it("are the user's query with names and window in it", () => {
    expect(ask({ query: 'ok{v="{{canary}}"}[{{window}}]' }, twoServices, 2 * minute)).toEqual({
      kind: "query",
      query: 'ok{v="reviews-v2"}[2m]',
    });
    expect(ask({ count: 'n{v="{{canary}}"}[{{window}}]' })).toMatchObject({ query: 'n{v="reviews-v2"}[1m]' });
  });

  it("name a subset where there is one, and the namespace of the route", () => {
    const arms: VersionTargets = {
      canary: { ...twoServices.canary, service: "reviews", namespace: "other", subset: "v2" },
      stable: { ...twoServices.stable, service: "reviews", subset: "v1" },
      namespace: "shop",
    };
    const asked = ask({ query: 'x{a="{{canary}}",b="{{stable}}",c="{{namespace}}"}' }, arms);
    expect(asked).toMatchObject({ query: 'x{a="v2",b="v1",c="shop"}' });
  });

  it("are made of a preset, as are those for the requests behind its value", () => {
    const query = expect.stringMatching(/^1 - .*reviews-v2/);
    expect(ask({ preset: "success-rate" })).toEqual({ kind: "query", query });
    const slow = expect.stringMatching(/^histogram_quantile\(0\.95, .*\[1m\]/);
    expect(ask({ preset: "latency", quantile: 0.95 })).toEqual({ kind: "query", query: slow });
    const requests = expect.stringMatching(/^sum\(\(istio_requests_total\{.*reviews-v2/);
    expect(ask({ requestsOf: { preset: "success-rate" } })).toEqual({ kind: "query", query: requests });
  });

  it("are refused with the check's name where a query cannot be written", () => {
    const invalid = { metric: "conversion", problem: "placeholder-unquoted", placeholder: "canary" } as const;
    expect(ask({ query: "{{canary}}" })).toEqual({
      kind: "refused",
      reason: reason("metric-query-invalid", { ...invalid, part: "query" }),
    });
    expect(ask({ count: "{{canary}}" })).toEqual({
      kind: "refused",
      reason: reason("metric-query-invalid", { ...invalid, part: "count" }),
    });
  });

  it("are refused where the mesh cannot tell the versions apart, or has no requests to count", () => {
    const service = { ...twoServices.canary, subset: "v2" };
    const one = { ...twoServices, canary: service, stable: { ...service, subset: "v1" } };
    expect(ask({ preset: "success-rate" }, one)).toMatchObject({
      reason: { code: "versions-not-separable", data: { preset: "success-rate", cause: { code: "versions-alike" } } },
    });
    expect(ask({ preset: "latency", quantile: 0.99 }, { ...twoServices, protocol: "tcp" })).toEqual({
      kind: "refused",
      reason: reason("preset-protocol-mismatch", { check: "conversion", preset: "latency", protocol: "tcp" }),
    });
  });
});
