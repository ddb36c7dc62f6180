import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type KubeconfigOptions, readKubeconfig } from "../../../src/cluster/kubeconfig/index.ts";
import { base64, folder, kubeconfigText, noOptions, sharedCertificates } from "../api.ts";
import { messages } from "./check.ts";

let place: ReturnType<typeof folder>;
beforeEach(() => {
  place = folder();
});
afterEach(() => place.remove());

const named = (server: string) => kubeconfigText({ server: `https://${server}` }, { token: "planted-token" });
const read = (options: Partial<KubeconfigOptions>) => readKubeconfig({ ...noOptions, ...options });

function write(name: string, text: string): string {
  const path = join(place.path, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

describe("where a kubeconfig comes from", () => {
  test("input, KUBECONFIG, home, the pod: in this order, and none is a problem", async () => {
    const file = write("named", named("by-variable"));
    write("home/.kube/config", named("by-home"));
    write("pod/token", "planted-token");
    write("pod/namespace", "shop\n");
    write("pod/ca.crt", (await sharedCertificates()).cert);
    const home = join(place.path, "home");
    const pod = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" };
    const all = { env: { KUBECONFIG: file, ...pod }, home, serviceAccount: join(place.path, "pod") };
    expect(read({ ...all, input: named("by-input") }).access?.server).toBe("https://by-input");
    expect(read(all).access?.server).toBe("https://by-variable");
    expect(read({ ...all, env: { ...pod, KUBECONFIG: "" } }).access?.server).toBe("https://by-home");
    const inPod = read({ ...all, env: pod, home: undefined });
    expect(inPod.access).toMatchObject({
      server: "https://10.0.0.1",
      namespace: "shop",
      tokenFile: join(place.path, "pod", "token"),
      user: "service-account",
    });
    const nowhere = read({ env: {}, home: join(place.path, "none"), serviceAccount: join(place.path, "pod") });
    expect(nowhere.problems).toEqual([
      { code: "input", message: expect.stringContaining("No kubeconfig was found"), place: { input: "kubeconfig" } },
    ]);
  });

  test("one that was named and is not there is never a reason to try the next", () => {
    write("home/.kube/config", named("by-home"));
    const home = join(place.path, "home");
    expect(messages(read({ home, env: { KUBECONFIG: "/none/x" } }))).toEqual([
      'KUBECONFIG names "/none/x", where there is no file. Correct or unset it.',
    ]);
    expect(messages(read({ home, input: "./none" }))).toEqual([
      'The kubeconfig "./none" is neither the text of one nor the path of a file. Check the path.',
    ]);
    expect(messages(read({ home, input: place.path }))).toEqual([expect.stringContaining("cannot be read")]);
  });

  test("an IPv6 address of the pod's server gets its brackets", async () => {
    write("token", "planted-token");
    write("ca.crt", (await sharedCertificates()).cert);
    const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" };
    expect(read({ env, serviceAccount: place.path }).access?.server).toBe("https://[fd00::1]:6443");
  });
});

describe("a text or a path", () => {
  test("YAML, JSON and paths of every kind are told apart", () => {
    const yaml = `apiVersion: v1\ncurrent-context: a\ncontexts: [{name: a, context: {cluster: a, user: a}}]\nclusters: [{name: a, cluster: {server: https://by-yaml}}]\nusers: [{name: a, user: {token: planted-token}}]\n`;
    const file = write("dir/my.config", named("by-path"));
    const options = { workspace: place.path, home: join(place.path, "dir") };
    expect(read({ ...options, input: yaml }).access?.server).toBe("https://by-yaml");
    for (const input of [file, "dir/my.config", "./dir/my.config", "~/my.config", ` ${file}\n`]) {
      expect(read({ ...options, input }).access?.server).toBe("https://by-path");
    }
  });

  test("base64 is recognised, and what may be a token is not repeated", () => {
    expect(messages(read({ input: base64(named("x")) }))).toEqual([
      expect.stringContaining("encoded in base64. Decode it first"),
    ]);
    for (const input of ["planted-token-planted", "eyJhbGciOi.planted.x", "planted/planted"]) {
      const found = read({ input });
      expect(messages(found)).toEqual([
        "The kubeconfig is neither the text of one nor the path of a file. Check the path.",
      ]);
    }
  });
});

describe("several files in KUBECONFIG", () => {
  test("are merged, the first that names a thing counts, and a missing one is a warning", () => {
    const context = (name: string) => ({ name, context: { cluster: name, user: name } });
    const cluster = (name: string, server: string) => ({ name, cluster: { server } });
    const user = (name: string) => ({ name, user: { token: "planted-token" } });
    const first = write("1", JSON.stringify({ clusters: [cluster("a", "https://first")], contexts: [context("b")] }));
    const second = write(
      "2",
      JSON.stringify({
        "current-context": "a",
        clusters: [cluster("a", "https://second"), cluster("b", "https://other")],
        users: [user("a"), user("b")],
        contexts: [context("a")],
      }),
    );
    const env = { KUBECONFIG: `${first}:/none/x::${second}` };
    const found = read({ env });
    expect(found.access?.server).toBe("https://first");
    expect(found.warnings).toEqual(['KUBECONFIG names files that are not there: "/none/x".']);
    expect(read({ env, context: "b" }).access?.server).toBe("https://other");
  });

  test("paths begin at the folder of the file that they stand in", async () => {
    write("a/token", "planted-token");
    write("a/ca", (await sharedCertificates()).cert);
    const one = kubeconfigText({ server: "https://x", "certificate-authority": "ca" }, { tokenFile: "token" });
    const found = read({ env: { KUBECONFIG: write("a/config", one) } });
    expect(found.access?.tokenFile).toBe(join(place.path, "a", "token"));
  });
});
