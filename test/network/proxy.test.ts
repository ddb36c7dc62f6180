import { describe, expect, test } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { isLoopback, proxyFor, readProxy } from "../../src/network/proxy.ts";

const proxy = "http://proxy.corp:3128";
const kind = (url: string, noProxy: string) =>
  proxyFor(url, { HTTPS_PROXY: proxy, HTTP_PROXY: proxy, NO_PROXY: noProxy }).kind;

describe("which proxy a request goes through", () => {
  test("https and http have a variable each, and both cases count", () => {
    const env = { HTTPS_PROXY: "http://secure.corp:1", http_proxy: "plain.corp:2" };
    expect(proxyFor("https://api.example.com", env)).toMatchObject({ proxy: new URL("http://secure.corp:1") });
    expect(proxyFor("http://api.example.com", env)).toMatchObject({ proxy: new URL("http://plain.corp:2") });
    expect(proxyFor("https://api.example.com", { http_proxy: proxy })).toEqual({ kind: "direct" });
    expect(proxyFor("https://api.example.com", { https_proxy: "", HTTPS_PROXY: "" })).toEqual({ kind: "direct" });
  });

  test("lower case beats upper case", () => {
    const env = { https_proxy: "http://lower.corp:1", HTTPS_PROXY: "http://upper.corp:2" };
    expect(proxyFor("https://api.example.com", env)).toMatchObject({ proxy: new URL("http://lower.corp:1") });
  });

  test("a proxy that cannot be used is never silently gone round, and its credentials are not named", () => {
    const socks = proxyFor("https://api.example.com", { HTTPS_PROXY: "socks5://user:pa55word@proxy.corp:1080" });
    expect(socks).toMatchObject({
      kind: "unusable",
      reason: { data: { source: "HTTPS_PROXY", scheme: "socks5" } },
    });
    const broken = proxyFor("https://api.example.com", { HTTPS_PROXY: "http://user:pa55word@proxy:port" });
    expect(broken).toMatchObject({
      kind: "unusable",
      reason: reason("network-proxy-unusable", { source: "HTTPS_PROXY" }),
    });
    expect(JSON.stringify([socks, broken])).not.toContain("pa55word");
    expect(readProxy("", "the proxy").kind).toBe("unusable");
  });
});

describe("what NO_PROXY exempts", () => {
  test.each([
    ["https://api.example.com", "example.com", "direct"],
    ["https://api.example.com", ".example.com", "direct"],
    ["https://api.example.com", "*.example.com", "direct"],
    ["https://example.com", ".example.com", "direct"],
    ["https://api.example.com", "API.Example.COM", "direct"],
    ["https://api.example.com.", "api.example.com", "direct"],
    ["https://api.example.com", "api.example.com.", "direct"],
    ["https://notexample.com", "example.com", "proxy"],
    ["https://example.com.evil.net", "example.com", "proxy"],
    ["https://api.example.com", "other.com, api.example.com", "direct"],
    ["https://api.example.com", "other.com api.example.com", "direct"],
    ["https://api.example.com", "*", "direct"],
    ["https://api.example.com", ",, ,", "proxy"],
    ["https://api.example.com", ".", "proxy"],
    ["https://api.example.com", "com", "direct"],
    ["https://api.example.com:6443", "api.example.com:6443", "direct"],
    ["https://api.example.com:6443", "api.example.com:443", "proxy"],
    ["https://api.example.com", "api.example.com:443", "direct"],
    ["http://api.example.com", "api.example.com:80", "direct"],
    ["https://10.1.2.3", "10.1.2.3", "direct"],
    ["https://10.1.2.3", "2.3", "proxy"],
    ["https://10.1.2.3", "10.0.0.0/8", "direct"],
    ["https://11.1.2.3", "10.0.0.0/8", "proxy"],
    ["https://10.1.2.3", "10.0.0.0/99", "proxy"],
    ["https://api.example.com", "10.0.0.0/8", "proxy"],
    ["https://[::ffff:10.1.2.3]", "10.1.2.3", "direct"],
    ["https://[::ffff:10.1.2.3]", "10.0.0.0/8", "direct"],
    ["https://10.1.2.3", "::ffff:10.1.2.3", "direct"],
    ["https://[2001:db8::1]", "2001:db8:0:0::1", "direct"],
    ["https://[2001:db8::1]", "[2001:db8::1]", "direct"],
    ["https://[2001:db8::1]:6443", "[2001:db8::1]:6443", "direct"],
    ["https://[2001:db8::1]:6443", "[2001:db8::1]:443", "proxy"],
    ["https://[2001:db8::1]", "2001:db8::/32", "direct"],
    ["https://[2001:db9::1]", "2001:db8::/32", "proxy"],
  ])("%s with NO_PROXY=%s is %s", (url, noProxy, expected) => {
    expect(kind(url, noProxy)).toBe(expected);
  });

  test.each([
    "https://localhost:6443",
    "https://LOCALHOST.",
    "https://kind.localhost",
    "https://127.0.0.1",
    "https://127.9.9.9",
    "https://0x7f000001",
    "https://[::1]",
    "https://[0:0:0:0:0:0:0:1]",
    "https://[::ffff:127.0.0.1]",
    "https://0.0.0.0",
  ])("%s is this machine and never goes through a proxy", (url) => {
    expect(kind(url, "")).toBe("direct");
  });

  test("a name that only looks like loopback is not", () => {
    expect(isLoopback("localhost.example.com")).toBe(false);
    expect(isLoopback("127.0.0.1.example.com")).toBe(false);
    expect(isLoopback("128.0.0.1")).toBe(false);
  });
});
