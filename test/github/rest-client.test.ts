import { afterEach, beforeEach, expect, test } from "vitest";
import { foreign } from "../../src/base/foreign.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { callLimitMs, type Fetch, type GitHubOptions, gitHub } from "../../src/github/rest-client.ts";
import { boundedFetch } from "../../src/network/bounded-fetch.ts";
import type { GitHub } from "../../src/ports/github.ts";
import { HandClock } from "../reports/samples.ts";
import { forbidden, type GitHubDouble, gitHubDouble, primaryLimit, secondaryLimit } from "../servers/github.ts";

let server: GitHubDouble;
beforeEach(async () => {
  server = await gitHubDouble();
});
afterEach(async () => {
  await server.close();
  expect(server.violations).toEqual([]);
});

const open = (over: Partial<GitHubOptions> = {}): GitHub =>
  gitHub({ token: "t-secret-1", apiUrl: server.url, clock: new HandClock(), waitUnitMs: 0, ...over });

const commentsOf = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";
const newComment = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
const thread = { owner: "octo", repo: "shop", issue_number: 12 };

test("a list is read to its last page, whatever size the server gives its pages", async () => {
  server.pageSize = 30;
  for (let at = 0; at < 95; at += 1) server.addComment(12, `comment ${at}`);
  const listed = await open().list(commentsOf, thread);
  expect(listed.kind === "ok" && listed.items.length).toBe(95);
  expect(server.requests.length).toBe(4);
});

test("a list ends where what was looked for has been found", async () => {
  server.pageSize = 30;
  for (let at = 0; at < 95; at += 1) server.addComment(12, `comment ${at}`);
  await open().list(commentsOf, thread, { enough: (items) => items.length > 0 });
  expect(server.requests.length).toBe(1);
});

test("the owner of the token is asked once, by GraphQL", async () => {
  const api = open();
  expect(await api.viewer()).toEqual({ kind: "ok", login: "github-actions[bot]" });
  await api.viewer();
  expect(server.requests.map(({ path }) => path)).toEqual(["/graphql"]);
});

test("on an enterprise server GraphQL stands beside the REST interface", async () => {
  const api = gitHub({ token: "t-secret-1", apiUrl: `${server.url}/api/v3/`, clock: new HandClock(), waitUnitMs: 0 });
  expect((await api.viewer()).kind).toBe("ok");
  expect(server.requests[0]?.path).toBe("/api/graphql");
});

test("a read that fails once is asked again; a creating call never is", async () => {
  server.fail({ fate: { status: 502 }, times: 1 });
  expect((await open().list(commentsOf, thread)).kind).toBe("ok");
  server.fail({ method: "POST", fate: "lose-answer", times: 1 });
  const made = await open().ask(newComment, { ...thread, body: "once" }, { creates: true });
  expect(made).toMatchObject({ kind: "failed", status: 502 });
  expect(server.comments.map(({ body }) => body)).toEqual(["once"]);
});

test("an HTML page in place of an answer is told in few words", async () => {
  server.fail({ fate: { status: 503, body: "<html>secret page</html>", headers: { "content-type": "text/html" } } });
  expect(await open().ask(newComment, { ...thread, body: "x" }, { creates: true })).toEqual({
    kind: "failed",
    status: 503,
    reason: reason("github-rejected", { status: 503 }),
  });
  server.heal();
  server.fail({ fate: "html" });
  expect(await open().list(commentsOf, thread)).toEqual({
    kind: "failed",
    reason: reason("github-answer-malformed", { expected: "list" }),
  });
});

test.each([
  ["secondary", secondaryLimit(77), 77_000],
  ["primary", primaryLimit(1800), 1_801_000],
  ["429 with a time", { status: 429, headers: { "retry-after": "60" } }, 60_000],
  ["429 without a time", { status: 429 }, 60_000],
] as const)("a limit is one request and names the time to wait: %s", async (_, fate, limitedMs) => {
  server.fail({ fate });
  const answer = await open({ waitUnitMs: 1000 }).ask(commentsOf, thread);
  expect(answer).toMatchObject({
    kind: "failed",
    limitedMs,
    reason: { code: "github-rate-limited", data: { waitMs: limitedMs } },
  });
  expect(server.requests.length).toBe(1);
});

test("a missing right is no limit", async () => {
  server.fail({ fate: forbidden });
  expect(await open().ask(commentsOf, thread)).toEqual({
    kind: "failed",
    status: 403,
    reason: reason("github-rejected", { status: 403, says: foreign("Resource not accessible by integration") }),
  });
});

test("a redirect is not followed", async () => {
  server.fail({ fate: { status: 301, body: { message: "Moved" }, headers: { location: `${server.url}/elsewhere` } } });
  expect(await open().ask(commentsOf, thread)).toEqual({
    kind: "failed",
    status: 301,
    reason: reason("github-redirected", { status: 301 }),
  });
  expect(server.requests.length).toBe(1);
});

test.each(["hang", "hang-in-body"] as const)("a call that gets no answer ends at its limit: %s", async (fate) => {
  const clock = new HandClock();
  server.fail({ fate });
  const calling = open({ clock, waitUnitMs: 1000 }).ask(commentsOf, thread);
  await reached(1);
  clock.advance(callLimitMs);
  expect(await calling).toMatchObject({
    kind: "failed",
    reason: reason("github-unreachable", { cause: reason("api-no-answer", { withinMs: callLimitMs }) }),
  });
});

test("a call that is given up ends at once, and nothing of it is sent any more", async () => {
  server.fail({ fate: "hang" });
  const giveUp = new AbortController();
  const sent: string[] = [];
  const fetch: Fetch = (url, init) => {
    sent.push(url);
    return globalThis.fetch(url, init);
  };
  const calling = open({ fetch }).ask(commentsOf, thread, { signal: giveUp.signal });
  await reached(1);
  giveUp.abort();
  expect(await calling).toMatchObject({
    kind: "failed",
    reason: reason("github-unreachable", { cause: reason("network-cancelled", {}) }),
  });
  // Were the abort taken for an answer of 500, the retry plugin, which here waits no time, would have asked again by now.
  server.heal();
  expect((await open().ask(commentsOf, thread)).kind).toBe("ok");
  expect(sent.length).toBe(1);
});

test("a server that cannot be reached is a failure like any other", async () => {
  const cause = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
  const refused: Fetch = () => Promise.reject(new TypeError("fetch failed", { cause }));
  const answer = await open({ fetch: refused }).ask(newComment, { ...thread, body: "x" }, { creates: true });
  expect(answer).toEqual({
    kind: "failed",
    reason: reason("github-unreachable", { cause: reason("network-refused", { errno: "ECONNREFUSED" }) }),
  });
});

test("it speaks through the bounded fetch as through Node's own", async () => {
  const { fetch, close } = boundedFetch({ env: {}, clock: new HandClock() });
  const api = open({ fetch });
  expect((await api.ask(newComment, { ...thread, body: "x" }, { creates: true })).kind).toBe("ok");
  server.fail({ fate: secondaryLimit(30), times: 1 });
  expect(await api.ask(commentsOf, thread)).toMatchObject({ status: 403, limitedMs: 30_000 });
  server.fail({ fate: "hang" });
  const giveUp = new AbortController();
  const calling = api.ask(commentsOf, thread, { signal: giveUp.signal });
  await reached(3);
  giveUp.abort();
  expect((await calling).kind).toBe("failed");
  server.heal();
  server.fail({ fate: { status: 301, headers: { location: `${server.url}/elsewhere` } } });
  expect(await api.ask(commentsOf, thread)).toMatchObject({ reason: reason("github-redirected", { status: 301 }) });
  close();
});

test("no token is a failure, not an exception", async () => {
  expect(await open({ token: "" }).ask(commentsOf, thread)).toMatchObject({ kind: "failed" });
});

test("with the waits that GitHub asks for it still gets through", async () => {
  const api = open({ waitUnitMs: 1000 });
  expect((await api.ask(newComment, { ...thread, body: "x" }, { creates: true })).kind).toBe("ok");
});

/** The double has received this many requests. */
async function reached(count: number): Promise<void> {
  while (server.requests.length < count) await new Promise((resolve) => setImmediate(resolve));
}
