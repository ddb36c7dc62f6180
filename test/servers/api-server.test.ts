import type { IncomingHttpHeaders } from "node:http";
import { Agent, type RequestOptions, request } from "node:https";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type ApiServer, admin, startApiServer, type Trick } from "./api-server.ts";
import { furnish, virtualService } from "./shop.ts";

const routePath = "/apis/networking.istio.io/v1/namespaces/shop/virtualservices/reviews";
const weight = '[{"op":"add","path":"/spec/http/0/route/1/weight","value":5}]';
const jsonPatch = { "content-type": "application/json-patch+json" };
const reader = {
  name: "reader",
  token: "reader-token-123456",
  rights: [{ groups: ["networking.istio.io"], plurals: ["virtualservices"], verbs: ["get"], names: ["reviews"] }],
};

/** Time stands still for this server. */
const serverTime = Date.UTC(2026, 0, 5, 9);
let server: ApiServer;
let agent: Agent;

beforeEach(async () => {
  server = await startApiServer({ users: [admin, reader], now: () => serverTime });
  furnish(server.store, serverTime);
  agent = new Agent({ ca: server.authority, keepAlive: true });
});
afterEach(async () => {
  agent.destroy();
  await server.close();
});

type Reply = { code: number; headers: IncomingHttpHeaders; text: string; json: () => Record<string, unknown> };

function ask(method: string, path: string, body?: string, options: RequestOptions = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${admin.token}`, ...options.headers };
    const call = request(server.url + path, { method, agent, ...options, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("error", reject);
      response.on("end", () =>
        resolve({ code: response.statusCode ?? 0, headers: response.headers, text, json: () => JSON.parse(text) }),
      );
    });
    call.on("error", reject);
    call.end(body);
  });
}

const patch = (body = weight, query = "", headers: Record<string, string> = jsonPatch) =>
  ask("PATCH", `${routePath}${query}`, body, { headers });
const message = (reply: Reply) => reply.json()["message"];
const canaryWeight = () => {
  const spec = server.store.object(virtualService)?.spec as { http: { route: { weight: number }[] }[] };
  return spec.http[0]?.route[1]?.weight;
};

describe("who asks, and whether they may", () => {
  it("knows nobody without a token, and nobody with a wrong one", async () => {
    for (const headers of [{ authorization: "" }, { authorization: "Bearer wrong" }]) {
      const reply = await ask("GET", routePath, undefined, { headers });
      expect([reply.code, message(reply)]).toEqual([401, "Unauthorized"]);
    }
  });

  it("words a refusal as RBAC does", async () => {
    const reply = await ask("PATCH", routePath, weight, {
      headers: { ...jsonPatch, authorization: `Bearer ${reader.token}` },
    });
    expect([reply.code, message(reply)]).toEqual([
      403,
      'virtualservices.networking.istio.io "reviews" is forbidden: User "reader" cannot patch resource "virtualservices" in API group "networking.istio.io" in the namespace "shop"',
    ]);
  });

  it("knows a client by the certificate that its authority signed", async () => {
    const { key, certificate } = await server.clientCertificate("reader");
    const client = new Agent({ ca: server.authority, key, cert: certificate });
    const headers = { authorization: "" };
    expect((await ask("GET", routePath, undefined, { agent: client, headers })).code).toBe(200);
    expect((await ask("GET", `${routePath}x`, undefined, { agent: client, headers })).code).toBe(403);
    client.destroy();
  });

  it("answers an access review with 201 to anybody it knows", async () => {
    const review = (verb: string, name?: string) => {
      const resourceAttributes = {
        group: "networking.istio.io",
        resource: "virtualservices",
        namespace: "shop",
        verb,
        name,
      };
      const body = JSON.stringify({ spec: { resourceAttributes } });
      const headers = { authorization: `Bearer ${reader.token}`, "content-type": "application/json" };
      return ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body, { headers });
    };
    const replies = await Promise.all([review("get", "reviews"), review("get"), review("patch", "reviews")]);
    expect(replies.map((reply) => [reply.code, reply.json()["status"]])).toEqual([
      [201, { allowed: true }],
      [201, { allowed: false }],
      [201, { allowed: false }],
    ]);
  });
});

describe("the shapes of the API", () => {
  it("says when, in whole seconds of its own time", async () => {
    const late = await startApiServer({ now: () => Date.UTC(2026, 0, 5, 9, 0, 0, 999) });
    const own = new Agent({ ca: late.authority });
    const answered = await new Promise<IncomingHttpHeaders>((resolve, reject) =>
      request(late.url, { agent: own }, (response) => resolve(response.resume().headers))
        .on("error", reject)
        .end(),
    );
    expect(answered.date).toBe("Mon, 05 Jan 2026 09:00:00 GMT");
    own.destroy();
    await late.close();
  });

  it("answers 404 as a Status for a missing object and as text for what is not served", async () => {
    const missing = await ask("GET", `${routePath}x`);
    expect([missing.code, message(missing)]).toEqual([404, 'virtualservices.networking.istio.io "reviewsx" not found']);
    const unserved = await ask("GET", routePath.replace("/v1/", "/v9/"));
    expect([unserved.code, unserved.headers["content-type"], unserved.text]).toEqual([
      404,
      "text/plain; charset=utf-8",
      "404 page not found\n",
    ]);
  });

  it("tells the query of a patch apart: dry run, strictness, manager, timeout", async () => {
    const dry = await patch(weight, "?dryRun=All&fieldManager=sluice&fieldValidation=Strict&timeout=5s");
    expect([dry.code, canaryWeight()]).toEqual([200, 0]);
    const typo = weight.replace("weight", "wieght");
    const lenient = await patch(typo, "?dryRun=All");
    expect([lenient.code, lenient.headers["warning"]]).toEqual([
      200,
      '299 - "unknown field \\"spec.http[0].route[1].wieght\\""',
    ]);
    const codes = ["?fieldValidation=Strict", "?dryRun=Some", "?fieldValidation=Odd", "?timeout=5"].map((query) =>
      patch(typo, query),
    );
    expect((await Promise.all(codes)).map((reply) => reply.code)).toEqual([422, 422, 422, 400]);
    await patch(weight, "?fieldManager=sluice");
    expect(JSON.stringify(server.store.object(virtualService)?.metadata.managedFields)).toContain('"manager":"sluice"');
  });

  it("takes JSON patches and merge patches of a custom resource, and no strategic merge", async () => {
    expect(
      (await patch('{"metadata":{"labels":{"a":"b"}}}', "", { "content-type": "application/merge-patch+json" })).code,
    ).toBe(200);
    expect((await patch("{}", "", { "content-type": "application/strategic-merge-patch+json" })).code).toBe(415);
    expect((await patch('{"op":"add"}')).code).toBe(400);
    expect((await patch("[{")).code).toBe(400);
  });

  it("cuts a list into pages", async () => {
    const pods = "/api/v1/namespaces/shop/pods?labelSelector=app%3Dreviews&limit=3";
    const first = (await ask("GET", pods)).json() as { items: unknown[]; metadata: { continue: string } };
    expect(first.items).toHaveLength(3);
    const rest = (await ask("GET", `${pods}&continue=${first.metadata.continue}`)).json() as typeof first;
    expect([rest.items.length, rest.metadata.continue]).toEqual([1, undefined]);
  });

  it("names what it serves", async () => {
    expect((await ask("GET", "/apis/gateway.networking.k8s.io")).json()["preferredVersion"]).toMatchObject({
      version: "v1",
    });
    expect((await ask("GET", "/apis/nothing.example.com")).code).toBe(404);
    expect((await ask("GET", "/api")).json()).toEqual({ kind: "APIVersions", versions: ["v1"] });
    const { resources } = (await ask("GET", "/apis/apps/v1")).json() as { resources: { name: string }[] };
    expect(resources.map((resource) => resource.name)).toEqual(["deployments", "replicasets"]);
  });
});

describe("what it notes", () => {
  it("logs every request with its user and connection, and counts connections", async () => {
    await ask("GET", routePath);
    await patch();
    expect(server.log.map(({ method, path, user, socket }) => [method, path, user, socket])).toEqual([
      ["GET", routePath, "admin", 1],
      ["PATCH", routePath, "admin", 1],
    ]);
    expect(server.log[1]).toMatchObject({ body: weight, answer: { code: 200 } });
    expect(server.sockets).toEqual({ opened: 1, open: 1 });
  });

  it("writes a kubeconfig by which it is reached, and which a test may spoil", () => {
    const config = parse(
      server.kubeconfig("reader", { cluster: { "insecure-skip-tls-verify": true }, namespace: "shop" }),
    );
    expect(config).toMatchObject({
      clusters: [{ cluster: { server: server.url, "insecure-skip-tls-verify": true } }],
      users: [{ user: { token: reader.token } }],
      contexts: [{ context: { namespace: "shop" } }],
    });
  });
});

describe("tricks", () => {
  const once = (trick: Trick) => {
    server.trick = ({ method }) => (method === "PATCH" ? trick : undefined);
  };

  it.each<[string, Trick, number]>([
    ["a reset before the effect", { instead: "reset" }, 0],
    ["a reset after the effect", { instead: "reset", effect: true }, 5],
    ["an answer cut short", { instead: "truncate" }, 5],
  ])("%s", async (_what, trick, weightAfterwards) => {
    once(trick);
    await expect(patch()).rejects.toThrow(/socket hang up|aborted|ECONNRESET/);
    expect(canaryWeight()).toBe(weightAfterwards);
  });

  it.each<[string, Trick, number]>([
    ["no answer, no effect", { instead: "hang" }, 0],
    ["no answer, with the effect", { instead: "hang", effect: true }, 5],
    ["half an answer and no end", { instead: "stall" }, 5],
  ])("%s", async (_what, trick, weightAfterwards) => {
    const met = new Promise<void>((resolve) => {
      once({ ...trick, after: resolve });
    });
    const abort = new AbortController();
    const call = patch().catch((error: Error) => error.name);
    const cut = ask("PATCH", routePath, weight, { headers: jsonPatch, signal: abort.signal }).catch(
      (error: Error) => error.name,
    );
    await met;
    abort.abort();
    expect(await cut).toBe("AbortError");
    expect(canaryWeight()).toBe(weightAfterwards);
    agent.destroy();
    expect(await call).toBe("Error");
  });

  it("any other answer, with or without the effect", async () => {
    const type = "text/html";
    once({ instead: { code: 502, body: "<html>Bad Gateway</html>", type } });
    expect(await patch()).toMatchObject({ code: 502, text: "<html>Bad Gateway</html>" });
    expect(canaryWeight()).toBe(0);
    once({
      effect: true,
      instead: { code: 307, body: "", type, headers: { location: "/elsewhere", "retry-after": "3" } },
    });
    expect((await patch()).headers).toMatchObject({ location: "/elsewhere", "retry-after": "3" });
    expect(canaryWeight()).toBe(5);
  });

  it("no date, or a strange one", async () => {
    once({ date: null });
    expect((await patch()).headers.date).toBeUndefined();
    once({ date: "yesterday" });
    expect((await patch()).headers.date).toBe("yesterday");
  });

  it("something else first: another writer, a death at this very request", async () => {
    const edit = () => {
      server.store.edit(
        serverTime,
        virtualService,
        (draft) => Object.assign(draft.metadata, { labels: { by: "other" } }),
        "person",
      );
    };
    once({ before: edit });
    expect((await patch()).json()["metadata"]).toMatchObject({ labels: { by: "other" } });
  });
});
