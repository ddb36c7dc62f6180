import { describe, expect, it } from "vitest";
import { hasUnrouted, unroutedQuery } from "../../../src/metrics/prometheus/unrouted-query.ts";
import type { VersionTarget, VersionTargets } from "../../../src/ports/metric-source.ts";

const host = "reviews.shop.svc.cluster.local";
const arm = (version: string): VersionTarget => ({ host, service: "reviews", namespace: "shop", subset: version });
const arms: VersionTargets = { canary: arm("v2"), stable: arm("v1"), namespace: "shop" };

describe("requests that reach neither version", () => {
  it("are charged to their own Service where there are two, and not known where there are no requests", () => {
    const query = (over: Partial<VersionTargets>) => unroutedQuery({ ...arms, ...over }, 60_000);
    expect(query({})).toContain("(NC|NR|UH|UF)");
    const other = { ...arm("v2"), service: "reviews-v2", host: "reviews-v2.shop.svc.cluster.local" };
    expect(query({ canary: other })).toContain("(NC|NR)(");
    expect(query({ canary: other })).toContain(
      'destination_service=~"reviews-v2\\\\.shop\\\\.svc\\\\.cluster\\\\.local|reviews\\\\.shop',
    );
    // What a proxy finds no route for is counted by the host that was asked for.
    expect(query({ hosts: [host, "shop.example.com", "*.example.org", "*"] })).toContain(
      'destination_service=~".+\\\\.example\\\\.org|reviews\\\\.shop\\\\.svc\\\\.cluster\\\\.local|shop\\\\.example\\\\.com"',
    );
    expect([hasUnrouted(arms), hasUnrouted({ ...arms, protocol: "tcp" })]).toEqual([true, false]);
  });
});
