import type { NetworkCode } from "../../base/reasons/api-reasons.ts";
import type { Reason } from "../../base/reasons/index.ts";
import type { Resource, ResourceName } from "../../ports/cluster.ts";
import type { Cause } from "./kind-schema.ts";
import type { Kind } from "./served-kinds.ts";

/** What an API server says to one request. A body of text is what it sends where no API answers at all. */
export type SimulatedResponse = {
  readonly code: number;
  readonly body: unknown;
  /** The texts of `Warning` headers. */
  readonly warnings: readonly string[];
  readonly retryAfterSeconds?: number;
  /** Why no answer came: the network's doing, not the server's. */
  readonly lost?: Reason<NetworkCode>;
  /** A webhook or a policy refuses, not a missing right. */
  readonly isAdmission?: true;
  /** The message without the object that a strict refusal quotes. */
  readonly point?: string;
};

/** A failure as the API server words it. */
type Refusal = {
  readonly code: number;
  readonly message: string;
  readonly reason?: string;
  readonly details?: unknown;
};

export function refusal({ code, message, reason, details }: Refusal): SimulatedResponse {
  const body = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  };
  return { code, body, warnings: [] };
}

export function ok(body: unknown): SimulatedResponse {
  return { code: 200, body, warnings: [] };
}

export function removed(resource: ResourceName, uid: string | undefined): SimulatedResponse {
  const body = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" };
  return ok({ ...body, details: { ...details(resource), uid } });
}

export const pageNotFound: SimulatedResponse = { code: 404, body: "404 page not found\n", warnings: [] };

export const unauthorized = refusal({ code: 401, message: "Unauthorized", reason: "Unauthorized" });

/** A failed `test` and a bad path look alike: one constant message, empty details. */
export const patchDoesNotApply = refusal({
  code: 422,
  message: "the server rejected our request due to an error in our request",
  reason: "Invalid",
  details: {},
});

export const unknownMediaType = refusal({
  code: 415,
  message:
    "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
  reason: "UnsupportedMediaType",
});

export function badRequest(message: string): SimulatedResponse {
  return refusal({ code: 400, message, reason: "BadRequest" });
}

export function tooLarge(message: string): SimulatedResponse {
  return refusal({ code: 413, message: `Request entity too large: ${message}`, reason: "RequestEntityTooLarge" });
}

export function notFound(resource: ResourceName): SimulatedResponse {
  return about(resource, 404, "NotFound", "not found");
}

export function alreadyExists(resource: ResourceName): SimulatedResponse {
  return about(resource, 409, "AlreadyExists", "already exists");
}

export function conflict(resource: ResourceName): SimulatedResponse {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${resource.name}": the object has been modified; please apply your changes to the latest version and try again`;
  return refusal({ code: 409, message, reason: "Conflict", details: details(resource) });
}

export function methodNotAllowed(resource: Resource): SimulatedResponse {
  const message = ` is not supported on resources of kind "${qualified(resource)}"`;
  return refusal({ code: 405, message, reason: "MethodNotAllowed", details: details(resource) });
}

export function forbidden(
  resource: Resource & { readonly name?: string },
  user: string,
  verb: string,
): SimulatedResponse {
  const named = resource.name === undefined ? "" : ` "${resource.name}"`;
  const where = resource.namespace === "" ? "at the cluster scope" : `in the namespace "${resource.namespace}"`;
  const message = `${qualified(resource)}${named} is forbidden: User "${user}" cannot ${verb} resource "${resource.plural}" in API group "${resource.group}" ${where}`;
  return refusal({ code: 403, message, reason: "Forbidden", details: details(resource) });
}

export function invalid(kind: Kind, name: string, causes: readonly Cause[]): SimulatedResponse {
  return invalidObject(kind.kind, kind.group, name, causes);
}

/** The generic layer names the plural where the schema layer names the kind. */
export function versionMissing(resource: ResourceName): SimulatedResponse {
  const message = "Invalid value: 0: must be specified for an update";
  return invalidObject(resource.plural, resource.group, resource.name, [
    { reason: "FieldValueInvalid", message, field: "metadata.resourceVersion" },
  ]);
}

/** The patched object cannot be read back. The server quotes it whole, in the message and once more in the cause. */
export function undecodable(patched: unknown, because: string): SimulatedResponse {
  const message = `Invalid value: ${JSON.stringify(JSON.stringify(patched))}: ${because}`;
  const answer = invalidObject("", "", "", [{ reason: "FieldValueInvalid", message, field: "patch" }]);
  return { ...answer, point: because };
}

export function badOption(field: string, message: string): SimulatedResponse {
  return invalidObject("PatchOptions", "meta.k8s.io", "", [{ reason: "FieldValueNotSupported", message, field }]);
}

function invalidObject(kind: string, group: string, name: string, causes: readonly Cause[]): SimulatedResponse {
  const words = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
  const message = `${group === "" ? kind : `${kind}.${group}`} "${name}" is invalid: ${words.length === 1 ? words[0] : `[${words.join(", ")}]`}`;
  const given = {
    ...(name === "" ? {} : { name }),
    ...(group === "" ? {} : { group }),
    ...(kind === "" ? {} : { kind }),
  };
  return refusal({ code: 422, message, reason: "Invalid", details: { ...given, causes } });
}

function about(resource: ResourceName, code: number, reason: string, words: string): SimulatedResponse {
  const message = `${qualified(resource)} "${resource.name}" ${words}`;
  return refusal({ code, message, reason, details: details(resource) });
}

function details(resource: Resource & { readonly name?: string }) {
  return {
    ...(resource.name === undefined ? {} : { name: resource.name }),
    ...(resource.group === "" ? {} : { group: resource.group }),
    kind: resource.plural,
  };
}

function qualified(resource: Resource): string {
  return resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;
}
