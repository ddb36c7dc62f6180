import { isMembers } from "../../src/base/json-value.ts";
import type { Resource, ResourceName } from "../../src/ports/cluster.ts";
import type { Store, Write } from "../../src/simulator/cluster/object-store.ts";
import { allows, nameInSelector, type Rule } from "../../src/simulator/cluster/rbac.ts";
import type { SimulatedResponse } from "../../src/simulator/cluster/server-responses.ts";
import * as answers from "../../src/simulator/cluster/server-responses.ts";
import type { ApiPath } from "./api-path.ts";

/** One request as far as an API server's answer depends on it. */
export type Asked = {
  readonly method: string;
  readonly path: ApiPath;
  readonly query: URLSearchParams;
  readonly mediaType: string;
  readonly agent: string;
  readonly body: string;
  readonly user: { readonly name: string; readonly rights: readonly Rule[] };
  readonly now: number;
};

const bodyLimit = 3_145_728;
const verbs: Readonly<Record<string, string>> = {
  GET: "get",
  PATCH: "patch",
  POST: "create",
  PUT: "update",
  DELETE: "delete",
};

export function answerOf(store: Store, asked: Asked): SimulatedResponse {
  if (asked.body.length > bodyLimit) return answers.tooLarge(`limit is ${bodyLimit}`);
  switch (asked.path.kind) {
    case "resource":
      return ofResource(store, asked, asked.path.resource, asked.path.subresource);
    case "group":
      return store.versions(asked.path.group);
    case "group-version":
      return resourcesOf(store, asked.path.group, asked.path.version);
    case "page":
      return page(store, asked.path.page);
    case "review":
      return review(asked);
    case "nowhere":
      return answers.pageNotFound;
    default:
      return asked.path satisfies never;
  }
}

function ofResource(
  store: Store,
  asked: Asked,
  resource: Resource & { readonly name?: string },
  subresource: string | undefined,
): SimulatedResponse {
  const { method, query, user } = asked;
  const { name } = resource;
  const verb = method === "GET" && name === undefined ? "list" : (verbs[method] ?? "");
  const selected = verb === "list" ? nameInSelector(query.get("fieldSelector") ?? undefined) : undefined;
  const named = { ...resource, ...(selected !== undefined && { name: selected }) };
  if (!allows(user.rights, verb, named)) return answers.forbidden(named, user.name, verb);
  if (subresource !== undefined && subresource !== "status") return answers.pageNotFound;
  if (name === undefined) {
    if (method === "GET") return onePage(store.list(resource, selectors(query)), query);
    if (method === "POST") return withJson(asked, (object, write) => store.create(asked.now, resource, object, write));
    return answers.methodNotAllowed(resource);
  }
  const whole = { ...resource, name };
  switch (method) {
    case "GET":
      return store.read(whole);
    case "PATCH":
      return patch(store, asked, whole, subresource);
    case "PUT":
      return withJson(asked, (object, write) =>
        store.update(asked.now, whole, object, { ...write, ...at(subresource) }),
      );
    case "DELETE":
      return store.remove(asked.now, whole, { manager: managerOf(asked), dryRun: query.get("dryRun") === "All" });
    default:
      return answers.methodNotAllowed(resource);
  }
}

function at(subresource: string | undefined): { readonly subresource?: "status" } {
  return subresource === "status" ? { subresource } : {};
}

function patch(store: Store, asked: Asked, resource: ResourceName, subresource: string | undefined): SimulatedResponse {
  const { mediaType, now } = asked;
  if (mediaType !== "application/json-patch+json" && mediaType !== "application/merge-patch+json") {
    return answers.unknownMediaType;
  }
  return withJson(asked, (body, write) => {
    const how = { ...write, ...at(subresource) };
    return mediaType === "application/json-patch+json"
      ? store.patch(now, resource, body, how)
      : store.mergePatch(now, resource, body, how);
  });
}

/** Reads query and body as every writing request has them. */
function withJson(asked: Asked, act: (body: unknown, write: Write) => SimulatedResponse): SimulatedResponse {
  const { query } = asked;
  const [dryRun, fieldValidation, timeout] = ["dryRun", "fieldValidation", "timeout"].map(
    (name) => query.get(name) ?? "",
  );
  if (timeout !== "" && !/^(\d+(\.\d+)?(ns|us|ms|s|m|h))+$/.test(timeout ?? "")) {
    const words = `time: missing unit in duration "${timeout}"`;
    return answers.badRequest(`invalid timeout specified in the request URL - ${words}`);
  }
  if (dryRun !== "" && dryRun !== "All") {
    return answers.badOption("dryRun", `Unsupported value: ["${dryRun}"]: supported values: "All"`);
  }
  const supported = ["", "Ignore", "Strict", "Warn"];
  if (!supported.includes(fieldValidation ?? "")) {
    const words = `Unsupported value: "${fieldValidation}": supported values: ${supported.map((word) => `"${word}"`).join(", ")}`;
    return answers.badOption("fieldValidation", words);
  }
  let body: unknown;
  try {
    body = JSON.parse(asked.body);
  } catch {
    return answers.badRequest("error decoding patch: unexpected end of JSON input");
  }
  const validation = fieldValidation === "Strict" || fieldValidation === "Ignore" ? ({ fieldValidation } as const) : {};
  return act(body, { manager: managerOf(asked), dryRun: dryRun === "All", ...validation });
}

function managerOf({ query, agent }: Asked): string {
  return query.get("fieldManager") ?? agent.split("/")[0] ?? "unknown";
}

function selectors(query: URLSearchParams) {
  return { labelSelector: query.get("labelSelector") ?? "", fieldSelector: query.get("fieldSelector") ?? "" };
}

/** Cuts a list at `limit`; where it goes on stands in `continue`. */
function onePage(answer: SimulatedResponse, query: URLSearchParams): SimulatedResponse {
  const limit = Number(query.get("limit") ?? 0);
  const body = answer.body;
  if (answer.code !== 200 || !isMembers(body) || !Array.isArray(body["items"])) return answer;
  const start = Number(Buffer.from(query.get("continue") ?? "", "base64url").toString() || 0);
  const items = body["items"];
  const end = limit > 0 ? start + limit : items.length;
  const left = items.length - end;
  const more = left > 0 ? { continue: Buffer.from(String(end)).toString("base64url"), remainingItemCount: left } : {};
  const metadata = { ...(isMembers(body["metadata"]) ? body["metadata"] : {}), ...more };
  return answers.ok({ ...body, metadata, items: items.slice(start, end) });
}

function page(store: Store, name: "version" | "core-versions" | "groups"): SimulatedResponse {
  switch (name) {
    case "version":
      return answers.ok({ major: "1", minor: "36", gitVersion: "v1.36.3", platform: "linux/amd64" });
    case "core-versions":
      return answers.ok({ kind: "APIVersions", versions: ["v1"] });
    case "groups": {
      const names = [...new Set(store.kinds.map((kind) => kind.group))].filter((group) => group !== "");
      const groups = names.map((group) => {
        const { kind: _kind, apiVersion: _version, ...rest } = store.versions(group).body as Record<string, unknown>;
        return rest;
      });
      return answers.ok({ kind: "APIGroupList", apiVersion: "v1", groups });
    }
    default:
      return name satisfies never;
  }
}

function resourcesOf(store: Store, group: string, version: string): SimulatedResponse {
  const kinds = store.kinds.filter((kind) => kind.group === group && kind.versions.includes(version));
  if (kinds.length === 0) return answers.pageNotFound;
  const resources = kinds.map(({ plural, kind }) => ({
    name: plural,
    singularName: kind.toLowerCase(),
    namespaced: !["namespaces", "gatewayclasses"].includes(plural),
    kind,
    verbs: ["create", "delete", "get", "list", "patch", "update"],
  }));
  const groupVersion = group === "" ? version : `${group}/${version}`;
  return answers.ok({ kind: "APIResourceList", apiVersion: "v1", groupVersion, resources });
}

/** Open to everybody who is known, and answered with 201 whatever it says. */
function review({ body, user, method, mediaType }: Asked): SimulatedResponse {
  if (method !== "POST") return answers.pageNotFound;
  // The real one reads protobuf as well.
  if (mediaType !== "application/json") return answers.unknownMediaType;
  const asked: unknown = JSON.parse(body);
  const spec = isMembers(asked) && isMembers(asked["spec"]) ? asked["spec"] : {};
  const attributes = isMembers(spec["resourceAttributes"]) ? spec["resourceAttributes"] : {};
  const word = (name: string) => (typeof attributes[name] === "string" ? attributes[name] : "");
  const name = word("name");
  const allowed = allows(user.rights, word("verb"), {
    group: word("group"),
    version: word("version"),
    plural: word("resource"),
    namespace: word("namespace"),
    ...(name === "" ? {} : { name }),
  });
  const head = { kind: "SelfSubjectAccessReview", apiVersion: "authorization.k8s.io/v1", metadata: {} };
  return { code: 201, body: { ...head, spec, status: { allowed } }, warnings: [] };
}
