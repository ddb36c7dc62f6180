import http from "node:http";
import { afterEach, expect, test } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { boundedFetch, type FetchOptions } from "../../src/network/bounded-fetch.ts";
import { HandClock } from "../reports/samples.ts";
import { type Loopback, listen } from "./loopback.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(handle: http.RequestListener): Promise<Loopback & { url: string }> {
  const loopback = await listen(http.createServer(handle));
  cleanups.push(loopback.close);
  return { ...loopback, url: `http://127.0.0.1:${loopback.port}/repos` };
}

function client(options: Partial<FetchOptions> = {}) {
  const client = boundedFetch({ env: {}, clock: new HandClock(), ...options });
  cleanups.push(client.close);
  return client.fetch;
}

test("gives what Octokit reads of a response", async () => {
  const server = await serve((request, response) => {
    response.writeHead(201, {
      "content-type": "application/json",
      "x-seen": `${request.method} ${request.headers.accept}`,
    });
    request.pipe(response);
  });
  const init = { method: "post", body: '{"a":1}', headers: { accept: "x/y" } };
  const response = await client()(server.url, init);
  expect(response).toMatchObject({ status: 201, ok: true, url: server.url });
  expect(Object.fromEntries(response.headers)).toMatchObject({ "x-seen": "POST x/y" });
  expect(await response.json()).toEqual({ a: 1 });
});

test.each([204, 304, 404, 500])("status %i is a response, not an error", async (status) => {
  const server = await serve((_request, response) => response.writeHead(status).end());
  const response = await client()(server.url);
  expect(response.status).toBe(status);
  expect(await response.text()).toBe("");
});

test("a redirect is refused and not followed", async () => {
  let seen = 0;
  const server = await serve((request, response) => {
    seen += 1;
    response.writeHead(301, { location: request.url === "/repos" ? "/elsewhere" : "/" }).end();
  });
  await expect(client()(server.url)).rejects.toMatchObject({
    reason: reason("network-redirected", { status: 301 }),
  });
  expect(seen).toBe(1);
});

test("the bounds hold", async () => {
  const clock = new HandClock();
  const silent = await serve(() => clock.advance(50));
  await expect(client({ clock, deadlineMs: 50 })(silent.url)).rejects.toMatchObject({
    reason: reason("api-no-answer", { withinMs: 50 }),
  });
  const large = await serve((_request, response) => response.end("x".repeat(2_000)));
  await expect(client({ capBytes: 1_000 })(large.url)).rejects.toMatchObject({
    reason: reason("network-too-large", { limitBytes: 1_000 }),
  });
});

test("an abort is an AbortError, which Octokit tells apart", async () => {
  const silent = await serve(() => {});
  await expect(client()(silent.url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
});

test("a body that is no text is refused", async () => {
  await expect(client()("http://127.0.0.1:1/", { body: new Uint8Array() })).rejects.toThrow("only a text");
});

test("many requests share one connection", async () => {
  const server = await serve((_request, response) => response.end("{}"));
  const fetch = client();
  for (let turn = 0; turn < 10; turn += 1) await (await fetch(server.url)).text();
  expect(server.accepted()).toBe(1);
});
