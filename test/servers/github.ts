import http from "node:http";
import type { AddressInfo } from "node:net";
import { hold } from "../runner/held.ts";
import { answerViolations, type Call, example, readCall } from "./openapi.ts";

/** A comment as the double keeps it. */
export type Kept = {
  readonly id: number;
  readonly issue: number;
  readonly author: string;
  readonly bot: boolean;
  body: string;
};
export type KeptDeployment = {
  readonly id: number;
  readonly environment: string;
  readonly ref: string;
  readonly payload: unknown;
  readonly statuses: { state: string; description: string; log_url?: string; environment_url?: string }[];
};
export type KeptPull = { number: number; state: "open" | "closed"; merge_commit_sha?: string; head?: string };
export type Recorded = { readonly method: string; readonly path: string; readonly body: unknown };

/** What befalls a request: an answer, none, or one that is lost after the effect. */
export type Fate =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }
  | "hang"
  | "hang-in-body"
  | "reset"
  | "html"
  | "lose-answer";
export type Fault = { readonly method?: string; readonly path?: RegExp; readonly times?: number; readonly fate: Fate };

type Answer = { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> };

const message = (text: string) => ({ message: text, documentation_url: "https://docs.github.com/rest", status: "0" });
const notFound: Answer = { status: 404, body: message("Not Found") };
export const forbidden: Fate = { status: 403, body: message("Resource not accessible by integration") };
export const secondaryLimit = (seconds: number): Fate => ({
  status: 403,
  body: message("You have exceeded a secondary rate limit. Please wait a few minutes before you try again."),
  headers: { "retry-after": String(seconds) },
});
/** The double's own date is fixed, so that a reset in the future is one whatever the test's machine believes. */
const date = "Fri, 21 Nov 2025 14:00:00 GMT";
export const primaryLimit = (seconds: number): Fate => ({
  status: 403,
  body: message("API rate limit exceeded for installation."),
  headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(Date.parse(date) / 1000 + seconds) },
});

/** GitHub on loopback. Every request and every answer is held against GitHub's own description. */
export class GitHubDouble {
  readonly requests: Recorded[] = [];
  readonly violations: string[] = [];
  readonly comments: Kept[] = [];
  readonly deployments: KeptDeployment[] = [];
  readonly pulls = new Map<string, KeptPull[]>();
  /** The status of a run by `id/attempt`. */
  readonly runs = new Map<string, string>();
  login = "github-actions[bot]";
  pageSize = 100;
  /** Comments that only their author's owner may edit: an edit is refused. */
  readonly locked = new Set<number>();
  url = "";
  private readonly faults: { fault: Fault; left: number }[] = [];
  private readonly server: http.Server;
  private next = 1000;

  constructor() {
    this.server = http.createServer((request, response) => this.receive(request, response));
    this.server.keepAliveTimeout = 0;
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  fail(fault: Fault): void {
    this.faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  heal(): void {
    this.faults.length = 0;
  }

  addComment(issue: number, body: string, author = this.login, bot = author.endsWith("[bot]")): Kept {
    const comment = { id: this.next++, issue, author, bot, body };
    this.comments.push(comment);
    return comment;
  }

  /** Requests that change something. */
  writes(): readonly Recorded[] {
    return this.requests.filter(({ method, path }) => method !== "GET" && path !== "/graphql");
  }

  private receive(request: http.IncomingMessage, response: http.ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const body: unknown = text === "" ? undefined : JSON.parse(text);
      const url = new URL(request.url ?? "/", this.url);
      const method = request.method ?? "";
      this.requests.push({ method, path: url.pathname, body });
      if (request.headers.authorization !== "token t-secret-1")
        this.violations.push(`${method} ${url.pathname}: no token`);
      this.meet(method, url, body, request, response);
    });
  }

  private meet(
    method: string,
    url: URL,
    body: unknown,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): void {
    const fate = this.fateOf(method, url.pathname);
    const html = { "content-type": "text/html" };
    switch (fate) {
      case undefined:
        send(response, this.answer(method, url, body));
        break;
      case "lose-answer":
        this.answer(method, url, body);
        send(response, { status: 502, body: "<html>bad gateway</html>", headers: html });
        break;
      case "hang":
        hold(request.socket);
        break;
      case "hang-in-body":
        response.writeHead(200, { "content-type": "application/json", date });
        response.write("[");
        hold(request.socket);
        break;
      case "reset":
        request.socket.destroy();
        break;
      case "html":
        send(response, { status: 200, body: "<html>sign in</html>", headers: html });
        break;
      default:
        send(response, { body: message("Server Error"), ...fate });
    }
  }

  private fateOf(method: string, path: string): Fate | undefined {
    const hit = this.faults.find(
      ({ fault, left }) =>
        left > 0 && (fault.method ?? method) === method && (fault.path === undefined || fault.path.test(path)),
    );
    if (hit === undefined) return undefined;
    hit.left -= 1;
    return hit.fault.fate;
  }

  private answer(method: string, url: URL, body: unknown): Answer {
    if (url.pathname === "/graphql" || url.pathname === "/api/graphql") return this.graphql(method, body);
    const { call, violations } = readCall(method, url, body);
    this.violations.push(...violations);
    if (call === undefined || violations.length > 0) return { status: 422, body: message(violations.join("; ")) };
    const answer = this.handle(call, (body ?? {}) as Record<string, unknown>);
    this.violations.push(...answerViolations(call.operation, answer.status, answer.body));
    return answer;
  }

  private graphql(method: string, body: unknown): Answer {
    const query = (body as { query?: unknown } | undefined)?.query;
    if (method !== "POST" || query !== "query { viewer { login } }") this.violations.push(`unknown GraphQL: ${query}`);
    return { status: 200, body: { data: { viewer: { login: this.login } } } };
  }

  private handle({ operation, parameters, query }: Call, body: Record<string, unknown>): Answer {
    const issue = Number(parameters["issue_number"]);
    const repo = "/repos/{owner}/{repo}";
    switch (operation) {
      case `get ${repo}/issues/{issue_number}/comments`:
        return this.paged(this.comments.filter((comment) => comment.issue === issue).map(shownComment), query);
      case `post ${repo}/issues/{issue_number}/comments`:
        return { status: 201, body: shownComment(this.addComment(issue, String(body["body"]))) };
      case `patch ${repo}/issues/comments/{comment_id}`:
        return this.edit(Number(parameters["comment_id"]), String(body["body"]));
      case `delete ${repo}/issues/comments/{comment_id}`: {
        const at = this.comments.findIndex((comment) => comment.id === Number(parameters["comment_id"]));
        if (at < 0) return notFound;
        this.comments.splice(at, 1);
        return { status: 204, body: undefined };
      }
      case `get ${repo}/commits/{commit_sha}/pulls`:
        return { status: 200, body: (this.pulls.get(parameters["commit_sha"] ?? "") ?? []).map(shownPull) };
      case `get ${repo}/deployments`:
        return this.paged(
          this.deployments
            .filter((deployment) => deployment.environment === query.get("environment"))
            .toReversed()
            .map(shownDeployment),
          query,
        );
      case `post ${repo}/deployments`:
        return this.deploy(body);
      case `post ${repo}/deployments/{deployment_id}/statuses`:
        return this.addStatus(Number(parameters["deployment_id"]), body);
      case `get ${repo}/actions/runs/{run_id}/attempts/{attempt_number}`: {
        const status = this.runs.get(`${parameters["run_id"]}/${parameters["attempt_number"]}`);
        return status === undefined ? notFound : { status: 200, body: { ...example(operation, "200"), status } };
      }
      default:
        return notFound;
    }
  }

  private edit(id: number, body: string): Answer {
    const comment = this.comments.find((candidate) => candidate.id === id);
    if (comment === undefined) return notFound;
    if (comment.author !== this.login || this.locked.has(id)) return { ...(forbidden as Answer) };
    comment.body = body;
    return { status: 200, body: shownComment(comment) };
  }

  private deploy(body: Record<string, unknown>): Answer {
    if (!/^[0-9a-f]{40}$|^main$/.test(String(body["ref"]))) {
      return { status: 422, body: message(`No ref found for: ${String(body["ref"])}`) };
    }
    if (body["auto_merge"] !== false) return { status: 202, body: { message: "Auto-merged main into topic." } };
    const deployment: KeptDeployment = {
      id: this.next++,
      environment: String(body["environment"]),
      ref: String(body["ref"]),
      payload: body["payload"],
      statuses: [],
    };
    this.deployments.push(deployment);
    return { status: 201, body: shownDeployment(deployment) };
  }

  private addStatus(id: number, body: Record<string, unknown>): Answer {
    const deployment = this.deployments.find((candidate) => candidate.id === id);
    if (deployment === undefined) return notFound;
    const description = String(body["description"]);
    if ([...description].length > 140) return { status: 422, body: message("description is too long") };
    deployment.statuses.push(body as KeptDeployment["statuses"][number]);
    const shown = example("post /repos/{owner}/{repo}/deployments/{deployment_id}/statuses", "201");
    return { status: 201, body: { ...shown, state: body["state"], description } };
  }

  private paged(items: readonly unknown[], query: URLSearchParams): Answer {
    const size = Math.min(this.pageSize, Number(query.get("per_page") ?? 30));
    const page = Number(query.get("page") ?? 1);
    const hasNext = items.length > page * size;
    const link = `<${this.url}/next?page=${page + 1}>; rel="next", <${this.url}/last>; rel="last"`;
    return {
      status: 200,
      body: items.slice((page - 1) * size, page * size),
      headers: hasNext ? { link } : {},
    };
  }
}

export const gitHubDouble = (): Promise<GitHubDouble> => new GitHubDouble().open();

const commentExample = "post /repos/{owner}/{repo}/issues/{issue_number}/comments";

function shownComment(comment: Kept): unknown {
  const shown = example(commentExample, "201");
  const user = shown["user"] as Record<string, unknown>;
  return {
    ...shown,
    id: comment.id,
    body: comment.body,
    html_url: `https://github.com/octo/shop/pull/${comment.issue}#issuecomment-${comment.id}`,
    user: { ...user, login: comment.author, type: comment.bot ? "Bot" : "User" },
  };
}

function shownPull(pull: KeptPull): unknown {
  const shown = example("get /repos/{owner}/{repo}/commits/{commit_sha}/pulls", "200");
  const head = { ...(shown["head"] as object), ...(pull.head === undefined ? {} : { sha: pull.head }) };
  const merged = pull.merge_commit_sha ?? null;
  return { ...shown, requested_teams: [], number: pull.number, state: pull.state, merge_commit_sha: merged, head };
}

function shownDeployment(deployment: KeptDeployment): unknown {
  const shown = example("post /repos/{owner}/{repo}/deployments", "201");
  const { id, environment, ref, payload } = deployment;
  return { ...shown, id, environment, ref, payload };
}

function send(response: http.ServerResponse, { status, body, headers }: Answer): void {
  if (body === undefined) {
    response.writeHead(status, { date }).end();
    return;
  }
  const isText = typeof body === "string";
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", date, ...headers });
  response.end(isText ? body : JSON.stringify(body));
}
