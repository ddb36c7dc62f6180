import { expect, test } from "vitest";
import { digestOf, materialReader } from "../../src/cluster/client-credentials.ts";
import { sharedCertificates } from "./api.ts";
import { check } from "./kubeconfig/check.ts";

test("takes authority, name and credentials from the checked kubeconfig, and nothing is verified less", async () => {
  const { access } = await check({ cluster: { "tls-server-name": "api.test" } });
  if (access === undefined) throw new Error("refused");
  const { cert } = await sharedCertificates();
  expect(await materialReader(access)()).toEqual({
    tls: { ca: Buffer.from(cert), servername: "api.test", rejectUnauthorized: true },
    authorization: "Bearer some-token",
  });
});

test("the library runs no plugin, whatever the kubeconfig held", async () => {
  const user = { exec: { apiVersion: "client.authentication.k8s.io/v1", command: "/bin/false" } };
  const { access } = await check({ user }, { execAllow: ["/bin/false"], env: { PATH: "/bin" } });
  if (access === undefined) throw new Error("refused");
  expect(await materialReader(access)()).not.toHaveProperty("authorization");
});

test("digests differ with each part", () => {
  const parts = [{}, { ca: "a" }, { cert: "a" }, { key: "a" }, { servername: "a" }, { rejectUnauthorized: false }];
  expect(new Set(parts.map(digestOf)).size).toBe(parts.length);
  expect(digestOf({ ca: "a" })).toBe(digestOf({ ca: Buffer.from("a") }));
});
