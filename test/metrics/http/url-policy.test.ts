import { describe, expect, it } from "vitest";
import { checkUrl, guardLookup, isBlockedAddress, isListed } from "../../../src/metrics/http/url-policy.ts";

const reach = { hosts: [] as string[], allowHttp: false, credentials: false };
const because = (text: string, further: Partial<typeof reach> = {}) => {
  const checked = checkUrl(text, { ...reach, ...further });
  return checked.kind === "refused" ? checked.because : checked.url.href;
};

describe("URLs of metric sources", () => {
  it.each([
    "https://prometheus.example.com",
    "https://prometheus.example.com:9090/prom/",
    "http://127.0.0.1:9090",
    "http://localhost:9090",
    "http://[::1]:9090",
    "http://prometheus.monitoring.svc:9090",
    "http://prometheus.monitoring.svc.cluster.local/prom",
    "https://10.0.0.5",
  ])("takes %s", (text) => {
    expect(checkUrl(text, reach).kind).toBe("url");
  });

  it.each([
    "//prometheus.example.com",
    "/api/v1",
    "prometheus.example.com",
    "data:application/json,{}",
    "file:///etc/passwd",
    "ftp://prometheus.example.com",
    "javascript:alert(1)",
    "https:/prometheus.example.com",
    "https:\\\\prometheus.example.com",
    "https://prom\netheus.example.com",
    "https://",
    "",
  ])("refuses %j, which is not written in full", (text) => {
    expect(because(text)).toContain("must be written in full");
  });

  it.each([
    "https://me:hunter22@prometheus.example.com",
    "https://me@prometheus.example.com",
    "https://@prometheus.example.com",
  ])("refuses the user name in %s without showing it", (text) => {
    expect(because(text)).toContain("user name or password");
    expect(because(text)).not.toMatch(/hunter22|me@/);
  });

  it("refuses a query and a fragment, where tokens are put by habit, without showing them", () => {
    for (const text of [
      "https://p.example.com/?token=hunter22",
      "https://p.example.com/#hunter22",
      "https://p.example.com/?",
    ]) {
      expect(because(text)).toContain("holds a `?` or `#`");
      expect(because(text)).not.toContain("hunter22");
    }
  });

  it("asks foreign hosts over plain http only by permission, and sends credentials over it to loopback only", () => {
    expect(because("http://prometheus.example.com")).toContain("allow-http: true");
    expect(because("http://prometheus.example.com", { allowHttp: true })).toBe("http://prometheus.example.com/");
    expect(because("http://prometheus.example.com", { allowHttp: true, credentials: true })).toContain("loopback only");
    expect(because("http://prometheus.monitoring.svc:9090", { credentials: true })).toContain("loopback only");
    expect(because("http://127.0.0.1:9090", { credentials: true })).toBe("http://127.0.0.1:9090/");
    expect(because("http://evil.localhost.example.com")).toContain("plain http");
    expect(because("http://notsvc")).toContain("plain http");
  });

  it.each([
    "http://169.254.169.254/latest",
    "https://169.254.1.1",
    "http://[::ffff:a9fe:a9fe]",
    "https://[::ffff:169.254.169.254]",
    "https://[::a9fe:a9fe]",
    "https://[64:ff9b::a9fe:a9fe]",
    "https://[fe80::1]",
    "https://[fd00:ec2::254]",
    "https://2852039166",
    "https://0xa9fea9fe",
    "https://169.254.43518",
    "https://0251.0376.0251.0376",
    "https://169.254.169.254.",
    "https://100.100.100.200",
    "https://168.63.129.16",
  ])("refuses the address in %s however it is written", (text) => {
    expect(because(text, { allowHttp: true })).toContain("link-local or metadata address");
  });

  it("asks such an address when somebody listed that very address", () => {
    expect(because("https://169.254.20.10", { hosts: ["169.254.20.10"] })).toBe("https://169.254.20.10/");
    expect(because("https://[fe80::1]", { hosts: ["fe80::1"] })).toBe("https://[fe80::1]/");
    expect(because("https://169.254.20.10", { hosts: ["169.254.20.11"] })).toContain("link-local");
  });

  it("knows listed hosts with and without port, in any case", () => {
    const url = new URL("https://Thanos.example.com:9443/x");
    expect(isListed(url, ["thanos.example.com"])).toBe(true);
    expect(isListed(url, ["THANOS.example.com:9443"])).toBe(true);
    expect(isListed(url, ["thanos.example.com:9090"])).toBe(false);
    expect(isListed(url, ["example.com", "evil-thanos.example.com"])).toBe(false);
  });
});

describe("addresses that a name leads to", () => {
  const ask = (addresses: string[], hosts: string[] = []) => {
    let said = "";
    let result: { error: Error | null; found: unknown } | undefined;
    const lookup = guardLookup(
      (_name, _options, callback) =>
        callback(
          null,
          addresses.map((address) => ({ address, family: 4 })),
        ),
      hosts,
      (address) => {
        said = address;
      },
    );
    lookup("prometheus.example.com", { all: true }, (error, found) => {
      result = { error, found };
    });
    return { said, error: result?.error };
  };

  it("passes ordinary ones", () => {
    expect(ask(["10.0.0.1", "2001:db8::1"])).toEqual({ said: "", error: null });
  });

  it("refuses a name as a whole when one of its addresses is forbidden", () => {
    const { said, error } = ask(["10.0.0.1", "169.254.169.254"]);
    expect(error).toBeInstanceOf(Error);
    expect(said).toBe("169.254.169.254");
  });

  it("refuses it also when the name itself is listed, for only the address says that it is meant", () => {
    expect(ask(["169.254.169.254"], ["prometheus.example.com"]).error).toBeInstanceOf(Error);
    expect(ask(["169.254.169.254"], ["169.254.169.254"]).error).toBeNull();
  });

  it("hands on that a name is unknown", () => {
    const lookup = guardLookup(
      (_name, _options, callback) => callback(Object.assign(new Error("no"), { code: "ENOTFOUND" }), []),
      [],
      () => {},
    );
    let code = "";
    lookup("x.example.com", {}, (error) => {
      code = error?.code ?? "";
    });
    expect(code).toBe("ENOTFOUND");
  });

  it("takes what is no address for forbidden", () => {
    expect(isBlockedAddress("metadata")).toBe(true);
    expect(isBlockedAddress("fe80::1%eth0")).toBe(true);
    expect(isBlockedAddress("10.1.2.3")).toBe(false);
  });
});
