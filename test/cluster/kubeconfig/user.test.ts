import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readKubeconfig } from "../../../src/cluster/kubeconfig/index.ts";
import { formsOf } from "../../../src/network/redact.ts";
import { certificates } from "../../network/loopback.ts";
import { base64, folder, kubeconfigText, noOptions, sharedCertificates } from "../api.ts";
import { check, messages, prod } from "./check.ts";

let place: ReturnType<typeof folder>;
beforeEach(() => {
  place = folder();
});
afterEach(() => place.remove());

const write = (name: string, text: string) => {
  writeFileSync(join(place.path, name), text);
  return join(place.path, name);
};

describe("who the user is", () => {
  test.each([
    [{ token: "abcde" }, "its token is shorter than 6 characters and could not be masked"],
    [{ token: "with space" }, "its token has characters in it that no token has"],
    [{ token: 1234567 }, '"token" has to be text. Put it in quotes.'],
    [{ tokenFile: "none" }, 'the token file "none" cannot be read'],
    [{ username: "ann" }, "needs both a username and a password"],
    [{ password: "planted-pass" }, "needs both a username and a password"],
    [{ username: "ann", password: "short" }, "its password is shorter than 6 characters"],
    [
      { as: "admin", token: "some-token" },
      'impersonates someone else (as:). Use credentials of the user that is meant, and remove "as".',
    ],
    [{ "as-groups": ["system:masters"], token: "some-token" }, "impersonates someone else"],
    [{ "auth-provider": { name: "gcp" } }, "logs in by an auth-provider, which Kubernetes has removed"],
    [{ "client-certificate-data": "*", "client-key-data": "*" }, '"client-certificate-data" is not valid base64'],
    [
      { "client-certificate-data": base64("x"), "client-key-data": base64("planted-key") },
      "its client certificate is not a certificate",
    ],
    [{ "client-certificate": "none", "client-key": "none" }, 'the file "none" of "client-key" cannot be read'],
    [
      { "client-key-data": base64("planted-key") },
      "has a client key but no client certificate. Add client-certificate-data.",
    ],
    [{ "client-certificate-data": base64("x") }, "has a client certificate but no client key. Add client-key-data."],
  ])("%j is refused without a word of its content", async (user, message) => {
    const found = await check({ user }, { workspace: place.path });
    expect(found.access).toBeUndefined();
    expect(messages(found)).toContainEqual(expect.stringContaining(message));
    expect(messages(found).join("\n")).toContain('kubeconfig user "ci"');
    expect(messages(found).join("\n")).not.toMatch(/planted|with space|abcde/);
  });

  test("a key of another certificate, and one that no one can read", async () => {
    const { clientCert } = await sharedCertificates();
    const { clientKey } = await certificates();
    const user = { "client-certificate-data": base64(clientCert), "client-key-data": base64(clientKey) };
    expect(messages(await check({ user }))).toEqual([expect.stringContaining("do not belong together")]);
    const unreadable = { ...user, "client-key-data": base64("-----BEGIN ENCRYPTED PRIVATE KEY-----") };
    expect(messages(await check({ user: unreadable }))).toEqual([expect.stringContaining("without a passphrase")]);
  });

  test("without credentials the requests are anonymous, which is said", async () => {
    const found = await check({ user: {} });
    expect(found.access).toBeDefined();
    expect(found.warnings).toEqual(['kubeconfig user "ci" has no credentials: requests are anonymous.']);
    const nobody = await check({ context: { user: undefined } });
    expect(nobody.access?.user).toBe("anonymous");
  });
});

describe("what is masked", () => {
  test("tokens, passwords and each line of a key, in all their forms", async () => {
    const { clientCert, clientKey } = await sharedCertificates();
    const user = {
      token: "planted/token+1",
      username: "ann",
      password: 'pa"55word',
      "client-certificate-data": base64(clientCert),
      "client-key-data": base64(clientKey),
    };
    const { secrets, access } = await check({ user });
    const lines = clientKey.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("---"));
    expect(lines.length).toBeGreaterThan(1);
    for (const value of ["planted/token+1", 'pa"55word', base64(clientKey), base64('ann:pa"55word'), ...lines]) {
      expect(secrets).toEqual(expect.arrayContaining(formsOf(value).slice(0, 1)));
    }
    expect(secrets).toEqual(expect.arrayContaining(['pa\\"55word', base64("planted/token+1"), base64('pa"55word')]));
    expect(access?.secrets).toEqual(secrets);
  });

  test("also where the kubeconfig is refused", async () => {
    const { secrets, access } = await check({ user: { token: "planted-token", as: "admin" } });
    expect(access).toBeUndefined();
    expect(secrets).toContain("planted-token");
  });

  test("the content of a token file", async () => {
    const found = await check({ user: { tokenFile: write("token", "planted-token\n") } });
    expect(found.secrets).toContain("planted-token");
    expect(found.access?.tokenFile).toBe(join(place.path, "token"));
    expect(found.access?.kubeconfig).not.toContain("planted");
  });
});

describe("what the library is told", () => {
  const told = (text: string | undefined) => JSON.parse(text ?? "").users[0].user;

  test("a token file beats a token, data beat files, and nothing that could run is left", async () => {
    const tokenFile = write("token", "planted-token");
    expect(told((await check({ user: { tokenFile, token: "other-token" } })).access?.kubeconfig)).toEqual({});
    const { clientCert, clientKey } = await sharedCertificates();
    const user = {
      "client-certificate": "/none",
      "client-key": "/none",
      "client-certificate-data": base64(clientCert),
      "client-key-data": base64(clientKey),
      extensions: [{ name: "x" }],
    };
    expect(told((await check({ user })).access?.kubeconfig)).toEqual({
      "client-certificate-data": base64(clientCert),
      "client-key-data": base64(clientKey),
    });
  });
});

describe("credentials inside the workspace", () => {
  test("are a warning for each file that holds some", async () => {
    const { clientCert, clientKey } = await sharedCertificates();
    const workspace = join(place.path, "work");
    mkdirSync(workspace);
    const inside = (name: string, text: string) => {
      writeFileSync(join(workspace, name), text);
      return name;
    };
    const user = { "client-certificate": inside("cert", clientCert), "client-key": inside("key", clientKey) };
    const found = await check({ user }, { workspace });
    expect(found.access).toBeDefined();
    expect(found.warnings).toEqual([
      expect.stringMatching(/its client certificate holds credentials inside the workspace/),
      expect.stringMatching(/its client key holds credentials inside the workspace/),
    ]);
    const outside = await check({ user: { tokenFile: write("token", "planted-token") } }, { workspace });
    expect(outside.warnings).toEqual([]);
  });

  test("the kubeconfig's own file counts when it holds some itself", async () => {
    const withToken = write("a.yaml", kubeconfigText(await prod(), { token: "some-token" }));
    const without = write("b.yaml", kubeconfigText(await prod(), { tokenFile: write("token", "some-token") }));
    const warnings = (input: string) => readKubeconfig({ ...noOptions, input, workspace: place.path }).warnings;
    expect(warnings(withToken)).toEqual([
      expect.stringContaining("The kubeconfig holds credentials inside the workspace"),
    ]);
    expect(warnings(without)).toEqual([expect.stringContaining("its token file holds credentials")]);
  });
});
