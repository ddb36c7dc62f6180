import { createHash, X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { base64, folder, sharedCertificates } from "../api.ts";
import { check, messages } from "./check.ts";

describe("the server", () => {
  test("is taken with its path, without a slash at the end", async () => {
    expect((await check({ cluster: { server: "https://rancher.test/k8s/clusters/c-1/" } })).access?.server).toBe(
      "https://rancher.test/k8s/clusters/c-1",
    );
  });

  test.each([
    [undefined, 'kubeconfig cluster "prod" has no "server". Add the URL of its API server.'],
    ["api.test:6443", 'kubeconfig cluster "prod": its "server" is not a URL. Write it as https://HOST:PORT.'],
    ["ftp://api.test", 'kubeconfig cluster "prod": its "server" is not a URL. Write it as https://HOST:PORT.'],
    [7, 'kubeconfig cluster "prod": "server" has to be text. Put it in quotes.'],
    [
      "https://api.test?x=1",
      'kubeconfig cluster "prod": its "server" has a query or a fragment. Take it out of the URL.',
    ],
  ])("%s is refused", async (server, message) => {
    const found = await check({ cluster: { server } });
    expect(messages(found)).toContain(message);
    expect(found.access).toBeUndefined();
  });

  test("credentials in its URL are refused and masked", async () => {
    const found = await check({ cluster: { server: "https://ci:planted%21pass@api.test" } });
    expect(messages(found)).toEqual([expect.stringContaining("holds a user name or password")]);
    expect(found.secrets).toContain("planted%21pass");
    expect(messages(found).join()).not.toContain("planted");
  });

  test("plain http is refused, but for loopback when TLS may be off", async () => {
    const local = { cluster: { server: "http://127.0.0.1:8001", "certificate-authority-data": undefined } };
    expect(messages(await check(local))).toEqual([
      expect.stringContaining('Use https, or set "allow-insecure-tls: true".'),
    ]);
    expect((await check(local, { allowInsecureTls: true })).access?.server).toBe("http://127.0.0.1:8001");
    const remote = await check({ cluster: { server: "http://api.test" } }, { allowInsecureTls: true });
    expect(messages(remote)).toEqual([expect.stringMatching(/uses plain http, .* Use https\.$/)]);
  });
});

describe("TLS verification", () => {
  test("off in the kubeconfig is refused, by permission it is a warning", async () => {
    for (const skip of [true, "true"]) {
      const parts = { cluster: { "insecure-skip-tls-verify": skip } };
      expect(messages(await check(parts))).toEqual([
        'kubeconfig cluster "prod" turns TLS verification off (insecure-skip-tls-verify). Give its ' +
          'certificate-authority-data, or set "allow-insecure-tls: true".',
      ]);
      const allowed = await check(parts, { allowInsecureTls: true });
      expect(allowed.problems).toEqual([]);
      expect(allowed.warnings).toEqual([expect.stringContaining("can read the credentials")]);
      expect(JSON.parse(allowed.access?.kubeconfig ?? "").clusters[0].cluster).toMatchObject({
        "insecure-skip-tls-verify": true,
      });
    }
    expect((await check({ cluster: { "insecure-skip-tls-verify": false } })).problems).toEqual([]);
  });

  test("off by NODE_TLS_REJECT_UNAUTHORIZED=0 is refused in the same way", async () => {
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: "0" };
    expect(messages(await check({}, { env }))).toEqual([
      expect.stringContaining("NODE_TLS_REJECT_UNAUTHORIZED=0 turns"),
    ]);
    expect((await check({}, { env, allowInsecureTls: true })).warnings).toHaveLength(1);
    expect((await check({}, { env: { NODE_TLS_REJECT_UNAUTHORIZED: "1" } })).problems).toEqual([]);
  });
});

describe("the certificate authority", () => {
  test.each([
    ["not*base64", "is not valid base64"],
    ["abc", "is not valid base64"],
    [base64("no certificate"), "is not a certificate in PEM form"],
    [base64("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"), "is not a certificate in PEM form"],
  ])("%s is refused", async (data, message) => {
    const found = await check({ cluster: { "certificate-authority-data": data } });
    expect(messages(found)).toEqual([expect.stringContaining(message)]);
  });

  test("a file is named absolutely; one that is not there is refused", async () => {
    const place = folder();
    writeFileSync(join(place.path, "ca.pem"), (await sharedCertificates()).cert);
    const options = { workspace: place.path };
    const data = { "certificate-authority-data": undefined };
    const found = await check({ cluster: { ...data, "certificate-authority": "ca.pem" } }, options);
    expect(JSON.parse(found.access?.kubeconfig ?? "").clusters[0].cluster).toMatchObject({
      "certificate-authority": join(place.path, "ca.pem"),
    });
    const missing = await check({ cluster: { ...data, "certificate-authority": "none.pem" } }, options);
    expect(messages(missing)).toEqual([
      'kubeconfig cluster "prod": the file "none.pem" of "certificate-authority" cannot be read. Check the path and its permissions.',
    ]);
    place.remove();
  });
});

describe("the expected cluster", () => {
  const digest = async () => {
    const { cert } = await sharedCertificates();
    return {
      certificate: new X509Certificate(cert).fingerprint256,
      text: createHash("sha256").update(cert).digest("hex"),
    };
  };

  test("is known by the digest of its certificate, as openssl or sha256sum write it", async () => {
    const { certificate, text } = await digest();
    for (const expectedCluster of [
      certificate,
      `sha256:${certificate}`,
      certificate.replaceAll(":", "").toLowerCase(),
      text,
    ]) {
      expect((await check({}, { expectedCluster })).problems).toEqual([]);
    }
  });

  test("another one is refused with both digests", async () => {
    const { certificate } = await digest();
    const found = await check({}, { expectedCluster: "ab".repeat(32) });
    expect(found.problems).toEqual([
      { code: "input", message: expect.stringContaining("of another cluster"), place: { input: "expected-cluster" } },
    ]);
    expect(messages(found)[0]).toContain(`sha256:${certificate.replaceAll(":", "").toLowerCase()}`);
    expect(messages(found)[0]).toContain(`sha256:${"ab".repeat(32)}`);
  });

  test("one right certificate among others is not enough", async () => {
    const { certificate } = await digest();
    const [other = ""] = (await import("node:tls")).rootCertificates;
    const bundle = `${(await sharedCertificates()).cert}\n${other}`;
    const parts = { cluster: { "certificate-authority-data": base64(bundle) } };
    expect(messages(await check(parts, { expectedCluster: certificate }))).toEqual([
      expect.stringContaining("another cluster"),
    ]);
    const whole = createHash("sha256").update(bundle).digest("hex");
    expect((await check(parts, { expectedCluster: whole })).problems).toEqual([]);
  });

  test.each([
    ["12", {}, "64 hexadecimal digits"],
    ["ab".repeat(32), { "certificate-authority-data": undefined }, "the kubeconfig has no certificate-authority"],
    ["ab".repeat(32), { "insecure-skip-tls-verify": true }, "TLS verification is off"],
  ])("%s cannot be checked", async (expectedCluster, cluster, message) => {
    const found = await check({ cluster }, { expectedCluster, allowInsecureTls: true });
    expect(messages(found)).toEqual([expect.stringContaining(message)]);
  });
});

describe("the proxy", () => {
  test("of the kubeconfig is taken, and its password masked", async () => {
    const found = await check({ cluster: { "proxy-url": "http://ci:planted%21pass@proxy.test:3128" } });
    expect(found.access?.proxyUrl).toBe("http://ci:planted%21pass@proxy.test:3128");
    expect(found.secrets).toEqual(
      expect.arrayContaining(["planted!pass", "planted%21pass", base64("ci:planted!pass")]),
    );
    expect(found.access?.kubeconfig).not.toContain("planted");
  });

  test.each([
    ["socks5://proxy.test:1080", "names a socks5 proxy, which Sluice cannot use. Give an http or https proxy."],
    ["http://", "its proxy-url is not a URL"],
    ["http://%zz@proxy.test", "its proxy-url is not a URL"],
  ])("%s is refused", async (proxy, message) => {
    expect(messages(await check({ cluster: { "proxy-url": proxy } }))).toEqual([expect.stringContaining(message)]);
  });

  test("passwords of the environment's proxies are masked too", async () => {
    const { secrets } = await check({}, { env: { https_proxy: "http://ci:planted-pass@proxy.test" } });
    expect(secrets).toContain("planted-pass");
  });
});
