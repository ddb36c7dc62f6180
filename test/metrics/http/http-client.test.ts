import https from "node:https";
import type { AddressInfo, LookupFunction } from "node:net";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { generate } from "selfsigned";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { foreign } from "../../../src/base/foreign.ts";
import { reason } from "../../../src/base/reasons/index.ts";
import { type HttpOptions, metricsHttp } from "../../../src/metrics/http/http-client.ts";
import { everyText, formsOf, handClock, json, type Loopback, sendJson, serve } from "../prometheus/servers.ts";

const secret = 'tok"en/+s3cret';
const headers = { Authorization: `Bearer ${secret}`, "X-Scope-OrgID": "tenant-4711", "X-Api-Key": "key-0815-abc" };
const secrets = [secret, "tenant-4711", "key-0815-abc"];

function client(base: string, further: Partial<HttpOptions> = {}) {
  const http = metricsHttp({
    name: "Prometheus",
    base: new URL(base),
    hosts: [],
    allowHttp: false,
    headers,
    secrets,
    ...further,
  });
  onTestFinished(() => http.close());
  return http;
}

function expectNoSecret(value: unknown): void {
  const text = everyText(value);
  for (const form of secrets.flatMap(formsOf)) expect(text).not.toContain(form);
}

async function ask(server: Loopback, further: Partial<HttpOptions> = {}) {
  const answer = await client(server.url, further).ask({ url: `${server.url}/api`, parameters: { query: "up" } });
  expectNoSecret(answer);
  return answer;
}

const reasonOf = async (...args: Parameters<typeof ask>) => {
  const answer = await ask(...args);
  return answer.kind === "failed" ? answer.reason : "answered";
};
const source = "Prometheus";
const brokenJson = reason("metric-reply-broken", { source, how: "json" });

describe("asking a metric source", () => {
  it("gives JSON with the sender's clock, and sends the credentials", async () => {
    const server = await serve((response) => {
      response.writeHead(200, { ...json, date: "Thu, 01 Jan 2026 00:00:00 GMT" }).end('{"a":[1]}');
    });
    expect(await ask(server)).toEqual({ kind: "json", value: { a: [1] }, date: Date.UTC(2026, 0, 1) });
    expect(server.seen[0]).toMatchObject({ method: "GET", path: "/api" });
    expect(server.seen[0]?.headers).toMatchObject({
      authorization: `Bearer ${secret}`,
      "x-scope-orgid": "tenant-4711",
    });
    expect(server.seen[0]?.headers["user-agent"]).toBe("sluice");
  });

  it("sends a long question in the body", async () => {
    const server = await serve((response) => sendJson(response, {}));
    const query = `vector(1) + ${"1 + ".repeat(4000)}1`;
    const answer = await client(server.url).ask({ url: `${server.url}/api`, parameters: { query } });
    expect(answer.kind).toBe("json");
    expect(server.seen[0]).toMatchObject({ method: "POST" });
    expect(server.seen[0]?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(server.seen[0]?.form.get("query")).toBe(query);
  });

  it("sends an object as JSON by POST, however short it is", async () => {
    const server = await serve((response) => sendJson(response, {}));
    const answer = await client(server.url).ask({ url: `${server.url}/api`, json: { format: 1 } });
    expect(answer.kind).toBe("json");
    expect(server.seen).toMatchObject([{ method: "POST", path: "/api", body: '{"format":1}' }]);
    expect(server.seen[0]?.headers).toMatchObject({
      authorization: `Bearer ${secret}`,
      "content-type": "application/json",
    });
  });

  it("asks once and once only, whatever comes back", async () => {
    const server = await serve((response) => response.writeHead(503, { ...json, "retry-after": "0" }).end("{}"));
    await ask(server);
    expect(server.seen).toHaveLength(1);
  });
});

describe("answers that are none", () => {
  it.each([500, 401, 403, 404, 429, 204, 206])("names the status %i", async (status) => {
    const server = await serve((response) => response.writeHead(status, { "content-type": "text/plain" }).end());
    expect(await reasonOf(server)).toEqual(reason("metric-status", { source, status }));
  });

  it("gives Prometheus' own words for a refused query", async () => {
    const error = 'invalid parameter "query": 1:5: parse error: unexpected end of input';
    const server = await serve((response) =>
      sendJson(response, { status: "error", errorType: "bad_data", error }, 400),
    );
    const says = foreign(`bad_data: ${error}`);
    expect(await reasonOf(server)).toEqual(reason("metric-status", { source, status: 400, says }));
  });

  it("cleans, scrubs and cuts words that echo the request's headers", async () => {
    const server = await serve((response, seen) => {
      const echoes = [
        JSON.stringify(seen.headers),
        JSON.stringify(JSON.stringify(seen.headers)),
        Buffer.from(String(seen.headers.authorization)).toString("base64"),
        String(seen.headers["x-api-key"]).split("").join("\u200b"),
        "\u001b[31m\r\n::error::x\u202e\u2028",
      ];
      sendJson(response, { status: "error", errorType: "internal", error: echoes.join(" ") + "x".repeat(5000) }, 500);
    });
    const words = JSON.stringify(await reasonOf(server));
    expect(words).toContain("***");
    expect(words).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
    expect(words.length).toBeLessThan(400);
  });

  it("knows a web page by its type", async () => {
    const server = await serve((response) =>
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<html>"),
    );
    expect(await reasonOf(server)).toEqual(reason("metric-web-page", { source }));
  });

  it("takes JSON only where it is called JSON", async () => {
    const plain = await serve((response) => response.writeHead(200, { "content-type": "text/plain" }).end("{}"));
    expect(await reasonOf(plain)).toEqual(reason("metric-not-json", { source, type: foreign("text/plain") }));
    const bare = await serve((response) => response.writeHead(200).end("{}"));
    expect(await reasonOf(bare)).toEqual(reason("metric-not-json", { source }));
    const page = await serve((response) => response.writeHead(200, json).end("<html>"));
    expect(await reasonOf(page)).toEqual(brokenJson);
    const empty = await serve((response) => response.writeHead(200, json).end());
    expect(await reasonOf(empty)).toEqual(brokenJson);
  });

  it("reads a bare NaN, which is not JSON, as the word and leaves strings alone", async () => {
    const server = await serve((response) =>
      response.writeHead(200, json).end('{"v":[1,NaN,-Infinity],"s":"a NaN \\" NaN"}'),
    );
    expect(await ask(server)).toMatchObject({ value: { v: [1, "NaN", "-Infinity"], s: 'a NaN " NaN' } });
  });

  it("notices an answer that breaks off", async () => {
    const cut = await serve((response) => {
      response.writeHead(200, { ...json, "content-length": "1000" }).write('{"a":');
      response.socket?.end();
    });
    expect(await reasonOf(cut)).toEqual(reason("metric-reply-broken", { source, how: "cut-off" }));
    const short = await serve((response) => response.writeHead(200, json).end('{"status":"success","data":{"resu'));
    expect(await reasonOf(short)).toEqual(brokenJson);
    const zipped = await serve((response) =>
      response.writeHead(200, { ...json, "content-encoding": "gzip" }).end("no gzip at all"),
    );
    expect(await reasonOf(zipped)).toEqual(reason("metric-reply-broken", { source, how: "compressed" }));
  });

  it("says when nothing listens, and when the other side hangs up", async () => {
    const answer = await client("http://127.0.0.1:1").ask({ url: "http://127.0.0.1:1/api", parameters: {} });
    expectNoSecret(answer);
    const cause = reason("network-refused", { errno: "ECONNREFUSED" });
    expect(answer).toEqual({ kind: "failed", reason: reason("metric-unreachable", { source, cause }) });
    const rude = await serve((response) => response.socket?.destroy());
    expect(await reasonOf(rude)).toMatchObject({ code: "metric-unreachable" });
  });
});

describe("too much and too slow", () => {
  const body = Buffer.alloc(60 * 1024 * 1024, 0x20);

  it.each([
    ["plain", undefined, body],
    ["gzip", "gzip", gzipSync(body)],
    ["brotli", "br", brotliCompressSync(body)],
  ])("cuts 60 MB of %s at the limit", async (_name, encoding, bytes) => {
    const server = await serve((response) => {
      response
        .writeHead(200, { ...json, ...(encoding === undefined ? {} : { "content-encoding": encoding }) })
        .end(bytes);
    });
    expect(await reasonOf(server)).toEqual(reason("metric-reply-too-large", { source, limitBytes: 1_048_576 }));
  });

  it("reads up to another limit where one is given", async () => {
    const server = await serve((response) => response.writeHead(200, json).end(`"${"x".repeat(2 * 1024 * 1024)}"`));
    const call = { url: `${server.url}/api`, parameters: {}, maxBytes: 4 * 1024 * 1024 };
    expect((await client(server.url).ask(call)).kind).toBe("json");
  });

  it("gives up on a server that never answers", async () => {
    const clock = handClock();
    const server = await serve(() => clock.ring());
    expect(await reasonOf(server, { clock })).toEqual(reason("metric-no-answer", { source, withinMs: 10_000 }));
  });

  it("gives up on a body that drips, however often a byte comes", async () => {
    const clock = handClock();
    const server = await serve((response) => {
      response.writeHead(200, json);
      const drip = (left: number) => response.write(" ", () => (left === 0 ? clock.ring() : drip(left - 1)));
      drip(5);
    });
    expect(await reasonOf(server, { clock, deadlineMs: 2500 })).toEqual(
      reason("metric-no-answer", { source, withinMs: 2500 }),
    );
  });

  it("ends when it is cancelled, before and while it asks", async () => {
    const stop = new AbortController();
    const server = await serve(() => stop.abort(new Error(secret)));
    const http = client(server.url);
    const call = { url: `${server.url}/api`, parameters: {}, signal: stop.signal };
    const during = await http.ask(call);
    expect(during).toMatchObject({ kind: "failed", reason: { code: "metric-cancelled" } });
    const after = await http.ask(call);
    expect(after).toMatchObject({ kind: "failed", reason: { code: "metric-cancelled" } });
    expectNoSecret([during, after]);
    expect(server.seen).toHaveLength(1);
  });
});

describe("where questions go", () => {
  it("follows no redirect: the other server sees nothing", async () => {
    const other = await serve((response) => sendJson(response, {}));
    for (const status of [301, 302, 303, 307, 308, 300, 304]) {
      const server = await serve((response) =>
        response.writeHead(status, { ...json, location: `${other.url}/x` }).end("{}"),
      );
      expect(await reasonOf(server)).toEqual(reason("metric-redirected", { source, status }));
    }
    expect(other.seen).toHaveLength(0);
  });

  it("refuses everything that is not below a known host, before it connects", async () => {
    const other = await serve((response) => sendJson(response, {}));
    const server = await serve((response) => sendJson(response, {}));
    const http = client(server.url, { lookup: () => expect.unreachable("nothing may be looked up") });
    const urls = [
      `${other.url}/api`,
      "//evil.example.com/api",
      "data:application/json,{}",
      "/api",
      "https://evil.example.com/",
      `http://me:pass@127.0.0.1:${server.port}/api`,
      `http://127.0.0.1:${server.port}@evil.example.com/`,
      "http://169.254.169.254/latest/meta-data",
      "http://[::ffff:a9fe:a9fe]/",
      "file:///etc/passwd",
    ];
    for (const url of urls) {
      const answer = await http.ask({ url, parameters: {} });
      expect(answer).toMatchObject({ kind: "failed", reason: { code: "metric-url-refused" } });
      expectNoSecret(answer);
    }
    expect(other.seen).toHaveLength(0);
    expect(server.seen).toHaveLength(0);
  });

  it("keeps the credentials from a further host, although it may be asked", async () => {
    const further = await serve((response) => sendJson(response, {}));
    const http = client("https://prometheus.example.com", { hosts: [`127.0.0.1:${further.port}`] });
    expect((await http.ask({ url: `${further.url}/api`, parameters: {} })).kind).toBe("json");
    expect(JSON.stringify(further.seen)).not.toMatch(/authorization|x-scope-orgid|x-api-key/i);
  });

  it("looks where a name leads at the moment of connecting", async () => {
    const server = await serve((response) => sendJson(response, {}));
    const leadingTo = (address: string): LookupFunction => {
      return (_name, options, callback) =>
        options.all === true ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4);
    };
    const url = `http://prometheus.monitoring.svc:${server.port}`;
    const bare = { headers: {}, secrets: [] };
    const good = client(url, { ...bare, lookup: leadingTo("127.0.0.1") });
    expect((await good.ask({ url: `${url}/api`, parameters: {} })).kind).toBe("json");
    const bad = client(url, { ...bare, lookup: leadingTo("169.254.169.254") });
    const answer = await bad.ask({ url: `${url}/api`, parameters: {} });
    const refused = {
      source,
      host: new URL(url).host,
      problem: "blocked-address",
      address: "169.254.169.254",
    } as const;
    expect(answer).toEqual({ kind: "failed", reason: reason("metric-url-refused", refused) });
    expect(server.seen).toHaveLength(1);
  });

  it("takes no proxy from the environment", async () => {
    const proxy = await serve((response) => sendJson(response, {}));
    const server = await serve((response) => sendJson(response, {}));
    for (const name of ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]) {
      vi.stubEnv(name, `http://me:${encodeURIComponent("proxy-pa55word")}@127.0.0.1:${proxy.port}`);
    }
    vi.stubEnv("NO_PROXY", "");
    vi.stubEnv("no_proxy", "");
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    expect((await ask(server)).kind).toBe("json");
    expect(proxy.seen).toHaveLength(0);
    const closed = await ask({ ...server, url: "http://127.0.0.1:1" });
    expect(everyText(closed)).not.toContain("proxy-pa55word");
  });

  it("trusts no certificate that nobody signed, also where Node was told to", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const pair = await generate([{ name: "commonName", value: "localhost" }]);
    let asked = 0;
    const server = https.createServer({ key: pair.private, cert: pair.cert }, (_request, response) => {
      asked += 1;
      sendJson(response, {});
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const url = `https://127.0.0.1:${port}`;
    const answer = await client(url).ask({ url, parameters: {} });
    expect(answer).toMatchObject({ kind: "failed", reason: { code: "metric-unreachable" } });
    expect(JSON.stringify(answer)).toContain("certificate");
    expectNoSecret(answer);
    expect(asked).toBe(0);
  });

  it("shows no secret when it is itself printed", () => {
    expectNoSecret(client("http://127.0.0.1:1"));
  });
});
