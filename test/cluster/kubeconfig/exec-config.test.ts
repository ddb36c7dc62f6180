import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { KubeconfigOptions } from "../../../src/cluster/kubeconfig/index.ts";
import { folder } from "../api.ts";
import { check, messages } from "./check.ts";

let place: ReturnType<typeof folder>;
let bin: string;
let workspace: string;
beforeEach(() => {
  place = folder();
  bin = join(place.path, "bin");
  workspace = join(place.path, "work");
  for (const path of [bin, workspace]) mkdirSync(path);
});
afterEach(() => place.remove());

function program(path: string): string {
  writeFileSync(path, `#!/bin/sh\ntouch ${join(place.path, "ran")}\n`);
  chmodSync(path, 0o755);
  return path;
}

const v1 = "client.authentication.k8s.io/v1";
const login = (exec: object, options: Partial<KubeconfigOptions> = {}, cluster: object = {}) =>
  check({ user: { exec: { apiVersion: v1, ...exec } }, cluster }, { workspace, env: { PATH: bin }, ...options });

describe("which plugins may run", () => {
  test("none, unless exec-allow names it", async () => {
    program(join(bin, "aws"));
    const found = await login({ command: "aws" });
    expect(found.problems).toEqual([
      {
        code: "input",
        message: 'kubeconfig user "ci" runs "aws" to log in. Add "exec-allow: aws" or pass a token.',
        place: { input: "exec-allow" },
      },
    ]);
    expect((await login({ command: "aws" }, { execAllow: ["kubelogin"] })).problems).toHaveLength(1);
  });

  test("an allowed one is looked up in PATH once, and the first is taken", async () => {
    const second = join(place.path, "second");
    mkdirSync(second);
    program(join(bin, "aws"));
    program(join(second, "aws"));
    mkdirSync(join(place.path, "third"));
    writeFileSync(join(place.path, "third", "aws"), "not executable");
    const PATH = [join(place.path, "none"), join(place.path, "third"), bin, second].join(":");
    const found = await login({ command: "aws", args: ["eks", "get-token"] }, { execAllow: ["aws"], env: { PATH } });
    expect(found.access?.plugin).toMatchObject({
      command: "aws",
      path: join(bin, "aws"),
      args: ["eks", "get-token"],
      apiVersion: v1,
    });
    expect(found.access?.kubeconfig).not.toContain("aws");
  });

  test("a path has to be listed itself, or be what the listed name stands for", async () => {
    const real = program(join(bin, "aws"));
    mkdirSync(join(place.path, "evil"));
    const evil = program(join(place.path, "evil", "aws"));
    expect((await login({ command: real }, { execAllow: ["aws"] })).access?.plugin?.path).toBe(real);
    expect((await login({ command: evil }, { execAllow: [evil] })).access?.plugin?.path).toBe(evil);
    const found = await login({ command: evil }, { execAllow: ["aws"] });
    expect(messages(found)).toEqual([
      `kubeconfig user "ci" runs "${evil}" to log in, which is not the "aws" of PATH. Add "exec-allow: ${evil}" or pass a token.`,
    ]);
  });

  test("one inside the workspace never, by whatever way it is found", async () => {
    const evil = program(join(workspace, "evil.sh"));
    symlinkSync(evil, join(bin, "linked"));
    const cases: [string, string][] = [
      ["./evil.sh", bin],
      [evil, bin],
      ["evil.sh", `${bin}:${workspace}`],
      ["evil.sh", `${bin}:.`],
      ["evil.sh", `${bin}:`],
      ["linked", bin],
    ];
    for (const [command, PATH] of cases) {
      const found = await login({ command }, { execAllow: [command, "evil.sh"], env: { PATH } });
      expect(messages(found), `${command} in ${PATH}`).toEqual([
        expect.stringContaining("which is a file inside the workspace"),
      ]);
      expect(found.access).toBeUndefined();
    }
  });

  test("a link is started under its own name: some programs look at it", async () => {
    program(join(bin, "snap"));
    symlinkSync(join(bin, "snap"), join(bin, "kubelogin"));
    expect((await login({ command: "kubelogin" }, { execAllow: ["kubelogin"] })).access?.plugin?.path).toBe(
      join(bin, "kubelogin"),
    );
  });

  test("an allowed one that is not installed", async () => {
    const found = await login({ command: "aws", installHint: "See\nthe docs" }, { execAllow: ["aws"] });
    expect(messages(found)).toEqual([
      'kubeconfig user "ci" runs "aws" to log in, and there is no such command in PATH. Install it, or pass a token. ' +
        "The kubeconfig says: See the docs",
    ]);
  });
});

describe("how a plugin is described", () => {
  const allowed = { execAllow: ["aws"] };
  beforeEach(() => {
    program(join(bin, "aws"));
  });

  test.each([
    [
      { apiVersion: "client.authentication.k8s.io/v1alpha1", command: "aws" },
      'speaks "client.authentication.k8s.io/v1alpha1"',
    ],
    [{ apiVersion: undefined, command: "aws" }, "speaks no version"],
    [{}, 'its "exec" names no command'],
    [{ command: "aws", interactiveMode: "Always" }, "wants to ask a person"],
    [{ command: "aws", args: [7] }, '"args" of its exec plugin have to be a list of texts'],
    [{ command: "aws", env: "x" }, '"env" of its exec plugin has to be a list'],
    [{ command: "aws", env: [{ name: "A" }] }, '"env" of its exec plugin has to be a list'],
    [{ command: "aws", env: [{ name: "A B", value: "x" }] }, '"env" of its exec plugin has to be a list'],
    [
      { command: "aws", env: [{ name: "LD_PRELOAD", value: "/evil.so" }] },
      "sets LD_PRELOAD, which changes what code runs",
    ],
    [{ command: "aws", env: [{ name: "PATH", value: "/evil" }] }, "sets PATH, which changes what code runs"],
  ])("%j is refused", async (exec, message) => {
    expect(messages(await login(exec, allowed))).toEqual([expect.stringContaining(message)]);
  });

  test("a token beside it is refused: nobody could tell which one counts", async () => {
    const user = { exec: { apiVersion: v1, command: "aws" }, token: "some-token" };
    const found = await check({ user }, { ...allowed, env: { PATH: bin } });
    expect(messages(found)).toEqual([expect.stringContaining("Keep one of the two.")]);
  });

  test("its variables are taken, and what looks like a secret is masked", async () => {
    const env = [
      { name: "AWS_PROFILE", value: "planted-profile" },
      { name: "AWS_SECRET_ACCESS_KEY", value: "planted-secret" },
    ];
    const args = ["--client-secret", "planted-arg", "--token=planted-flag", "--server-id", "planted-id"];
    const found = await login({ command: "aws", env, args }, { ...allowed, execEnv: ["AWS_SECRET_ACCESS_KEY"] });
    expect(found.access?.plugin?.env).toEqual({
      AWS_PROFILE: "planted-profile",
      AWS_SECRET_ACCESS_KEY: "planted-secret",
    });
    expect(found.secrets).toEqual(expect.arrayContaining(["planted-secret", "planted-arg", "planted-flag"]));
    expect(found.secrets).not.toContain("planted-profile");
    expect(found.secrets).not.toContain("planted-id");
  });

  test("exec-env takes full names only", async () => {
    const found = await login({ command: "aws" }, { ...allowed, execEnv: ["GITHUB_*", "A=b", "GOOD_1"] });
    expect(found.problems.map(({ place }) => place)).toEqual([{ input: "exec-env" }, { input: "exec-env" }]);
    const good = await login({ command: "aws" }, { ...allowed, execEnv: ["GOOD_1"] });
    expect(good.access?.plugin?.passed).toEqual(["GOOD_1"]);
  });

  test("KUBERNETES_EXEC_INFO never says interactive, and tells of the cluster only when asked to", async () => {
    const info = async (exec: object, cluster: object = {}) =>
      JSON.parse((await login({ command: "aws", ...exec }, allowed, cluster)).access?.plugin?.info ?? "");
    expect(await info({})).toEqual({ apiVersion: v1, kind: "ExecCredential", spec: { interactive: false } });
    const extensions = [{ name: "client.authentication.k8s.io/exec", extension: { audience: "x" } }];
    expect(
      (await info({ provideClusterInfo: true }, { extensions, "tls-server-name": "api.test" })).spec.cluster,
    ).toEqual({
      server: "https://api.test:6443",
      "certificate-authority-data": expect.any(String),
      "tls-server-name": "api.test",
      config: { audience: "x" },
    });
  });

  test("nothing ran", async () => {
    const { existsSync } = await import("node:fs");
    await login({ command: "aws" }, allowed);
    expect(existsSync(join(place.path, "ran"))).toBe(false);
  });
});
