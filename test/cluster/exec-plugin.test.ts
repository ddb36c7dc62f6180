import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { environmentOf, type Limit, type PluginResult, runPlugin } from "../../src/cluster/exec-plugin.ts";
import type { Plugin } from "../../src/cluster/resolved-kubeconfig.ts";
import { HandClock } from "../reports/samples.ts";
import { base64, folder, sharedCertificates } from "./api.ts";

let place: ReturnType<typeof folder>;
beforeEach(() => {
  place = folder();
});
afterEach(() => place.remove());

const v1 = "client.authentication.k8s.io/v1";
const env = { PATH: process.env["PATH"], HOME: "/home/ci", GITHUB_TOKEN: "ghs-planted", ODD: "odd-planted" };

function plugin(rest: Partial<Plugin> = {}): Plugin {
  const plain = { user: "ci", command: "login", args: [], apiVersion: v1, env: {}, passed: [], info: "{}" };
  return { ...plain, path: join(place.path, "login"), ...rest };
}

function script(body: string): void {
  writeFileSync(join(place.path, "login"), `#!/bin/sh\n${body}\n`);
  chmodSync(join(place.path, "login"), 0o755);
}

const credential = (status: object, apiVersion = v1) => JSON.stringify({ apiVersion, kind: "ExecCredential", status });
const never = new AbortController().signal;

/** No time goes by unless a test says so. */
const limit = (rest: Partial<Limit> = {}): Limit => ({
  clock: new HandClock(),
  limitMs: 20_000,
  signal: never,
  ...rest,
});

async function run(body: string, rest: Partial<Plugin> = {}): Promise<PluginResult> {
  script(body);
  return runPlugin(plugin(rest), env, limit());
}

/** A plugin has come so far that it has written this file. */
async function written(path: string): Promise<string> {
  while (!existsSync(path) || readFileSync(path, "utf8") === "") await new Promise((resolve) => setImmediate(resolve));
  return readFileSync(path, "utf8");
}
const print = (text: string) => `cat <<'END'\n${text}\nEND`;

describe("a ticket", () => {
  test("is a token, with its end", async () => {
    const got = await run(print(credential({ token: "k8s-token", expirationTimestamp: "2026-08-04T10:11:12Z" })));
    expect(got).toEqual({ kind: "ticket", ticket: { token: "k8s-token", endsAt: Date.UTC(2026, 7, 4, 10, 11, 12) } });
  });

  test("in v1beta1 when the kubeconfig asks for that", async () => {
    const apiVersion = "client.authentication.k8s.io/v1beta1";
    const got = await run(print(credential({ token: "k8s-token", expirationTimestamp: null }, apiVersion)), {
      apiVersion,
    });
    expect(got).toEqual({ kind: "ticket", ticket: { token: "k8s-token" } });
  });

  test("is a client certificate with its key, which ends by itself", async () => {
    const { clientCert, clientKey } = await sharedCertificates();
    const got = await run(print(credential({ clientCertificateData: clientCert, clientKeyData: clientKey })));
    expect(got).toEqual({
      kind: "ticket",
      ticket: { certificate: { cert: clientCert, key: clientKey }, endsAt: Date.UTC(2034, 4, 6, 7, 8, 9) },
    });
  });

  test.each([
    ["no output", "", "no-credential"],
    ["no JSON", "token", "no-credential"],
    ["something else", '{"kind":"Secret"}', "no-credential"],
    ["another version", credential({ token: "k8s-token" }, "client.authentication.k8s.io/v1alpha1"), "other-version"],
    ["no status", `{"kind":"ExecCredential","apiVersion":"${v1}"}`, "empty"],
    ["an empty token", credential({ token: "" }), "empty"],
    ["a token that would break the header", credential({ token: "a\r\nX-Evil: 1" }), "token"],
    ["a token too short to be masked", credential({ token: "short" }), "token"],
    ["a token that is a number", credential({ token: 7 }), "token"],
    ["half a certificate", credential({ clientCertificateData: "x" }), "half-certificate"],
    ["a broken certificate", credential({ clientCertificateData: "x", clientKeyData: "y" }), "certificate"],
    ["a bad date", credential({ token: "k8s-token", expirationTimestamp: "soon" }), "expiry"],
  ])("%s is none", async (_what, output, problem) => {
    const data = { command: "login", user: "ci", apiVersion: v1, problem };
    expect(await run(print(output))).toMatchObject({ kind: "failed", reason: { code: "plugin-answer-invalid", data } });
  });
});

describe("the environment of a plugin", () => {
  const runner = {
    PATH: "/bin",
    HOME: "/home/ci",
    https_proxy: "http://p:1",
    NO_PROXY: "x",
    SSL_CERT_FILE: "/ca.pem",
    AWS_REGION: "eu",
    AAD_X: "a",
    AZURE_Y: "b",
    GOOGLE_Z: "c",
    CLOUDSDK_W: "d",
    GITHUB_TOKEN: "g",
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "t",
    INPUT_KUBECONFIG: "k",
    RUNNER_TEMP: "r",
    LANG: "C",
    GONE: undefined,
  };
  const basic = ["HOME", "KUBERNETES_EXEC_INFO", "NO_PROXY", "PATH", "SSL_CERT_FILE", "https_proxy"];
  const names = (rest: Partial<Plugin>) => Object.keys(environmentOf(plugin(rest), runner).given).sort();

  test("is a list of what is allowed, with the cloud's own variables for the three known plugins", () => {
    expect(names({})).toEqual(basic);
    expect(names({ command: "aws" })).toEqual(["AWS_REGION", ...basic].sort());
    expect(names({ command: "/usr/bin/aws" })).toContain("AWS_REGION");
    expect(names({ command: "gke-gcloud-auth-plugin" })).toEqual(["CLOUDSDK_W", "GOOGLE_Z", ...basic].sort());
    expect(names({ command: "kubelogin" })).toEqual(["AAD_X", "AZURE_Y", ...basic].sort());
    expect(names({ command: "awsome" })).toEqual(basic);
  });

  test("gets what the kubeconfig sets and what exec-env names in full", () => {
    const given = environmentOf(
      plugin({ env: { AWS_PROFILE: "dev", LANG: "de" }, passed: ["ACTIONS_ID_TOKEN_REQUEST_TOKEN", "GITHUB_"] }),
      runner,
    );
    expect(given.given).toMatchObject({ AWS_PROFILE: "dev", LANG: "de", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "t" });
    expect(given.given).not.toHaveProperty("GITHUB_TOKEN");
    expect(given.withheld).toEqual(
      expect.arrayContaining(["GITHUB_TOKEN", "INPUT_KUBECONFIG", "RUNNER_TEMP", "AWS_REGION"]),
    );
    expect(given.withheld).not.toContain("GONE");
  });

  test("is what the process really sees, and it starts outside the workspace without a terminal", async () => {
    const seen = join(place.path, "seen");
    const info = '{"spec":{"interactive":false}}';
    await run(`{ env; pwd; cat; } > ${seen}\nexit 1`, { info, env: { EXTRA: "given" } });
    const lines = readFileSync(seen, "utf8").split("\n");
    const variables = lines.filter((line) => line.includes("=")).map((line) => line.split("=")[0]);
    // A shell adds its own three.
    expect(variables.filter((name) => !["PWD", "SHLVL", "_", "OLDPWD"].includes(name ?? "")).sort()).toEqual([
      "EXTRA",
      "HOME",
      "KUBERNETES_EXEC_INFO",
      "PATH",
    ]);
    expect(lines).toContain(`KUBERNETES_EXEC_INFO=${info}`);
    expect(lines).toContain("/");
  });
});

describe("a plugin that misbehaves", () => {
  test("is told with its code and with the names, not the values, of what was withheld", async () => {
    const got = await run("echo planted-stderr >&2; echo planted-stdout; exit 3");
    expect(got).toEqual({
      kind: "failed",
      reason: reason("plugin-exited", {
        command: "login",
        user: "ci",
        exitCode: 3,
        withheld: ["GITHUB_TOKEN", "ODD"],
        others: 0,
      }),
    });
    expect(inspect(got)).not.toContain("planted");
  });

  test("names at most 20 variables, those first that a login may want", async () => {
    script("exit 1");
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`V${index}`, "x"]));
    const got = await runPlugin(plugin(), { ...many, MY_OIDC: "x" }, limit());
    const withheld = ["MY_OIDC", ...Object.keys(many).sort().slice(0, 19)];
    expect(got).toMatchObject({ reason: { data: { withheld, others: 41 } } });
    expect(await runPlugin(plugin(), {}, limit())).toMatchObject({ reason: { data: { withheld: [], others: 0 } } });
  });

  test("that cannot be started", async () => {
    expect(await runPlugin(plugin(), env, limit())).toMatchObject({ reason: { code: "plugin-not-started" } });
    const broken = plugin({ args: ["a\0b"] });
    expect(await runPlugin(broken, env, limit())).toMatchObject({ kind: "failed" });
  });

  test("that hangs is stopped with everything it started", async () => {
    const child = join(place.path, "child");
    const clock = new HandClock();
    script(`sleep 1000 & echo $! > ${child}; wait`);
    const running = runPlugin(plugin(), env, limit({ clock, limitMs: 1_500 }));
    const pid = Number(await written(child));
    clock.advance(1_500);
    expect(await running).toMatchObject({
      kind: "failed",
      reason: { code: "plugin-timeout", data: { limitMs: 1_500 } },
    });
    await gone(pid);
  });

  test("that leaves something running which holds its output open does not hold us", async () => {
    const child = join(place.path, "child");
    const got = await run(`sleep 1000 & echo $! > ${child}\n${print(credential({ token: "k8s-token" }))}`);
    expect(got).toMatchObject({ kind: "ticket" });
    await gone(Number(readFileSync(child, "utf8")));
  });

  test("that writes without end is stopped at 64 KiB", async () => {
    expect(await run("yes")).toMatchObject({
      kind: "failed",
      reason: { code: "plugin-output-too-large", data: { limitBytes: 65_536 } },
    });
  });

  test("that is noisy on stderr is no worse for it", async () => {
    const noise = "head -c 1000000 /dev/zero >&2";
    expect(await run(`${noise}\n${print(credential({ token: "k8s-token" }))}`)).toMatchObject({ kind: "ticket" });
  });

  test("that is asked to stop stops, also before it began", async () => {
    const controller = new AbortController();
    const started = join(place.path, "started");
    script(`echo on > ${started}; sleep 1000`);
    const running = runPlugin(plugin(), env, limit({ signal: controller.signal }));
    await written(started);
    controller.abort();
    expect(await running).toMatchObject({ kind: "failed", reason: { code: "plugin-stopped" } });
    expect(await runPlugin(plugin(), env, limit({ signal: controller.signal }))).toMatchObject({ kind: "failed" });
  });

  test("no shell reads its arguments", async () => {
    const token = base64("$(touch evil)");
    const got = await run(
      `printf '{"apiVersion":"${v1}","kind":"ExecCredential","status":{"token":"%s"}}' "$(printf %s "$1" | base64)"`,
      {
        args: ["$(touch evil)"],
      },
    );
    expect(got).toMatchObject({ ticket: { token } });
  });
});

async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    // A killed process whose parent is gone too stays in the table until init has read its end.
    if (readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ")) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
