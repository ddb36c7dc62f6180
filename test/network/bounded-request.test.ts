import http from "node:http";
import net from "node:net";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { exchange, type HttpResponse, type NoAnswer, type Request } from "../../src/network/bounded-request.ts";
import { agentFor } from "../../src/network/http-agent.ts";
import { HandClock } from "../reports/samples.ts";
import { certificates, type Loopback, listen, secureServer, tunnel } from "./loopback.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(server: net.Server): Promise<Loopback> {
  const loopback = await listen(server);
  cleanups.push(loopback.close);
  return loopback;
}
const answering = (handle: http.RequestListener) => serve(http.createServer(handle));

function ask(port: number, rest: Partial<Request> = {}): Promise<HttpResponse | NoAnswer> {
  const url = `http://127.0.0.1:${port}/path`;
  // No deadline passes unless a test says so.
  return exchange({ url, clock: new HandClock(), deadlineMs: 5_000, capBytes: 1_000, ...rest });
}

describe("an answer", () => {
  test("comes with status, headers, text and the time of its headers", async () => {
    const { port } = await answering((request, response) => {
      const { method, headers } = request;
      const echo = {
        method,
        encoding: headers["accept-encoding"] ?? "none",
        length: headers["content-length"] ?? "none",
      };
      response.writeHead(404, { "X-Odd": "1", "Set-Cookie": ["a=1", "b=2"] }).end(JSON.stringify(echo));
    });
    const clock = new HandClock();
    clock.advance(4_711);
    const got = await ask(port, { clock });
    expect(got).toMatchObject({ kind: "answer", status: 404, receivedAt: 4_711 });
    expect(got).toMatchObject({ headers: { "x-odd": "1", "set-cookie": "a=1, b=2" } });
    expect(JSON.parse((got as HttpResponse).text)).toEqual({ method: "GET", encoding: "none", length: "none" });
  });

  test("the body is sent with its length in bytes", async () => {
    const { port } = await answering((request, response) => {
      request.pipe(response.setHeader("x-length", request.headers["content-length"] ?? "none"));
    });
    const got = await ask(port, { method: "PATCH", body: "é", headers: { "content-type": "text/plain" } });
    expect(got).toMatchObject({ text: "é", headers: { "x-length": "2" } });
  });

  test.each([301, 302, 307, 308])("a redirect (%i) is an answer, and nobody follows it", async (status) => {
    let seen = 0;
    const other = await answering((_request, response) => {
      seen += 1;
      response.end();
    });
    const { port } = await answering((_request, response) => {
      seen += 1;
      response.writeHead(status, { location: `http://127.0.0.1:${other.port}/` }).end();
    });
    expect(await ask(port)).toMatchObject({ kind: "answer", status });
    expect(seen).toBe(1);
  });
});

describe("a bound that is reached", () => {
  const deadline = { reason: reason("api-no-answer", { withinMs: 60 }) };

  let clock: HandClock;
  beforeEach(() => {
    clock = new HandClock();
  });
  /** The time is up as soon as something has arrived here, and nothing is ever answered. */
  const silent = () => serve(net.createServer((socket) => socket.once("data", () => clock.advance(60_000))));

  test("at connecting: a TLS handshake that never begins", async () => {
    const { port } = await silent();
    const got = await ask(port, { url: `https://127.0.0.1:${port}/`, clock, deadlineMs: 60 });
    expect(got).toEqual({ kind: "failed", ...deadline, sent: "no" });
  });

  test("at the headers", async () => {
    const { port } = await silent();
    expect(await ask(port, { clock, deadlineMs: 60 })).toEqual({ kind: "failed", ...deadline, sent: "maybe" });
  });

  test("in the body, also when it drips", async () => {
    const { port } = await answering((_request, response) => {
      const drip = (left: number) => response.write("x", () => (left === 0 ? clock.advance(60) : drip(left - 1)));
      drip(5);
    });
    expect(await ask(port, { clock, deadlineMs: 60 })).toEqual({ kind: "failed", ...deadline, sent: "maybe" });
  });

  test("is told by what the caller had in all", async () => {
    const { port } = await silent();
    expect(await ask(port, { clock, deadlineMs: 1_200, givenMs: 4_000 })).toMatchObject({
      reason: reason("api-no-answer", { withinMs: 4_000 }),
    });
  });

  test("does not pass before its time", async () => {
    const { port } = await answering((_request, response) => {
      clock.advance(59);
      response.end("in time");
    });
    expect(await ask(port, { clock, deadlineMs: 60 })).toMatchObject({ kind: "answer", text: "in time" });
  });

  test.each([
    [4, 4],
    [16, 8],
  ])(
    "of bytes: of %i MiB allowed, an endless body is cut at %i and the connection is closed",
    async (allowed, most) => {
      let closed = () => {};
      const ended = new Promise<void>((resolve) => {
        closed = resolve;
      });
      const { port } = await answering((_request, response) => {
        const pour = () => {
          while (response.write(Buffer.alloc(65_536))) {}
        };
        response.on("drain", pour).on("close", closed);
        pour();
      });
      const got = await ask(port, { capBytes: allowed * 1_048_576, agent: keepAlive(port) });
      expect(got).toEqual({
        kind: "failed",
        reason: reason("network-too-large", { limitBytes: most * 1_048_576 }),
        sent: "maybe",
      });
      await ended;
    },
  );

  test("a body of exactly the limit passes", async () => {
    const { port } = await answering((_request, response) => response.end("x".repeat(1_000)));
    expect(await ask(port)).toMatchObject({ kind: "answer", text: "x".repeat(1_000) });
  });
});

function keepAlive(port: number) {
  const agent = agentFor(`http://127.0.0.1:${port}`, { env: {} });
  cleanups.push(() => agent.destroy());
  return agent;
}

describe("a failure is data", () => {
  test("cancelled before and during the request", async () => {
    const { port } = await serve(net.createServer());
    expect(await ask(port, { signal: AbortSignal.abort() })).toMatchObject({
      reason: { code: "network-cancelled" },
      sent: "no",
    });
    const controller = new AbortController();
    const server = await answering(() => controller.abort());
    expect(await ask(server.port, { signal: controller.signal })).toMatchObject({
      reason: { code: "network-cancelled" },
      sent: "maybe",
    });
  });

  test("nothing listens there", async () => {
    const loopback = await listen(net.createServer());
    await loopback.close();
    expect(await ask(loopback.port)).toMatchObject({
      kind: "failed",
      reason: reason("network-refused", { errno: "ECONNREFUSED" }),
      sent: "no",
    });
  });

  test("reset before the answer, in the middle of the headers, in the middle of the body", async () => {
    const reset = await serve(net.createServer((socket) => socket.once("data", () => socket.resetAndDestroy())));
    expect(await ask(reset.port)).toMatchObject({
      reason: reason("network-reset", { errno: "ECONNRESET" }),
      sent: "maybe",
    });
    const headers = await serve(
      net.createServer((socket) => socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nX"))),
    );
    expect(await ask(headers.port)).toMatchObject({ kind: "failed", sent: "maybe" });
    const body = await serve(
      net.createServer((socket) =>
        socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")),
      ),
    );
    expect(await ask(body.port)).toMatchObject({ reason: { code: "network-cut-off" }, sent: "maybe" });
  });

  test("something that is not HTTP, and a protocol nobody asked for", async () => {
    const ssh = await serve(net.createServer((socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n")));
    expect(await ask(ssh.port)).toMatchObject({ kind: "failed", reason: { code: "network-not-http" } });
    const upgrade = await serve(
      net.createServer((socket) =>
        socket.once("data", () =>
          socket.write("HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"),
        ),
      ),
    );
    expect(await ask(upgrade.port)).toMatchObject({ kind: "failed", reason: { code: "network-protocol-switched" } });
  });

  test("a compressed answer that was not asked for", async () => {
    const { port } = await answering((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("x".repeat(100_000)));
    });
    expect(await ask(port)).toMatchObject({ reason: { code: "network-compressed" } });
  });

  test("a certificate that nobody trusts: nothing was sent", async () => {
    const tls = await certificates();
    const { port } = await serve(secureServer(tls, (_request, response) => response.end()));
    const untrusted = reason("network-certificate", { problem: "untrusted", errno: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    const url = `https://127.0.0.1:${port}/`;
    const agent = agentFor(url, { env: {} });
    cleanups.push(() => agent.destroy());
    expect(await ask(port, { url })).toMatchObject({ reason: untrusted, sent: "no" });
    expect(await ask(port, { url, agent })).toMatchObject({ reason: untrusted, sent: "no" });
    const trusting = agentFor(url, { env: {}, tls: { ca: tls.cert } });
    cleanups.push(() => trusting.destroy());
    expect(await ask(port, { url, agent: trusting })).toMatchObject({ kind: "answer", status: 200 });
  });

  test("a URL and a header that cannot be written, and the header's value is not told", async () => {
    expect(await ask(1, { url: "no url" })).toMatchObject({
      reason: { code: "network-request-malformed" },
      sent: "no",
    });
    const got = await ask(1, { headers: { authorization: "Bearer pa55word\r\nX: y" } });
    expect(got).toMatchObject({ reason: { code: "network-request-malformed" }, sent: "no" });
    expect(inspect(got, { depth: 9 })).not.toContain("pa55word");
  });
});

describe("an agent", () => {
  test("keeps one connection for many requests in a row", async () => {
    const server = await answering((_request, response) => response.end("ok"));
    const agent = keepAlive(server.port);
    for (let turn = 0; turn < 20; turn += 1) expect(await ask(server.port, { agent })).toMatchObject({ text: "ok" });
    expect(server.accepted()).toBe(1);
  });

  test("goes through a proxy with the proxy's credentials", async () => {
    const tls = await certificates();
    const server = await serve(secureServer(tls, (_request, response) => response.end("through")));
    const proxy = await tunnel(() => ({ port: server.port }));
    cleanups.push(proxy.close);
    const env = { HTTPS_PROXY: `http://user:pa55word@127.0.0.1:${proxy.port}` };
    const agent = agentFor("https://api.test", { env, tls: { ca: tls.cert } });
    cleanups.push(() => agent.destroy());
    expect(await ask(0, { url: "https://api.test/x", agent })).toMatchObject({ text: "through" });
    expect(await ask(0, { url: "https://api.test/x", agent })).toMatchObject({ text: "through" });
    expect(proxy.asked).toEqual(["api.test:443"]);
    expect(proxy.credentials).toEqual([`Basic ${Buffer.from("user:pa55word").toString("base64")}`]);
  });

  test("plain http goes through a proxy too", async () => {
    const server = await answering((_request, response) => response.end("through"));
    const proxy = await tunnel(() => ({ port: server.port }));
    cleanups.push(proxy.close);
    const agent = agentFor("http://api.test", { env: { HTTP_PROXY: `127.0.0.1:${proxy.port}` } });
    cleanups.push(() => agent.destroy());
    expect(await ask(0, { url: "http://api.test/x", agent })).toMatchObject({ text: "through" });
  });

  test.each([407, 403, 502])("a proxy that refuses with %i is named, without its credentials", async (status) => {
    const proxy = await tunnel(() => ({ status }));
    cleanups.push(proxy.close);
    const env = { HTTPS_PROXY: `http://user:pa55word@127.0.0.1:${proxy.port}` };
    const agent = agentFor("https://api.test", { env });
    cleanups.push(() => agent.destroy());
    const got = await ask(0, { url: "https://api.test/", agent });
    expect(got).toMatchObject({
      reason: reason("network-proxy-refused", { status }),
    });
    expect(got).toMatchObject({ sent: "no" });
    expect(inspect(got, { depth: 9 })).not.toMatch(/pa55word|user/);
  });

  test("a proxy that never answers ends by the deadline", async () => {
    const clock = new HandClock();
    const silent = await serve(net.createServer((socket) => socket.once("data", () => clock.advance(60))));
    const agent = agentFor("https://api.test", { env: { HTTPS_PROXY: `http://127.0.0.1:${silent.port}` } });
    cleanups.push(() => agent.destroy());
    const got = await ask(0, { url: "https://api.test/", agent, clock, deadlineMs: 60 });
    expect(got).toMatchObject({ reason: { code: "api-no-answer" }, sent: "no" });
  });

  test("a proxy that cannot be used fails in its own words", async () => {
    for (const url of ["https://api.test/", "http://api.test/"]) {
      const proxies = { HTTPS_PROXY: "socks5://a:pa55word@b:1", HTTP_PROXY: "socks5://a:pa55word@b:1" };
      const agent = agentFor(url, { env: proxies });
      const got = await ask(0, { url, agent });
      expect(got).toMatchObject({
        kind: "failed",
        reason: { code: "network-proxy-unusable", data: { scheme: "socks5" } },
        sent: "no",
      });
      expect(inspect(got)).not.toContain("pa55word");
    }
  });
});
