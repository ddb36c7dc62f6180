import { createSign } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { generate } from "selfsigned";
import { describe, expect, it } from "vitest";
import { until } from "../inside/processes.ts";
import { api, create, folder, kubeconfigOf, openShop, readRoute, type Shop, tokenFor } from "./world/place.ts";
import { weightsOf } from "./world/route.ts";
import { type Plan, sluice, startSluice } from "./world/sluice.ts";

const planFor = ({ namespace }: Shop, phases = "30@2s/100@2s"): Plan => ({
  route: `${namespace}/virtualservice/shop`,
  phases,
  settle: "0s",
  "write-allowance": "0s",
});

const base64url = (text: string) => Buffer.from(text).toString("base64url");

/** The API server takes a token for a minute longer than it says of itself. */
const leewaySeconds = 60;

/** A token of the shop's service account as the API server would make it, which it takes for so few seconds. */
async function shortToken({ namespace }: Shop, seconds: number): Promise<string> {
  const { metadata } = (await api.must("GET", `/api/v1/namespaces/${namespace}/serviceaccounts/sluice`)) as {
    metadata: { uid: string };
  };
  const now = Math.floor(Date.now() / 1000);
  const issuer = "https://kubernetes.default.svc.cluster.local";
  const claims = {
    iss: issuer,
    aud: [issuer],
    sub: `system:serviceaccount:${namespace}:sluice`,
    iat: now - 3600,
    nbf: now - 3600,
    exp: now + seconds - leewaySeconds,
    "kubernetes.io": { namespace, serviceaccount: { name: "sluice", uid: metadata.uid } },
  };
  const text = `${base64url(JSON.stringify({ alg: "RS256" }))}.${base64url(JSON.stringify(claims))}`;
  const signature = createSign("RSA-SHA256")
    .update(text)
    .sign(readFileSync(join(folder, "sa.key")));
  return `${text}.${signature.toString("base64url")}`;
}

const place = () => mkdtempSync(join(folder, "login-"));
const promoted = { exitCode: 0, result: { outcome: "promoted" } };
const weightIs = (shop: Shop, canary: number) =>
  until(`${canary} %`, async () => weightsOf(await readRoute(shop.namespace))[1] === canary);

describe.concurrent("who Sluice is to the API server", () => {
  it("reads a token file anew when it has been rotated", async () => {
    const shop = await openShop("rotated");
    const file = join(place(), "token");
    // Long enough for a slow machine to begin, and dead before the two holds after that are over.
    writeFileSync(file, await shortToken(shop, 20));
    const run = startSluice(shop, ["run"], {
      plan: planFor(shop, "30@12s/60@12s/100@2s"),
      kubeconfig: kubeconfigOf({ tokenFile: file }, shop.namespace),
    });
    await weightIs(shop, 30);
    writeFileSync(file, await tokenFor(shop.namespace));
    const ended = await run.ended;
    expect(ended, ended.log).toMatchObject(promoted);
  });

  it("stands still when its token has expired, and goes on with a new one", async () => {
    const shop = await openShop("expired");
    const file = join(place(), "token");
    writeFileSync(file, await shortToken(shop, 20));
    const run = startSluice(shop, ["run"], {
      plan: { ...planFor(shop, "30@30s/60@2s/100@2s"), "max-hold": "120s" },
      kubeconfig: kubeconfigOf({ tokenFile: file }, shop.namespace),
    });
    await weightIs(shop, 30);
    await until("a 401 in the log", async () => run.log().includes("401"));
    const stood = weightsOf(await readRoute(shop.namespace))[1];
    await wait(5_000);
    expect(weightsOf(await readRoute(shop.namespace))[1]).toBe(stood);
    writeFileSync(file, await tokenFor(shop.namespace));
    const ended = await run.ended;
    expect(ended, ended.log).toMatchObject(promoted);
  });

  it("refuses a token that would die before the schedule does, or that is dead already", async () => {
    const shop = await openShop("short");
    for (const seconds of [leewaySeconds + 30, -30]) {
      const kubeconfig = kubeconfigOf({ token: await shortToken(shop, seconds) }, shop.namespace);
      const { exitCode, log } = await sluice(shop, ["run"], { plan: planFor(shop, "30@1m/100@1m"), kubeconfig });
      expect(exitCode, log).toBe(2);
      expect(log).toMatch(seconds > 0 ? /credentials-expire/ : /401|expired/);
    }
    expect(weightsOf(await readRoute(shop.namespace))).toEqual([100, 0]);
  });

  it("logs in with a client certificate", async () => {
    const shop = await openShop("certificate");
    await alsoFor(shop, "laptop");
    const { private: key, cert } = await generate([{ name: "commonName", value: "laptop" }], {
      keyType: "ec",
      curve: "P-256",
      algorithm: "sha256",
      ca: {
        key: readFileSync(join(folder, "clients.key"), "utf8"),
        cert: readFileSync(join(folder, "clients.crt"), "utf8"),
      },
      extensions: [{ name: "extKeyUsage", clientAuth: true }],
    });
    const user = {
      "client-certificate-data": Buffer.from(cert).toString("base64"),
      "client-key-data": Buffer.from(key).toString("base64"),
    };
    const kubeconfig = kubeconfigOf(user, shop.namespace);
    const ended = await sluice(shop, ["run"], { plan: planFor(shop), kubeconfig });
    expect(ended, ended.log).toMatchObject(promoted);
  });

  it("asks a credential plugin that it was allowed to run, again when a token has died, and none else", async () => {
    const shop = await openShop("plugin");
    const bin = place();
    const plugin = join(bin, "lab-login");
    const log = join(bin, "calls");
    const next = join(bin, "token");
    writeFileSync(next, await shortToken(shop, 25));
    const credential = `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'"$(cat '${next}')"'"}}`;
    writeFileSync(plugin, `#!/bin/sh\nenv >> '${log}'\necho '${credential}'\n`);
    chmodSync(plugin, 0o755);
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "lab-login", interactiveMode: "Never" };
    const options = {
      plan: planFor(shop, "30@15s/60@15s/100@2s"),
      kubeconfig: kubeconfigOf({ exec }, shop.namespace),
      env: { PATH: `${dirname(plugin)}:/usr/bin:/bin`, GITHUB_TOKEN: "planted-secret-0815" },
    };
    const refused = await sluice(shop, ["run"], options);
    expect(refused.exitCode, refused.log).toBe(2);
    expect(refused.log).toContain("exec-allow");
    const run = startSluice(shop, ["run", "--exec-allow", "lab-login"], options);
    await weightIs(shop, 30);
    writeFileSync(next, await tokenFor(shop.namespace));
    const ended = await run.ended;
    expect(ended, ended.log).toMatchObject(promoted);
    const calls = readFileSync(log, "utf8");
    expect(calls.split("KUBERNETES_EXEC_INFO=").length - 1).toBeGreaterThan(1);
    expect(calls).not.toContain("planted-secret-0815");
  });
});

/** Lets another user do what the shop's service account may. */
async function alsoFor({ namespace }: Shop, user: string): Promise<void> {
  const api = "rbac.authorization.k8s.io";
  await create([
    {
      apiVersion: `${api}/v1`,
      kind: "RoleBinding",
      metadata: { name: user, namespace },
      roleRef: { apiGroup: api, kind: "Role", name: "sluice" },
      subjects: [{ apiGroup: api, kind: "User", name: user }],
    } as never,
  ]);
}
