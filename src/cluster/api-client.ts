import type { Clock } from "../base/clock.ts";
import type { JsonPatch } from "../base/kube-object.ts";
import { reason } from "../base/reasons/index.ts";
import type { Env } from "../network/proxy.ts";
import { scrubber } from "../network/redact.ts";
import type {
  AccessResult,
  ApiError,
  CallOptions,
  Cluster,
  ListResult,
  PatchResult,
  ReadResult,
  Resource,
  ResourceName,
  Verb,
  VersionsResult,
} from "../ports/cluster.ts";
import { reviewOf } from "./access-review.ts";
import { type ApiCallContext, failure, reasonOf, saysOf } from "./api-error.ts";
import { jsonOf, missingOf, objectOf, pageOf, timeOf, warningsOf } from "./api-response.ts";
import { type ApiConnection, type ConnectionLimits, openLine, usualLimits } from "./connection.ts";
import type { Access } from "./resolved-kubeconfig.ts";
import { nameOf, pathOf } from "./resource-path-and-name.ts";

export type ClusterOptions = {
  readonly clock: Clock;
  readonly env: Env;
  /** Told each secret that turns up later, as the token that a plugin gives, before it is used. */
  readonly onSecrets?: (secrets: readonly string[]) => void;
  readonly limits?: Partial<ConnectionLimits>;
};

const patchTimeoutMs = 5_000;
const pageSize = 100;
const maxPages = 50;

/** The API server that a kubeconfig names. Nothing is asked before the first call. */
export function openCluster(access: Access, options: ClusterOptions): Cluster {
  const secrets = new Set(access.secrets);
  let scrub = scrubber([...secrets]);
  const onSecrets = (more: readonly string[]) => {
    options.onSecrets?.(more);
    for (const secret of more) secrets.add(secret);
    scrub = scrubber([...secrets]);
  };
  const { clock, env } = options;
  const line = openLine(access, { clock, env, limits: { ...usualLimits, ...options.limits }, onSecrets });
  const told: ApiCallContext = {
    host: new URL(access.server).host,
    user: access.user,
    scrub: (text) => scrub(text),
  };
  return {
    read: (resource, call) => read(line, told, resource, call),
    patch: (resource, operations, call) => patch(line, told, resource, operations, call),
    list: (resource, call) => list(line, told, clock, resource, call),
    versions: (group, call) => versions(line, told, group, call),
    may: (verb, resource, call) => may(line, told, verb, resource, call),
    credential: () => line.login.credential(),
    close: () => line.close(),
  };
}

async function read(
  line: ApiConnection,
  told: ApiCallContext,
  resource: ResourceName,
  options?: CallOptions,
): Promise<ReadResult> {
  const object = nameOf(resource);
  const answer = await line.ask({ method: "GET", path: pathOf(resource) }, options);
  if (answer.kind === "failed") return failure(answer, "get", object, told);
  const time = timeOf(answer);
  if (answer.status === 404 || answer.status === 410) {
    const missing = missingOf(answer);
    if (missing === "object" || answer.status === 410) {
      return { kind: "absent", reason: reason("api-not-found", { object }), time };
    }
    if (missing === "version") {
      const version = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
      const { plural } = resource;
      return { kind: "absent", reason: reason("api-version-not-served", { plural, version, object }), time };
    }
  }
  const found = answer.status === 200 ? objectOf(jsonOf(answer), resource.name) : undefined;
  return found === undefined ? failure(answer, "get", object, told) : { kind: "found", object: found, time };
}

async function patch(
  line: ApiConnection,
  told: ApiCallContext,
  resource: ResourceName,
  operations: JsonPatch,
  options: Parameters<Cluster["patch"]>[2],
): Promise<PatchResult> {
  const { timeoutMs = patchTimeoutMs, dryRun } = options;
  const query = new URLSearchParams({
    fieldManager: "sluice",
    fieldValidation: "Strict",
    // Without a unit the server takes no notice of it.
    timeout: timeoutMs % 1_000 === 0 ? `${timeoutMs / 1_000}s` : `${Math.round(timeoutMs)}ms`,
    ...(dryRun ? { dryRun: "All" } : {}),
  });
  const body = { type: "application/json-patch+json", text: JSON.stringify(operations) };
  const object = nameOf(resource);
  const answer = await line.ask({ method: "PATCH", path: `${pathOf(resource)}?${query}`, body }, options);
  const isSuccess = answer.kind === "answer" && (answer.status === 200 || answer.status === 201);
  const written = isSuccess ? objectOf(jsonOf(answer), resource.name) : undefined;
  if (answer.kind === "failed" || written === undefined) {
    const { reason: why, retryAfterMs } = failure(answer, "patch", object, told);
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    const isRefused = answer.kind === "answer" && answer.status >= 400 && answer.status < 500;
    return isRefused
      ? { kind: "refused", status: answer.status, reason: why, ...wait }
      : { kind: "unknown", reason: why };
  }
  return { kind: "applied", object: written, warnings: warningsOf(answer, told.scrub) };
}

async function list(
  line: ApiConnection,
  told: ApiCallContext,
  clock: Clock,
  resource: Resource,
  options: Parameters<Cluster["list"]>[1] = {},
): Promise<ListResult> {
  const { labelSelector, fieldSelector, deadlineMs = line.deadlineMs, signal } = options;
  const object = nameOf(resource);
  const ends = clock.now() + deadlineMs;
  const items = [];
  let next = "";
  for (let page = 0; page < maxPages; page += 1) {
    const query = new URLSearchParams({
      limit: String(pageSize),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
      ...(next === "" ? {} : { continue: next }),
    });
    const rest = {
      deadlineMs: page === 0 ? deadlineMs : Math.max(1, ends - clock.now()),
      ...(signal ? { signal } : {}),
    };
    const answer = await line.ask({ method: "GET", path: `${pathOf(resource)}?${query}` }, rest);
    if (answer.kind === "answer" && answer.status === 403) {
      return { kind: "forbidden", reason: reasonOf(answer, "list", object, told) };
    }
    const found = answer.kind === "answer" && answer.status === 200 ? pageOf(answer) : undefined;
    if (found === undefined) return failure(answer, "list", object, told);
    items.push(...found.items);
    next = found.next;
    if (next === "") return { kind: "listed", items };
  }
  return { kind: "failed", reason: reason("api-list-too-long", { object, limit: maxPages * pageSize }) };
}

async function versions(
  line: ApiConnection,
  told: ApiCallContext,
  group: string,
  options: NonNullable<Parameters<Cluster["versions"]>[1]> = {},
): Promise<VersionsResult> {
  const served = await versionsOfGroup(line, told, group, options);
  const { plural } = options;
  if (plural === undefined || served.kind !== "served") return served;
  const holding = await Promise.all(
    served.versions.map((version) => holds(line, told, group, version, plural, options)),
  );
  const failed = holding.find((answer) => typeof answer !== "boolean");
  if (failed !== undefined) return failed;
  return { kind: "served", versions: served.versions.filter((_, index) => holding[index] === true) };
}

/** Whether a version of a group has a kind: a group that serves v1 need not serve all of its kinds there. */
async function holds(
  line: ApiConnection,
  told: ApiCallContext,
  group: string,
  version: string,
  plural: string,
  options: CallOptions,
): Promise<boolean | ApiError> {
  const path = `/apis/${encodeURIComponent(group)}/${encodeURIComponent(version)}`;
  const answer = await line.ask({ method: "GET", path }, options);
  if (answer.kind === "answer" && answer.status === 404 && missingOf(answer) !== "stranger") return false;
  const body = answer.kind === "answer" && answer.status === 200 ? jsonOf(answer) : undefined;
  const resources = body?.["resources"];
  if (!Array.isArray(resources)) return failure(answer, "get", path, told);
  return resources.some((entry: { readonly name?: unknown } | null) => entry?.name === plural);
}

async function versionsOfGroup(
  line: ApiConnection,
  told: ApiCallContext,
  group: string,
  options: CallOptions,
): Promise<VersionsResult> {
  const path = group === "" ? "/api" : `/apis/${encodeURIComponent(group)}`;
  const answer = await line.ask({ method: "GET", path }, options);
  if (answer.kind === "answer" && answer.status === 404 && missingOf(answer) !== "stranger") return { kind: "absent" };
  const body = answer.kind === "answer" && answer.status === 200 ? jsonOf(answer) : undefined;
  const served = Array.isArray(body?.["versions"]) ? body["versions"].map(versionOf) : [];
  if (served.length === 0 || served.includes(undefined)) return failure(answer, "get", path, told);
  const preferred = versionOf(body?.["preferredVersion"]);
  const known = served.filter((version) => version !== undefined);
  return { kind: "served", versions: [...new Set(preferred === undefined ? known : [preferred, ...known])] };
}

/** The core API lists its versions as words, a group as objects. */
function versionOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const version = (value as { readonly version?: unknown } | null | undefined)?.version;
  return typeof version === "string" ? version : undefined;
}

async function may(
  line: ApiConnection,
  told: ApiCallContext,
  verb: Verb,
  resource: Resource & { readonly name?: string },
  options?: CallOptions,
): Promise<AccessResult> {
  const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const body = { type: "application/json", text: reviewOf(verb, resource) };
  const answer = await line.ask({ method: "POST", path, body }, options);
  const review = answer.kind === "answer" && [200, 201].includes(answer.status) ? jsonOf(answer) : undefined;
  const status = review?.["status"] as { readonly allowed?: unknown; readonly reason?: unknown } | undefined;
  if (status?.allowed === true) return { kind: "allowed" };
  if (status?.allowed !== false) return { kind: "unknown", reason: reasonOf(answer, "create", path, told) };
  const says = saysOf(status.reason, told.scrub);
  return {
    kind: "denied",
    reason: reason("api-access-denied", { user: told.user, verb, object: nameOf(resource), ...says }),
  };
}
