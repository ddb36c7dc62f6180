import { foreign, foreignLimit } from "../base/foreign.ts";
import { isMembers } from "../base/json-value.ts";
import type { ClusterCode } from "../base/reasons/api-reasons.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { HttpResponse } from "../network/bounded-request.ts";
import { foreignWords, type Scrub } from "../network/redact.ts";
import type { ApiError } from "../ports/cluster.ts";
import { jsonOf, retryAfterOf } from "./api-response.ts";
import type { NotAnswered } from "./connection.ts";

/** What a reason about the API server is made of besides its answer. */
export type ApiCallContext = { readonly host: string; readonly user: string; readonly scrub: Scrub };

/**
 * What an API server says where a webhook, a policy or a quota refuses. Such a refusal comes with any status, 403 too, where only
 * these words tell it from a missing right; and no right that is granted will change its mind.
 */
const admission = /\badmission webhook|AdmissionPolicy|denied (the )?request|exceeded quota/;

/** What went wrong, from our own request: `verb` and `object` as in `patch`, `virtualservices… "reviews" in namespace "shop"`. */
export function reasonOf(
  answer: HttpResponse | NotAnswered,
  verb: string,
  object: string,
  { host, user, scrub }: ApiCallContext,
): Reason<ClusterCode> {
  const call = { host, verb, object };
  if (answer.kind === "failed") {
    const { reason: why } = answer;
    return why.code === "login-failed" ? why : reason("api-unreachable", { ...call, cause: why });
  }
  const { status } = answer;
  const body = /^text\/html\b/i.test(answer.headers["content-type"] ?? "") ? "html" : "other";
  if (status < 300) return reason("api-unexpected-answer", { ...call, status, body });
  if (status < 400) return reason("api-redirected", { ...call, status });
  const message = messageOf(answer);
  const says = saysOf(message, scrub);
  if (status === 401) return reason("api-unauthorized", { user, ...says });
  if (status < 500 && admission.test(message)) return reason("api-admission-denied", { ...call, status, ...says });
  if (status === 403) return reason("api-forbidden", { user, verb, object, ...says });
  if (status === 429) return reason("api-throttled", { ...call, ...says });
  if (body === "html") return reason("api-unexpected-answer", { ...call, status, body });
  return reason(status < 500 ? "api-rejected" : "api-server-error", { ...call, status, ...says });
}

export function failure(
  answer: HttpResponse | NotAnswered,
  verb: string,
  object: string,
  told: ApiCallContext,
): ApiError {
  const why = reasonOf(answer, verb, object, told);
  if (answer.kind === "failed") return { kind: "failed", reason: why };
  const retryAfterMs = retryAfterOf(answer);
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { kind: "failed", reason: why, status: answer.status, ...wait };
}

/** The server's words as data of a reason, left out where there are none. */
export function saysOf(message: unknown, scrub: Scrub): { readonly says?: ReturnType<typeof foreign> } {
  const line = typeof message === "string" ? foreignWords(message, scrub, foreignLimit) : "";
  return line === "" ? {} : { says: foreign(line) };
}

/**
 * The server's own words on why it refused. Strict validation quotes the whole object twice before it comes to the point, and pages of
 * HTML are not the API server's words.
 */
function messageOf(answer: HttpResponse): string {
  const status = jsonOf(answer);
  const message = status?.["message"];
  if (typeof message === "string" && message !== "") {
    const at = message.lastIndexOf("strict decoding error:");
    const point = at < 0 ? message : message.slice(at);
    // The cause of a strict refusal is the quoted object once more.
    const causes = at < 0 ? causesOf(status, point) : [];
    return [point, ...causes].join("; ");
  }
  const isText = /^text\/plain\b/i.test(answer.headers["content-type"] ?? "");
  return isText ? answer.text.slice(0, 10_000) : "";
}

function causesOf(status: Readonly<Record<string, unknown>> | undefined, message: string): string[] {
  const details = status?.["details"];
  const causes = isMembers(details) ? details["causes"] : undefined;
  if (!Array.isArray(causes)) return [];
  return causes.filter(isMembers).flatMap((cause) => {
    const [field, words] = [cause["field"], cause["message"]];
    if (typeof words !== "string" || words === "" || message.includes(words)) return [];
    return [typeof field === "string" && field !== "" ? `${field}: ${words}` : words];
  });
}
