import net from "node:net";
import { inspect } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import type { Cluster } from "../../src/ports/cluster.ts";
import { listen, tunnel } from "../network/loopback.ts";
import { HandClock } from "../reports/samples.ts";
import {
  type Api,
  base64,
  json,
  type OpenOptions,
  open,
  type Respond,
  reviews,
  reviewsPath,
  route,
  sharedCertificates,
  startApi,
  status,
  token,
} from "./api.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function api(respond: Respond): Promise<Api> {
  const started = await startApi(respond);
  cleanups.push(started.close);
  return started;
}

function connect(to: Api, user: object = { token }, options: OpenOptions = {}, cluster: object = {}): Cluster {
  const opened = open(to, user, options, cluster);
  cleanups.push(() => opened.cluster.close());
  return opened.cluster;
}

async function answering(respond: Respond, options: OpenOptions = {}) {
  const server = await api(respond);
  return { server, cluster: connect(server, { token }, options) };
}

const named = 'virtualservices.networking.istio.io "reviews" in namespace "shop"';
const patch = [{ op: "test" as const, path: "/metadata/resourceVersion", value: "7" }];
const real = { dryRun: false };

describe("reading", () => {
  test("gives the object and the server's time", async () => {
    const clock = new HandClock();
    clock.advance(99);
    const { server, cluster } = await answering(
      (response) => json(response, 200, route, { date: "Tue, 04 Aug 2026 10:11:12 GMT" }),
      { clock },
    );
    expect(await cluster.read(reviews)).toEqual({
      kind: "found",
      object: route,
      time: { dateMs: Date.UTC(2026, 7, 4, 10, 11, 12), receivedAt: 99 },
    });
    const [asked] = server.seen;
    expect(asked).toMatchObject({ method: "GET", url: reviewsPath });
    expect(asked?.headers).toMatchObject({ authorization: `Bearer ${token}`, accept: "application/json" });
    expect(asked?.headers["accept-encoding"]).toBeUndefined();
  });

  test.each([
    ["missing", ""],
    ["unreadable", "yesterday"],
    ["in another form", "2026-08-04T10:11:12Z"],
  ])("a Date that is %s is no time", async (_what, date) => {
    const { cluster } = await answering((response) => {
      response.sendDate = false;
      json(response, 200, route, date === "" ? {} : { date });
    });
    expect(await cluster.read(reviews)).toMatchObject({ kind: "found", time: undefined });
  });

  test("a core object and one without a namespace have their own paths", async () => {
    const { server, cluster } = await answering((response) => json(response, 200, { metadata: { name: "a b" } }));
    await cluster.read({ group: "", version: "v1", plural: "services", namespace: "shop", name: "a b" });
    await cluster.read({ group: "", version: "v1", plural: "namespaces", namespace: "", name: "a b" });
    expect(server.seen.map(({ url }) => url)).toEqual([
      "/api/v1/namespaces/shop/services/a%20b",
      "/api/v1/namespaces/a%20b",
    ]);
  });

  test("a path in the server's URL stays in front", async () => {
    const server = await api((response) => json(response, 200, route));
    await connect(server, { token }, {}, { server: `${server.url}/k8s/clusters/c-1/` }).read(reviews);
    expect(server.seen[0]?.url).toBe(`/k8s/clusters/c-1${reviewsPath}`);
  });

  test("404 of an object: it is absent", async () => {
    const { cluster } = await answering((response) =>
      json(response, 404, status(404, "not found", { reason: "NotFound", details: { name: "reviews" } })),
    );
    expect(await cluster.read(reviews)).toMatchObject({
      kind: "absent",
      reason: { code: "api-not-found", data: { object: named } },
      time: { dateMs: expect.any(Number) },
    });
  });

  test("404 as text: the version is not served", async () => {
    const { cluster } = await answering((response) => {
      response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("404 page not found\n");
    });
    expect(await cluster.read(reviews)).toMatchObject({
      kind: "absent",
      reason: {
        code: "api-version-not-served",
        data: { plural: "virtualservices", version: "networking.istio.io/v1", object: named },
      },
    });
  });

  test("404 with HTML comes from somebody else and says nothing of the route", async () => {
    const { cluster } = await answering((response) => {
      response.writeHead(404, { "content-type": "text/html" }).end("<html>no such site</html>");
    });
    const got = await cluster.read(reviews);
    expect(got).toMatchObject({
      kind: "failed",
      status: 404,
      reason: { code: "api-unexpected-answer", data: { body: "html" } },
    });
  });

  test("403 names verb, object and namespace from our own request", async () => {
    const { cluster } = await answering((response) => json(response, 403, status(403, "forbidden: no")));
    expect(await cluster.read(reviews)).toMatchObject({
      kind: "failed",
      status: 403,
      reason: {
        code: "api-forbidden",
        data: { user: "ci", verb: "get", object: named, says: "forbidden: no" },
      },
    });
  });

  test("429 as text, with Retry-After in seconds or as a date", async () => {
    const { cluster } = await answering((response, _request) => {
      response
        .writeHead(429, { "retry-after": "7", "content-type": "text/plain" })
        .end("Too many requests, please try again later.");
    });
    expect(await cluster.read(reviews)).toMatchObject({
      kind: "failed",
      status: 429,
      retryAfterMs: 7_000,
      reason: {
        code: "api-throttled",
        data: { verb: "get", object: named, says: "Too many requests, please try again later." },
      },
    });
    const dated = await answering((response) =>
      json(
        response,
        429,
        {},
        { date: "Tue, 04 Aug 2026 10:11:12 GMT", "retry-after": "Tue, 04 Aug 2026 10:11:15 GMT" },
      ),
    );
    expect(await dated.cluster.read(reviews)).toMatchObject({ retryAfterMs: 3_000 });
    const bad = await answering((response) => json(response, 503, {}, { "retry-after": "soon" }));
    expect(await bad.cluster.read(reviews)).not.toHaveProperty("retryAfterMs");
  });

  test("what looks like success but is not the object is a failure", async () => {
    const bodies = [
      "<html>log in</html>",
      '{"metadata":{"name":"revi',
      '"text"',
      "[]",
      "null",
      '{"metadata":{"name":"other"}}',
      "{}",
    ];
    for (const body of bodies) {
      const { cluster } = await answering((response) =>
        response.writeHead(200, { "content-type": "application/json" }).end(body),
      );
      expect(await cluster.read(reviews), body).toMatchObject({ kind: "failed", status: 200 });
    }
    const { cluster } = await answering((response) =>
      response.writeHead(200, { "content-type": "text/html" }).end(JSON.stringify(route)),
    );
    expect(await cluster.read(reviews)).toMatchObject({
      reason: { code: "api-unexpected-answer", data: { status: 200, body: "html" } },
    });
  });

  test("60 MB are cut off at 8 MiB", async () => {
    const { cluster } = await answering((response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.on("error", () => {});
      response.end(Buffer.alloc(60_000_000, "x"));
    });
    expect(await cluster.read(reviews)).toMatchObject({
      kind: "failed",
      reason: {
        code: "api-unreachable",
        data: { cause: { code: "network-too-large", data: { limitBytes: 8 * 1_048_576 } } },
      },
    });
  });
});

describe("patching", () => {
  test("sends one JSON patch with its parameters", async () => {
    const { server, cluster } = await answering((response) => json(response, 200, route));
    expect(await cluster.patch(reviews, patch, real)).toEqual({ kind: "applied", object: route, warnings: [] });
    await cluster.patch(reviews, patch, { dryRun: true, timeoutMs: 2_000 });
    const [first, second] = server.seen.map(({ url }) => new URL(url, "https://x").searchParams);
    expect(Object.fromEntries(first ?? [])).toEqual({
      fieldManager: "sluice",
      fieldValidation: "Strict",
      timeout: "5s",
    });
    expect(Object.fromEntries(second ?? [])).toMatchObject({ timeout: "2s", dryRun: "All" });
    expect(server.seen[0]?.headers["content-type"]).toBe("application/json-patch+json");
    expect(JSON.parse(server.seen[0]?.body ?? "")).toEqual(patch);
  });

  test("warnings of the server are told, cleaned and once", async () => {
    const { cluster } = await answering((response) =>
      json(response, 200, route, {
        warning: [
          '299 - "weights \\"v1\\" are odd"',
          `299 - "line\u0085break, ${token}"`,
          '299 - "weights \\"v1\\" are odd"',
        ],
      }),
    );
    expect(await cluster.patch(reviews, patch, real)).toMatchObject({
      warnings: ['weights "v1" are odd', "line break, ***"],
    });
  });

  test.each([400, 403, 404, 405, 409, 413, 415, 422, 429])("%i is a refusal with the server's words", async (code) => {
    const { cluster } = await answering((response) =>
      json(
        response,
        code,
        status(code, "the server rejected\nour request"),
        code === 429 ? { "retry-after": "2" } : {},
      ),
    );
    const got = await cluster.patch(reviews, patch, real);
    const told = { 403: "api-forbidden", 429: "api-throttled" }[code] ?? "api-rejected";
    const data = { verb: "patch", object: named, says: "the server rejected our request" };
    expect(got).toMatchObject({ kind: "refused", status: code, reason: { code: told, data } });
    if (code === 429) expect(got).toMatchObject({ retryAfterMs: 2_000 });
  });

  test("the causes of an invalid object are told, and only the point of strict validation", async () => {
    const causes = [
      { field: "spec.http[0].route[1].weight", message: "Invalid value: 101" },
      { field: "spec", message: "is invalid" },
    ];
    const invalid = await answering((response) =>
      json(response, 422, status(422, 'VirtualService "reviews" is invalid', { details: { causes } })),
    );
    expect(await invalid.cluster.patch(reviews, patch, real)).toMatchObject({
      reason: {
        data: { says: 'VirtualService "reviews" is invalid; spec.http[0].route[1].weight: Invalid value: 101' },
      },
    });
    const quoted = `patch: Invalid value: "{\\"whole\\":\\"object\\"}": strict decoding error: unknown field "spec.wieght"`;
    const strict = await answering((response) => json(response, 422, status(422, quoted)));
    expect(await strict.cluster.patch(reviews, patch, real)).toMatchObject({
      reason: { data: { says: 'strict decoding error: unknown field "spec.wieght"' } },
    });
  });

  test("words of the server are at most 200 characters and hold no secret", async () => {
    const { cluster } = await answering((response) =>
      json(response, 422, status(422, `${"x".repeat(180)} Authorization: Bearer ${token} and ${base64(token)}`)),
    );
    const got = await cluster.patch(reviews, patch, real);
    expect(got).toMatchObject({ reason: { code: "api-rejected" } });
    const { says } = (got as { reason: { data: { says: unknown } } }).reason.data;
    expect(says).toHaveLength(200);
    expect(says).not.toMatch(/planted|5f3a/);
  });

  test("everything but a 4xx and the object itself is unknown", async () => {
    const ways: Record<string, Respond> = {
      500: (response) => json(response, 500, status(500, "webhook down")),
      502: (response) => response.writeHead(502, { "content-type": "text/html" }).end("<html>"),
      504: (response) => json(response, 504, status(504, "Timeout: request did not complete")),
      202: (response) => json(response, 202, route),
      HTML: (response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
      truncated: (response) => response.writeHead(200, { "content-type": "application/json" }).end('{"metadata":'),
      other: (response) => json(response, 200, { metadata: { name: "other" } }),
      cut: (response) => {
        response.writeHead(200, { "content-type": "application/json", "content-length": "1000" }).write("{");
        setImmediate(() => response.destroy());
      },
      reset: (response) => response.socket?.destroy(),
    };
    for (const [name, respond] of Object.entries(ways)) {
      const { server, cluster } = await answering(respond);
      expect(await cluster.patch(reviews, patch, real), name).toMatchObject({ kind: "unknown" });
      expect(server.seen, name).toHaveLength(1);
    }
  });
});

describe("redirects", () => {
  test.each([301, 302, 303, 307, 308])("%i is never followed, to this or another origin", async (code) => {
    const other = await api((response) => json(response, 200, route));
    const { server, cluster } = await answering((response, { url }) => {
      const location = url.startsWith(`${reviewsPath}?`) ? `${other.url}${url}` : "/elsewhere";
      response.writeHead(code, { location }).end();
    });
    expect(await cluster.read(reviews)).toMatchObject({
      kind: "failed",
      status: code,
      reason: { code: "api-redirected", data: { status: code } },
    });
    expect(await cluster.patch(reviews, patch, real)).toMatchObject({ kind: "unknown" });
    expect(server.seen).toHaveLength(2);
    expect(other.seen).toHaveLength(0);
  });
});

describe("deadlines", () => {
  /** Servers that answer nothing, or never all of it, and say when the time may be up. */
  const hanging: [string, (late: () => void) => Promise<{ port: number; close: () => Promise<void> }>][] = [
    ["at connecting", (late) => listen(net.createServer((socket) => socket.once("data", late)))],
    ["at the headers", (late) => startApi(late)],
    [
      "in a body that drips",
      (late) =>
        startApi((response) => {
          response.writeHead(200, { "content-type": "application/json" });
          const drip = (left: number) => response.write(" ", () => (left === 0 ? late() : drip(left - 1)));
          drip(5);
        }),
    ],
  ];
  test.each(hanging)("a server that hangs %s ends by the deadline", async (_where, start) => {
    const clock = new HandClock();
    const server = await start(() => clock.advance(80));
    cleanups.push(server.close);
    const tls = await sharedCertificates();
    const target = { tls, url: `https://127.0.0.1:${server.port}` } as Api;
    const cluster = connect(target, { token }, { clock, limits: { deadlineMs: 80 } });
    const cause = { code: "api-no-answer", data: { withinMs: 80 } };
    const reason = { code: "api-unreachable", data: { host: `127.0.0.1:${server.port}`, cause } };
    expect(await cluster.read(reviews)).toMatchObject({ kind: "failed", reason });
    expect(await cluster.patch(reviews, patch, real)).toMatchObject({ kind: "unknown", reason });
    expect(await cluster.list(reviews)).toMatchObject({ kind: "failed", reason });
    expect(await cluster.versions("x.io")).toMatchObject({ kind: "failed", reason });
    expect(await cluster.may("get", reviews)).toMatchObject({ kind: "unknown", reason });
  });

  test("a call may have a deadline of its own, and be cancelled", async () => {
    const clock = new HandClock();
    const { cluster } = await answering(() => clock.advance(60), { clock });
    expect(await cluster.read(reviews, { deadlineMs: 60 })).toMatchObject({
      reason: { data: { cause: { code: "api-no-answer", data: { withinMs: 60 } } } },
    });
    const cancelled = await cluster.read(reviews, { signal: AbortSignal.abort() });
    expect(cancelled).toMatchObject({ kind: "failed", reason: { data: { cause: { code: "network-cancelled" } } } });
  });
});

describe("sockets", () => {
  test("100 turns use at most 2 connections, and closing leaves none", async () => {
    const { server, cluster } = await answering((response) => json(response, 200, route));
    for (let turn = 0; turn < 100; turn += 1) {
      const answers = await Promise.all([
        cluster.read(reviews),
        cluster.patch(reviews, patch, real),
        cluster.read(reviews),
      ]);
      expect(answers.map(({ kind }) => kind)).toEqual(["found", "applied", "found"]);
    }
    expect(server.seen).toHaveLength(300);
    expect(server.accepted()).toBeLessThanOrEqual(2);
    cluster.close();
    while (server.open() > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  test("a refused connection and an impostor's certificate are data", async () => {
    const gone = await startApi(() => {});
    await gone.close();
    const nobody = connect(gone);
    expect(await nobody.read(reviews)).toMatchObject({
      kind: "failed",
      reason: { data: { cause: { code: "network-refused", data: { errno: "ECONNREFUSED" } } } },
    });
    expect(await nobody.patch(reviews, patch, real)).toMatchObject({ kind: "unknown" });

    const impostor = await api((response) => json(response, 200, route));
    const otherAuthority = base64((await import("node:tls")).rootCertificates[0] ?? "");
    const deceived = connect(impostor, { token }, {}, { "certificate-authority-data": otherAuthority });
    expect(await deceived.read(reviews)).toMatchObject({
      kind: "failed",
      reason: { data: { cause: { code: "network-certificate", data: { problem: "untrusted" } } } },
    });
    expect(impostor.seen).toHaveLength(0);
  });

  test("with TLS off by permission the impostor is believed", async () => {
    const impostor = await api((response) => json(response, 200, route));
    const options = { kubeconfig: { allowInsecureTls: true } };
    const cluster = connect(impostor, { token }, options, {
      "certificate-authority-data": undefined,
      "insecure-skip-tls-verify": true,
    });
    expect(await cluster.read(reviews)).toMatchObject({ kind: "found" });
  });

  test("the server's certificate may be asked for under another name", async () => {
    const server = await api((response) => json(response, 200, route));
    expect(await connect(server, { token }, {}, { "tls-server-name": "api.test" }).read(reviews)).toMatchObject({
      kind: "found",
    });
    const wrong = await connect(server, { token }, {}, { "tls-server-name": "other.test" }).read(reviews);
    expect(wrong).toMatchObject({
      kind: "failed",
      reason: { data: { cause: { code: "network-certificate", data: { problem: "other-name" } } } },
    });
  });
});

describe("proxies", () => {
  test("HTTPS_PROXY, NO_PROXY and proxy-url are honoured", async () => {
    const server = await api((response) => json(response, 200, route));
    const proxy = await tunnel(() => ({ port: server.port }));
    cleanups.push(proxy.close);
    const address = `http://ci:pr0xy-pass@127.0.0.1:${proxy.port}`;
    const named = { server: "https://api.test:6443" };
    const cases: [OpenOptions, object, number][] = [
      [{ env: { HTTPS_PROXY: address } }, named, 1],
      [{ env: { https_proxy: address } }, named, 1],
      [{ env: {} }, { ...named, "proxy-url": address }, 1],
      [{ env: { HTTPS_PROXY: "http://127.0.0.1:1" } }, { ...named, "proxy-url": address }, 1],
      [{ env: { HTTPS_PROXY: address, NO_PROXY: "127.0.0.0/8" } }, {}, 0],
      [{ env: { HTTPS_PROXY: address } }, {}, 0],
    ];
    for (const [options, cluster, through] of cases) {
      proxy.asked.length = 0;
      expect(await connect(server, { token }, options, cluster).read(reviews)).toMatchObject({ kind: "found" });
      expect(proxy.asked).toEqual(through === 1 ? ["api.test:6443"] : []);
    }
  });

  test("a refusal of the proxy names no credentials", async () => {
    const server = await api((response) => json(response, 200, route));
    const proxy = await tunnel(() => ({ status: 407 }));
    cleanups.push(proxy.close);
    const cluster = connect(
      server,
      { token },
      {},
      {
        server: "https://api.test:6443",
        "proxy-url": `http://ci:pr0xy-pass@127.0.0.1:${proxy.port}`,
      },
    );
    const got = await cluster.read(reviews);
    expect(got).toMatchObject({
      kind: "failed",
      reason: { data: { cause: { code: "network-proxy-refused", data: { status: 407 } } } },
    });
    expect(inspect(got)).not.toContain("pr0xy-pass");
  });
});

describe("lists, versions and rights", () => {
  const pods = { group: "", version: "v1", plural: "pods", namespace: "shop" };
  const pod = (name: string) => ({ metadata: { name } });

  test("a list follows its pages and takes its selectors along", async () => {
    const { server, cluster } = await answering((response, { url }) => {
      const isSecond = url.includes("continue=more");
      json(response, 200, { metadata: isSecond ? {} : { continue: "more" }, items: [pod(isSecond ? "b" : "a")] });
    });
    const selectors = { labelSelector: "app=x,v in (1)", fieldSelector: "metadata.name=a" };
    expect(await cluster.list(pods, selectors)).toEqual({ kind: "listed", items: [pod("a"), pod("b")] });
    const [first] = server.seen.map(({ url }) => new URL(url, "https://x"));
    expect(first?.pathname).toBe("/api/v1/namespaces/shop/pods");
    expect(Object.fromEntries(first?.searchParams ?? [])).toEqual({ limit: "100", ...selectors });
    expect(server.seen).toHaveLength(2);
  });

  test("an empty list is a list, an endless one is not", async () => {
    const empty = await answering((response) => json(response, 200, { items: null }));
    expect(await empty.cluster.list(pods)).toEqual({ kind: "listed", items: [] });
    const endless = await answering((response) =>
      json(response, 200, { metadata: { continue: "more" }, items: [pod("a")] }),
    );
    expect(await endless.cluster.list(pods)).toMatchObject({
      kind: "failed",
      reason: { code: "api-list-too-long", data: { object: 'pods in namespace "shop"', limit: 5000 } },
    });
    expect(endless.server.seen).toHaveLength(50);
  });

  test("a list that is forbidden, expired or broken", async () => {
    const forbidden = await answering((response) => json(response, 403, status(403, "no")));
    expect(await forbidden.cluster.list(pods)).toMatchObject({
      kind: "forbidden",
      reason: { code: "api-forbidden", data: { verb: "list", object: 'pods in namespace "shop"' } },
    });
    const expired = await answering((response) => json(response, 410, status(410, "too old")));
    expect(await expired.cluster.list(pods)).toMatchObject({ kind: "failed", status: 410 });
    for (const items of [undefined, "x", [{}], [null]]) {
      const { cluster } = await answering((response) => json(response, 200, { items }));
      expect(await cluster.list(pods)).toMatchObject({ kind: "failed", status: 200 });
    }
  });

  test("versions: the preferred first, the core API by itself, an unknown group absent", async () => {
    const { cluster } = await answering((response, { url }) => {
      const version = (name: string) => ({ groupVersion: `x.io/${name}`, version: name });
      const group = { versions: [version("v1beta1"), version("v1")], preferredVersion: version("v1") };
      if (url === "/apis/x.io") json(response, 200, group);
      else if (url === "/api") json(response, 200, { kind: "APIVersions", versions: ["v1"] });
      else if (url === "/apis/x.io/v1") json(response, 200, { resources: [{ name: "others" }, null, {}] });
      else if (url === "/apis/x.io/v1beta1") json(response, 200, { resources: [{ name: "things" }] });
      else if (url === "/apis/half.io") json(response, 200, { versions: [version("v1"), version("v2")] });
      else if (url === "/apis/half.io/v1") json(response, 200, { resources: "none" });
      else if (url === "/apis/odd.io") json(response, 200, { versions: [{}] });
      else response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found");
    });
    expect(await cluster.versions("x.io")).toEqual({ kind: "served", versions: ["v1", "v1beta1"] });
    expect(await cluster.versions("")).toEqual({ kind: "served", versions: ["v1"] });
    expect(await cluster.versions("gone.io")).toEqual({ kind: "absent" });
    expect(await cluster.versions("odd.io")).toMatchObject({ kind: "failed" });
    expect(await cluster.versions("x.io", { plural: "things" })).toEqual({ kind: "served", versions: ["v1beta1"] });
    expect(await cluster.versions("x.io", { plural: "nothing" })).toEqual({ kind: "served", versions: [] });
    expect(await cluster.versions("gone.io", { plural: "things" })).toEqual({ kind: "absent" });
    expect(await cluster.versions("half.io", { plural: "things" })).toMatchObject({ kind: "failed" });
  });

  test("rights are asked for by verb and name, and answered with 201", async () => {
    const { server, cluster } = await answering((response, { body }) => {
      const { verb } = JSON.parse(body).spec.resourceAttributes;
      if (verb === "list") json(response, 403, status(403, "no reviews for you"));
      else
        json(response, 201, {
          status: verb === "get" ? { allowed: true } : { allowed: false, reason: "no role\nat all" },
        });
    });
    expect(await cluster.may("get", reviews)).toEqual({ kind: "allowed" });
    expect(await cluster.may("patch", reviews)).toEqual({
      kind: "denied",
      reason: {
        code: "api-access-denied",
        data: { user: "ci", verb: "patch", object: named, says: "no role at all" },
      },
    });
    expect(await cluster.may("list", reviews)).toMatchObject({ kind: "unknown" });
    expect(server.seen[0]).toMatchObject({
      method: "POST",
      url: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    });
    const namespace = { group: "", version: "v1", plural: "namespaces", namespace: "", name: "shop" };
    await cluster.may("get", namespace);
    expect(JSON.parse(server.seen.at(-1)?.body ?? "").spec.resourceAttributes).toMatchObject({
      namespace: "shop",
      name: "shop",
    });
    expect(JSON.parse(server.seen[0]?.body ?? "").spec.resourceAttributes).toEqual({
      verb: "get",
      group: "networking.istio.io",
      version: "v1",
      resource: "virtualservices",
      namespace: "shop",
      name: "reviews",
    });
  });
});

test("no planted secret leaves, whatever the server does", async () => {
  const tls = await sharedCertificates();
  const user = { token, "client-certificate-data": base64(tls.clientCert), "client-key-data": base64(tls.clientKey) };
  const keyLine = tls.clientKey.split("\n")[1] ?? "";
  const echo = `you sent Bearer ${token} or ${base64(token)} with ${JSON.stringify(tls.clientKey)} and ${keyLine}`;
  const ways: Respond[] = [
    ...[400, 401, 403, 404, 409, 422, 429, 500, 503, 504, 302].flatMap((code): Respond[] => [
      (response) =>
        json(response, code, status(code, echo, { details: { causes: [{ field: token, message: echo }] } })),
      (response) =>
        response.writeHead(code, { "content-type": "text/plain", location: `https://x/${token}` }).end(echo),
    ]),
    (response) => json(response, 200, { metadata: { name: token }, echo }),
    (response) => response.writeHead(200, { "content-type": "application/json", "x-echo": token }).end(echo),
    (response) => response.socket?.destroy(),
    (response) => response.socket?.end(`garbage ${token}\r\n\r\n`),
    (response) =>
      json(response, 200, route, { warning: `299 - "${echo.replaceAll(/["\\]/g, "\\$&").replaceAll("\n", " ")}"` }),
  ];
  for (const [index, respond] of ways.entries()) {
    const server = await api(respond);
    const cluster = connect(server, user);
    const results = [
      await cluster.read(reviews),
      await cluster.patch(reviews, patch, real),
      await cluster.list(reviews),
      await cluster.versions("x.io"),
      await cluster.may("get", reviews),
    ].map((result) => ("object" in result ? { ...result, object: undefined } : result));
    for (const text of [inspect(results, { depth: 9, showHidden: true }), JSON.stringify(results)]) {
      for (const secret of [token, base64(token), base64(token).replaceAll("=", ""), keyLine]) {
        expect(text, `way ${index}`).not.toContain(secret);
      }
    }
  }
});
