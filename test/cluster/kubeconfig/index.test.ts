import { expect, test } from "vitest";
import { check, messages } from "./check.ts";

test("every problem is found in one pass, and each once", async () => {
  const found = await check(
    {
      cluster: { server: "http://api.test", "insecure-skip-tls-verify": true, "certificate-authority-data": "*" },
      user: { as: "admin", token: "tiny", exec: { apiVersion: "v0", command: "aws" }, "client-key-data": "*" },
    },
    { expectedCluster: "zz" },
  );
  const parts = [
    "plain http",
    "turns TLS verification off",
    '"certificate-authority-data" is not valid base64',
    '"expected-cluster" has to be',
    "impersonates someone else",
    '"client-key-data" is not valid base64',
    "no client certificate",
    "shorter than 6",
    "Sluice knows client.authentication.k8s.io/v1",
    "Keep one of the two",
    'Add "exec-allow: aws"',
  ];
  expect(messages(found)).toEqual(parts.map((part) => expect.stringContaining(part)));
  expect(found.access).toBeUndefined();
  expect(new Set(messages(found)).size).toBe(parts.length);
});

test("what other contexts need is nobody's concern", async () => {
  const found = await check({});
  expect(found.problems).toEqual([]);
  expect(found.warnings).toEqual([]);
  expect(found.access).toMatchObject({ context: "shop", cluster: "prod", user: "ci", server: "https://api.test:6443" });
});
