import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { usualLimits } from "../../src/cluster/connection.ts";
import type { CallOptions } from "../../src/ports/cluster.ts";
import { certificates } from "../network/loopback.ts";
import { HandClock } from "../reports/samples.ts";
import {
  type Api,
  base64,
  folder,
  json,
  type OpenOptions,
  open,
  type Respond,
  reviews,
  route,
  startApi,
  status,
} from "./api.ts";

let place: ReturnType<typeof folder>;
const cleanups: (() => unknown)[] = [];
beforeEach(() => {
  place = folder();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  place.remove();
});

async function api(respond: Respond): Promise<Api> {
  const started = await startApi(respond);
  cleanups.push(started.close);
  return started;
}

/** Accepts what `good` says, and answers 401 to the rest. */
const accepting = (good: (authorization: string, client: string | undefined) => boolean) =>
  api((response, { headers }, client) =>
    good(headers.authorization ?? "", client)
      ? json(response, 200, route)
      : json(response, 401, status(401, "Unauthorized")),
  );

function connect(to: Api, user: object, options: OpenOptions = {}) {
  const { cluster } = open(to, user, options);
  cleanups.push(() => cluster.close());
  return cluster;
}

const jwt = (claims: object) => `${base64("{}")}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.sig`;

/** A plugin that counts its runs in a file and prints what `status` says, a shell word may stand for the count. */
function script(body: string): { exec: object; runs: () => number; options: OpenOptions } {
  const path = join(place.path, "login");
  const count = join(place.path, "count");
  writeFileSync(path, `#!/bin/sh\necho run >> ${count}\nn=$(wc -l < ${count} | tr -d ' ')\n${body}\n`);
  chmodSync(path, 0o755);
  const env = { PATH: `${place.path}:${process.env["PATH"]}` };
  const lines = () => {
    try {
      return readFileSync(count, "utf8").split("\n").length - 1;
    } catch {
      return 0;
    }
  };
  return {
    exec: { apiVersion: "client.authentication.k8s.io/v1", command: "login" },
    runs: lines,
    options: { env, kubeconfig: { execAllow: ["login"], env } },
  };
}

const credential = (status: string) =>
  `printf '%s' '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":${status}}' | sed "s/#/$n/"`;

describe("what stands in the kubeconfig", () => {
  test("user name and password", async () => {
    const server = await accepting((authorization) => authorization === `Basic ${base64("ann:pa55word")}`);
    const cluster = connect(server, { username: "ann", password: "pa55word" });
    expect(await cluster.read(reviews)).toMatchObject({ kind: "found" });
    expect(cluster.credential()).toEqual({ user: "ci", renewable: false });
  });

  test("a client certificate, whose end is known before anything is asked", async () => {
    const server = await accepting((_authorization, client) => client === "ci");
    const { clientCert, clientKey } = server.tls;
    const data = { "client-certificate-data": base64(clientCert), "client-key-data": base64(clientKey) };
    const cluster = connect(server, data);
    expect(cluster.credential()).toEqual({ user: "ci", endsAt: Date.UTC(2034, 4, 6, 7, 8, 9), renewable: false });
    expect(await cluster.read(reviews)).toMatchObject({ kind: "found" });
  });

  test("certificate files are read anew, and a new certificate makes a new connection", async () => {
    const server = await api((response, _request, client) => json(response, client === undefined ? 403 : 200, route));
    const files = { "client-certificate": join(place.path, "cert"), "client-key": join(place.path, "key") };
    const write = (cert: string, key: string) => {
      writeFileSync(files["client-certificate"], cert);
      writeFileSync(files["client-key"], key);
    };
    write(server.tls.clientCert, server.tls.clientKey);
    const cluster = connect(server, files);
    await cluster.read(reviews);
    await cluster.read(reviews);
    expect(server.accepted()).toBe(1);
    const other = await certificates();
    write(other.clientCert, other.clientKey);
    await cluster.read(reviews);
    expect(server.accepted()).toBe(2);
    while (server.open() > 1) await new Promise((resolve) => setImmediate(resolve));
    rmSync(files["client-key"]);
    const got = await cluster.read(reviews);
    expect(got).toMatchObject({
      kind: "failed",
      reason: {
        code: "login-failed",
        data: { cause: { code: "login-file-unreadable", data: { file: "certificate" } } },
      },
    });
  });

  test("a new certificate does not break off a call that is under way with the old one", async () => {
    let release = () => {};
    const server = await api((response) => {
      const answer = () => json(response, 200, route);
      if (server.seen.length === 1) release = answer;
      else answer();
    });
    const files = { "client-certificate": join(place.path, "cert"), "client-key": join(place.path, "key") };
    writeFileSync(files["client-certificate"], server.tls.clientCert);
    writeFileSync(files["client-key"], server.tls.clientKey);
    const cluster = connect(server, files);
    const slow = cluster.read(reviews);
    while (server.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const other = await certificates();
    writeFileSync(files["client-certificate"], other.clientCert);
    writeFileSync(files["client-key"], other.clientKey);
    expect(await cluster.read(reviews)).toMatchObject({ kind: "found" });
    release();
    expect(await slow).toMatchObject({ kind: "found" });
  });

  test("a token that is refused is not tried twice", async () => {
    const server = await accepting(() => false);
    const cluster = connect(server, { token: "planted-token" });
    const got = await cluster.read(reviews);
    expect(got).toMatchObject({
      kind: "failed",
      status: 401,
      reason: { code: "api-unauthorized", data: { user: "ci" } },
    });
    expect(server.seen).toHaveLength(1);
    expect(await cluster.patch(reviews, [], { dryRun: true })).toMatchObject({ kind: "refused", status: 401 });
  });

  test.each([
    [jwt({ exp: 1_785_000_000 }), 1_785_000_000_000],
    [jwt({ exp: "soon" }), undefined],
    [jwt([]), undefined],
    ["aa.bb.cc", undefined],
    ["not-a-jwt", undefined],
  ])("the end of the token %s", async (token, endsAt) => {
    const server = { tls: (await startedOnce()).tls, url: "https://127.0.0.1:1" } as Api;
    expect(connect(server, { token: `${token}` }).credential()).toEqual({
      user: "ci",
      ...(endsAt === undefined ? {} : { endsAt }),
      renewable: false,
    });
  });
});

async function startedOnce(): Promise<Api> {
  return api(() => {});
}

describe("a token file", () => {
  test("is read at every call, and its last good content counts", async () => {
    let good = "first-token";
    const server = await accepting((authorization) => authorization === `Bearer ${good}`);
    const tokenFile = join(place.path, "token");
    writeFileSync(tokenFile, "first-token\n");
    const told: string[] = [];
    const cluster = connect(server, { tokenFile }, { onSecrets: (secrets) => told.push(...secrets) });
    expect(await cluster.read(reviews)).toMatchObject({ kind: "found" });
    good = jwt({ exp: 1_785_000_000 });
    writeFileSync(tokenFile, good);
    expect(await cluster.read(reviews)).toMatchObject({ kind: "found" });
    expect(cluster.credential()).toEqual({ user: "ci", endsAt: 1_785_000_000_000, renewable: true });
    rmSync(tokenFile);
    expect(await cluster.read(reviews)).toMatchObject({ kind: "found" });
    expect(server.seen).toHaveLength(3);
    expect(told).toEqual(["first-token", good]);
  });

  test("that changed while the old token was refused is used at once", async () => {
    const tokenFile = join(place.path, "token");
    writeFileSync(tokenFile, "first-token");
    const server = await api((response, { headers }) => {
      writeFileSync(tokenFile, "second-token");
      json(response, headers.authorization === "Bearer second-token" ? 200 : 401, route);
    });
    expect(await connect(server, { tokenFile }).read(reviews)).toMatchObject({ kind: "found" });
    expect(server.seen).toHaveLength(2);
  });

  test("that did not change is not tried twice", async () => {
    const tokenFile = join(place.path, "token");
    writeFileSync(tokenFile, "first-token");
    const server = await accepting(() => false);
    expect(await connect(server, { tokenFile }).read(reviews)).toMatchObject({ status: 401 });
    expect(server.seen).toHaveLength(1);
  });
});

describe("a credential plugin", () => {
  test("runs once for many calls, also at the same time", async () => {
    const server = await accepting((authorization) => authorization === "Bearer token-1");
    const { exec, runs, options } = script(credential('{"token":"token-#"}'));
    const cluster = connect(server, { exec }, options);
    expect(cluster.credential()).toEqual({ user: "ci", renewable: true });
    const answers = await Promise.all([cluster.read(reviews), cluster.read(reviews), cluster.read(reviews)]);
    await cluster.read(reviews);
    expect(answers.map(({ kind }) => kind)).toEqual(["found", "found", "found"]);
    expect(runs()).toBe(1);
  });

  test("its token is told before it is used, and is scrubbed from what the server says", async () => {
    const server = await api((response, { headers }) =>
      json(response, 422, status(422, `you sent ${headers.authorization}`)),
    );
    const { exec, options } = script(credential('{"token":"planted-plugin-token"}'));
    const told: string[] = [];
    const cluster = connect(server, { exec }, { ...options, onSecrets: (secrets) => told.push(...secrets) });
    const got = await cluster.patch(reviews, [], { dryRun: true });
    expect(told).toEqual(["planted-plugin-token"]);
    expect(got).toMatchObject({ reason: { data: { says: expect.stringContaining("you sent Bearer ***") } } });
    expect(inspect(got)).not.toContain("planted");
  });

  test("may give a certificate", async () => {
    const server = await accepting((authorization, client) => authorization === "" && client === "ci");
    const { clientCert, clientKey } = server.tls;
    const file = join(place.path, "answer");
    const status = { clientCertificateData: clientCert, clientKeyData: clientKey };
    writeFileSync(
      file,
      JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status }),
    );
    const { exec, options } = script(`cat ${file}`);
    const cluster = connect(server, { exec }, options);
    expect(await cluster.read(reviews)).toMatchObject({ kind: "found" });
    expect(cluster.credential()).toEqual({ user: "ci", endsAt: Date.UTC(2034, 4, 6, 7, 8, 9), renewable: true });
  });

  test("runs again on a 401, once, and the call is tried again", async () => {
    const server = await accepting((authorization) => authorization === "Bearer token-2");
    const { exec, runs, options } = script(credential('{"token":"token-#"}'));
    const cluster = connect(server, { exec }, options);
    expect(await cluster.patch(reviews, [], { dryRun: false })).toMatchObject({ kind: "applied" });
    expect(runs()).toBe(2);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(["Bearer token-1", "Bearer token-2"]);
  });

  test("is not run for every call of a turn when its new token is refused as well", async () => {
    const server = await accepting(() => false);
    const { exec, runs, options } = script(credential('{"token":"token-#"}'));
    const clock = new HandClock();
    const cluster = connect(server, { exec }, { ...options, clock });
    for (let call = 0; call < 3; call += 1) expect(await cluster.read(reviews)).toMatchObject({ status: 401 });
    expect(runs()).toBe(2);
    clock.advance(6_000);
    await cluster.read(reviews);
    expect(runs()).toBe(3);
  });

  test("runs again two minutes before its token ends, by the server's time", async () => {
    let date = "Tue, 04 Aug 2026 10:00:00 GMT";
    const server = await api((response) => json(response, 200, route, { date }));
    const { exec, runs, options } = script(
      credential('{"token":"token-#","expirationTimestamp":"2026-08-04T10:10:00Z"}'),
    );
    const cluster = connect(server, { exec }, options);
    await cluster.read(reviews);
    date = "Tue, 04 Aug 2026 10:07:59 GMT";
    await cluster.read(reviews);
    await cluster.read(reviews);
    expect(runs()).toBe(1);
    date = "Tue, 04 Aug 2026 10:08:01 GMT";
    await cluster.read(reviews);
    await cluster.read(reviews);
    expect(runs()).toBe(2);
    expect(cluster.credential()).toEqual({ user: "ci", endsAt: Date.UTC(2026, 7, 4, 10, 10), renewable: true });
  });

  test("that cannot renew does not spoil a token that is still good, and who is in a hurry does not ask", async () => {
    const server = await api((response) => json(response, 200, route, { date: "Tue, 04 Aug 2026 10:09:00 GMT" }));
    const first = credential('{"token":"token-#","expirationTimestamp":"2026-08-04T10:10:00Z"}');
    const { exec, runs, options } = script(`[ $n = 1 ] || exit 1\n${first}`);
    const cluster = connect(server, { exec }, options);
    await cluster.read(reviews);
    expect(await cluster.read(reviews, { deadlineMs: 4_000 })).toMatchObject({ kind: "found" });
    expect(runs()).toBe(1);
    expect(await cluster.read(reviews)).toMatchObject({ kind: "found" });
    expect(runs()).toBe(2);
  });

  test("that fails is a failed call in its own words", async () => {
    const server = await accepting(() => true);
    const { exec, options } = script("echo planted-stderr >&2; exit 255");
    const cluster = connect(server, { exec }, { ...options, env: { ...options.env, GITHUB_TOKEN: "planted-github" } });
    const got = await cluster.read(reviews);
    expect(got).toMatchObject({
      kind: "failed",
      reason: {
        code: "login-failed",
        data: {
          host: `127.0.0.1:${server.port}`,
          cause: {
            code: "plugin-exited",
            data: { command: "login", user: "ci", exitCode: 255, withheld: expect.arrayContaining(["GITHUB_TOKEN"]) },
          },
        },
      },
    });
    expect(await cluster.patch(reviews, [], { dryRun: false })).toMatchObject({ kind: "unknown" });
    expect(inspect(got)).not.toContain("planted");
    expect(server.seen).toHaveLength(0);
  });

  test("that hangs ends by its own limit, and sooner for who is in a hurry or is cancelled", async () => {
    const server = await accepting(() => true);
    const { exec, runs, options } = script("sleep 1000");
    const clock = new HandClock();
    const cluster = connect(server, { exec }, { ...options, clock });
    /** What a call comes to when so much time goes by once the plugin runs. */
    const comesTo = async (ms: number, call: CallOptions) => {
      const before = runs();
      const reading = cluster.read(reviews, call);
      while (runs() === before) await new Promise((resolve) => setImmediate(resolve));
      clock.advance(ms);
      return reading;
    };
    expect(await comesTo(usualLimits.pluginMs, {})).toMatchObject({
      reason: { code: "login-failed", data: { cause: { code: "plugin-timeout", data: { limitMs: 20_000 } } } },
    });
    expect(await comesTo(usualLimits.pluginHurriedMs, { deadlineMs: 4_000 })).toMatchObject({
      reason: { code: "login-failed", data: { cause: { code: "plugin-timeout", data: { limitMs: 3_000 } } } },
    });
    const hurried = await comesTo(20, { deadlineMs: 20 });
    expect(hurried).toMatchObject({
      reason: { code: "login-failed", data: { cause: { code: "login-timeout", data: { command: "login" } } } },
    });
    const controller = new AbortController();
    const reading = cluster.read(reviews, { signal: controller.signal });
    controller.abort();
    expect(await reading).toMatchObject({
      reason: { code: "login-failed", data: { cause: { code: "login-cancelled" } } },
    });
    expect(runs()).toBeLessThanOrEqual(4);
  });

  test("takes its time off that of who is in a hurry, who is told of all of it", async () => {
    const clock = new HandClock();
    const server = await api(() => clock.advance(3_000));
    const { exec, options } = script(credential('{"token":"token-#"}'));
    const cluster = connect(server, { exec }, { ...options, clock, onSecrets: () => clock.advance(1_000) });
    expect(await cluster.read(reviews, { deadlineMs: 4_000 })).toMatchObject({
      reason: { data: { cause: { code: "api-no-answer", data: { withinMs: 4_000 } } } },
    });
  });

  test("that another call waits for is not started twice, and is stopped when the cluster is closed", async () => {
    const server = await accepting(() => true);
    const { exec, runs, options } = script("sleep 1000");
    const clock = new HandClock();
    const cluster = connect(server, { exec }, { ...options, clock });
    const reading = cluster.read(reviews);
    const hurried = cluster.read(reviews, { deadlineMs: 20 });
    clock.advance(20);
    await hurried;
    cluster.close();
    expect(await reading).toMatchObject({
      kind: "failed",
      reason: { code: "login-failed", data: { cause: { code: "plugin-stopped" } } },
    });
    expect(runs()).toBeLessThanOrEqual(1);
  });
});
