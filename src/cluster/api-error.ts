import type { HttpResponse, NoAnswer } from "../network/bounded-request.ts";
import type { Scrub } from "../network/redact.ts";
import type { ApiError } from "../ports/cluster.ts";
import { retryAfterOf, wordsOf } from "./api-response.ts";

/** What a sentence about the API server is made of besides its answer. */
export type ApiCallContext = { readonly host: string; readonly user: string; readonly scrub: Scrub };

/**
 * What went wrong, from our own request: `verb` and `object` as in `patch`, `virtualservices… "reviews" in namespace
 * "shop"`. The server's words follow, where it said any.
 */
export function refusalWords(answer: HttpResponse, verb: string, object: string, told: ApiCallContext): string {
  const words = wordsOf(answer, told.scrub);
  const says = words === "" ? "" : ` The server says: ${words}`;
  // Admission says no with 403 too, and no right that is granted will change its mind.
  if (answer.status === 403 && /\badmission webhook|AdmissionPolicy|denied (the )?request|exceeded quota/.test(words))
    return `The API server at ${told.host} refuses to ${verb} ${object} (403).${says}`;
  return `${sentence(answer, verb, object, told)}${says}`;
}

function sentence({ status, headers }: HttpResponse, verb: string, object: string, told: ApiCallContext): string {
  const user = `kubeconfig user ${JSON.stringify(told.user)}`;
  if (status === 401) {
    return `The API server does not accept the credentials of ${user} (401). Log in again, or pass a new token.`;
  }
  if (status === 403) {
    return (
      `The API server forbids ${user} to ${verb} ${object} (403). Grant the verb "${verb}" on it, or check the name: ` +
      "what does not exist may be hidden in this way too."
    );
  }
  if (status === 429) return `The API server at ${told.host} has too much to do to ${verb} ${object} (429).`;
  if (status >= 300 && status < 400) {
    return (
      `${told.host} answered ${verb} ${object} with a redirect (${status}), which is never followed. ` +
      'Check "server" in the kubeconfig.'
    );
  }
  const html = /^text\/html\b/i.test(headers["content-type"] ?? "") ? ", with a page of HTML" : "";
  return `The API server at ${told.host} answered ${verb} ${object} with ${status}${html}.`;
}

/** No answer came at all. */
export function silenceWords(silence: NoAnswer, verb: string, object: string, told: ApiCallContext): string {
  const because = told.scrub(silence.because);
  if (silence.code === "login")
    return `Logging in to ${told.host} failed: ${because}${because.endsWith(".") ? "" : "."}`;
  return `The API server at ${told.host} could not be asked to ${verb} ${object}: ${because}.`;
}

/** An answer that looks like success and is none of the API server's. */
export function strangeWords(answer: HttpResponse, verb: string, object: string, told: ApiCallContext): string {
  const type = answer.headers["content-type"] ?? "";
  const what = /^text\/html\b/i.test(type) ? "a page of HTML" : "something that is not what was asked for";
  return `${told.host} answered ${verb} ${object} with ${what} (${answer.status}). Check "server" and proxies.`;
}

export function failure(answer: HttpResponse | NoAnswer, verb: string, object: string, told: ApiCallContext): ApiError {
  if (answer.kind === "failed") return { kind: "failed", because: silenceWords(answer, verb, object, told) };
  const { status } = answer;
  const because = (status < 300 ? strangeWords : refusalWords)(answer, verb, object, told);
  const retryAfterMs = retryAfterOf(answer);
  return { kind: "failed", because, status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
