import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { destinationId, destinationsNamed, partsOf, resolveHost } from "../../src/routes/destination-id.ts";

describe("hosts in full", () => {
  it.each([
    ["web", "web.prod.svc.cluster.local"],
    ["web.shop", "web.shop"],
    ["web.shop.svc", "web.shop.svc"],
    ["web.shop.svc.cluster.local", "web.shop.svc.cluster.local"],
    ["shop.example.com", "shop.example.com"],
    ["10.0.0.1", "10.0.0.1"],
    ["*", "*"],
    ["", ""],
  ])("%s", (host, full) => {
    expect(resolveHost(host, "prod")).toBe(full);
  });
});

describe("identities", () => {
  it("survive being written and read", () => {
    const word = fc.stringMatching(/^[a-z0-9.-]+$/);
    const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
    fc.assert(
      fc.property(word, fc.option(word, { nil: undefined }), port, (host, subset, number) => {
        const parts = {
          host,
          ...(subset === undefined ? {} : { subset }),
          ...(number === undefined ? {} : { port: number }),
        };
        const id = destinationId(parts);
        expect(partsOf(id)).toEqual({ id, ...parts });
      }),
    );
  });
});

describe("what a user's words mean", () => {
  const full = (name: string) => `${name}.prod.svc.cluster.local`;
  const v1 = `${full("web")}/v1`;
  const v2 = `${full("web")}/v2`;
  const service = full("web-v2");
  const named = (words: string, ...ids: string[]) => destinationsNamed(words, ids, "prod");

  it.each([
    ["v2", v2],
    ["web/v2", v2],
    ["web.prod.svc.cluster.local/v2", v2],
    ["web-v2", service],
    ["web-v2.prod.svc.cluster.local", service],
  ])("%s", (words, id) => {
    expect(named(words, v1, v2, service)).toEqual([id]);
  });

  it.each(["v3", "web-v3", "web.prod/v2", "other/v2", "", "V2", "web-v2.shop.svc.cluster.local"])(
    "%s is nowhere",
    (words) => {
      expect(named(words, v1, v2, service)).toEqual([]);
    },
  );

  it("takes a word for a subset and for a service, and each destination once", () => {
    expect(named("v2", v2, full("v2"))).toEqual([v2, full("v2")]);
    expect(named("v2", `${full("v2")}/v2`)).toEqual([`${full("v2")}/v2`]);
    expect(named("v2", v2, v2)).toEqual([v2]);
  });

  it("takes a service for its destination without a subset, otherwise for its subsets", () => {
    expect(named("web", v1, v2)).toEqual([v1, v2]);
    expect(named("web", full("web"), v2)).toEqual([full("web")]);
  });

  it("tells ports apart when a port is named", () => {
    const at = (port: number) => `${service}:${port}`;
    expect(named("web-v2:9080", at(9080), at(80))).toEqual([at(9080)]);
    expect(named("web-v2", at(9080), at(80))).toEqual([at(9080), at(80)]);
    expect(named("v2:81", `${v2}:80`, `${v2}:81`)).toEqual([`${v2}:81`]);
    expect(named("web/v2:81", `${v2}:80`, `${v2}:81`)).toEqual([`${v2}:81`]);
    expect(named("web-v2:9080", at(80))).toEqual([]);
  });

  it("reads a destination without a port as the service's only one", () => {
    expect(named("web-v2:9080", service)).toEqual([service]);
    expect(named("web-v2:9080", service, `${service}:9080`)).toEqual([`${service}:9080`]);
  });

  it("means the one destination that is called exactly so", () => {
    expect(named(`${full("web")}/v2`, v2, `${v2}:80`)).toEqual([v2]);
    expect(named("web-v2", service, `${service}:80`)).toEqual([service]);
    expect(named("v2", v2, `${v2}:80`)).toEqual([v2, `${v2}:80`]);
  });
});
