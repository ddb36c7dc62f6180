import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { KubeconfigOptions } from "../../../src/cluster/kubeconfig/index.ts";
import { readKubeconfig } from "../../../src/cluster/kubeconfig/index.ts";
import { folder, noOptions } from "../api.ts";
import { check, messages } from "./check.ts";

let place: ReturnType<typeof folder>;
let workspace: string;
beforeEach(() => {
  place = folder();
  workspace = join(place.path, "home", "work");
  mkdirSync(workspace, { recursive: true });
  writeFileSync(join(place.path, "aws"), "#!/bin/sh\n", { mode: 0o755 });
});
afterEach(() => place.remove());

type Variables = Readonly<Record<string, string>>;

const listed = (env: Variables) => Object.entries(env).map(([name, value]) => ({ name, value }));

function login(env: Variables, options: Partial<KubeconfigOptions> = {}) {
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "aws", env: listed(env) };
  const home = join(place.path, "home");
  return check({ user: { exec } }, { workspace, home, env: { PATH: place.path }, execAllow: ["aws"], ...options });
}

const known = [
  ...["AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_STS_REGIONAL_ENDPOINTS", "AWS_ROLE_ARN"],
  ...["USE_GKE_GCLOUD_AUTH_PLUGIN", "CLOUDSDK_CORE_ACCOUNT", "CLOUDSDK_CORE_PROJECT"],
  ...["AAD_LOGIN_METHOD", "AZURE_CLIENT_ID", "AZURE_TENANT_ID"],
];

describe("what a kubeconfig may set for its plugin", () => {
  test("is a list of names", async () => {
    const env = Object.fromEntries(known.map((name) => [name, `value of ${name}`]));
    const found = await login(env);
    expect(messages(found)).toEqual([]);
    expect(found.access?.plugin?.env).toEqual(env);
  });

  test.each([
    ...["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ACCESS_KEY_ID", "AWS_CA_BUNDLE", "AWS_ENDPOINT_URL"],
    ...[
      "aws_profile",
      "AWS_PROFILE_",
      "AWS_DATA_PATH",
      "CLOUDSDK_PYTHON",
      "CLOUDSDK_CONFIG",
      "GOOGLE_APPLICATION_CREDENTIALS",
    ],
    ...["AZURE_CONFIG_DIR", "AZURE_AUTHORITY_HOST", "HTTPS_PROXY", "https_proxy", "SSL_CERT_FILE", "HOME", "LANG"],
    ...["KUBERNETES_EXEC_INFO", "NODE_OPTIONS_", "GIT_SSH_COMMAND", "constructor", "toString"],
  ])("and %s is not on it", async (name) => {
    const found = await login({ AWS_PROFILE: "dev", [name]: "planted-value" });
    expect(messages(found)).toEqual([
      `kubeconfig user "ci": its exec plugin sets ${name}, which is not one of the variables that a kubeconfig may set. ` +
        'Remove it from "env", or name it in "exec-env" if that is meant.',
    ]);
    expect(found.access).toBeUndefined();
    expect((await login({ [name]: "planted-value" }, { execEnv: [name] })).access?.plugin?.env).toEqual({
      [name]: "planted-value",
    });
  });

  test.each(["LD_PRELOAD", "PATH", "BASH_ENV", "NODE_OPTIONS", "PYTHONPATH", "PERL5OPT"])(
    "never %s, which decides what code runs: exec-env does not allow it either",
    async (name) => {
      const found = await login({ [name]: "x" }, { execEnv: [name] });
      expect(messages(found)).toEqual([
        `kubeconfig user "ci": its exec plugin sets ${name}, which changes what code runs. Remove it from "env".`,
      ]);
    },
  );

  test("is told all at once, each where it stands", () => {
    const lines = [
      "apiVersion: v1",
      "current-context: a",
      "contexts: [{ name: a, context: { cluster: c, user: ci } }]",
      "clusters: [{ name: c, cluster: { server: 'https://api.test', insecure-skip-tls-verify: true } }]",
      "users:",
      "  - name: other",
      "    user: { token: some-token }",
      "  - name: ci",
      "    user:",
      "      exec:",
      "        apiVersion: client.authentication.k8s.io/v1",
      "        command: aws",
      "        env:",
      "          - name: AWS_PROFILE",
      "            value: dev",
      "          - name: LD_PRELOAD",
      "            value: /evil.so",
      "          - { name: AWS_CONFIG_FILE, value: /etc/aws }",
      "          - name: AWS_ROLE_ARN",
      `            value: ${workspace}/role`,
    ];
    const options = { ...noOptions, allowInsecureTls: true, workspace, env: { PATH: place.path }, execAllow: ["aws"] };
    const places = (input: string) => readKubeconfig({ ...options, input }).problems.map(({ place }) => place);
    const where = [
      { line: 16, column: 19 },
      { line: 18, column: 21 },
      { line: 20, column: 20 },
    ];
    expect(places(lines.join("\n"))).toEqual(where.map((at) => ({ input: "kubeconfig", ...at })));
    const file = join(place.path, "config");
    writeFileSync(file, lines.join("\n"));
    expect(places(file)).toEqual(where.map((at) => ({ file, ...at })));
  });

  test("is masked where it looks like a secret, also where it is refused", async () => {
    const found = await login({ AWS_SECRET_ACCESS_KEY: "planted-secret", AWS_PROFILE: "planted-profile" });
    expect(found.problems).toHaveLength(1);
    expect(found.secrets).toContain("planted-secret");
    expect(found.secrets).not.toContain("planted-profile");
  });
});

describe("a path in the workspace", () => {
  const execEnv = ["AWS_CONFIG_FILE"];
  const refused =
    'kubeconfig user "ci": its exec plugin sets AWS_CONFIG_FILE to a path in the workspace, where a pull request can change ' +
    "what the plugin reads. Keep the file in another folder, for example RUNNER_TEMP.";

  test.each([
    ["in full", (work: string) => `${work}/aws`],
    ["the folder itself", (work: string) => work],
    ["by way of another folder", (work: string) => `${work}/../work/aws`],
    ["from the root on, where a plugin starts", (work: string) => `${work}/aws`.slice(1)],
    ["as a URL", (work: string) => `file://${work}/aws`],
    ["in a list", (work: string) => `/etc/aws:${work}/aws`],
    ["after a name", (work: string) => `config=${work}/aws`],
    ["from home on", () => "~/work/aws"],
    ["from home on, as a shell has it", () => "$HOME/work/aws"],
    ["from home on, in braces", () => ["$", "{HOME}/work/aws"].join("")],
  ])("is refused: %s", async (_, value) => {
    const found = await login({ AWS_CONFIG_FILE: value(workspace) }, { execEnv });
    expect(messages(found)).toEqual([refused]);
  });

  test("is refused by way of a link", async () => {
    writeFileSync(join(workspace, "aws"), "");
    symlinkSync(join(workspace, "aws"), join(place.path, "linked"));
    const found = await login({ AWS_CONFIG_FILE: join(place.path, "linked") }, { execEnv });
    expect(messages(found)).toEqual([refused]);
  });

  test("of a name that needs no exec-env is refused too", async () => {
    expect((await login({ AWS_PROFILE: `${workspace}/x` })).problems).toHaveLength(1);
  });

  test.each([
    "/etc/aws/config",
    "~/.aws/config",
    "arn:aws:iam::1234:role/deploy",
    "https://sts.eu.example.com/a",
    "regional",
    "",
  ])("is not %j", async (value) => {
    expect(messages(await login({ AWS_CONFIG_FILE: value }, { execEnv }))).toEqual([]);
  });
});
