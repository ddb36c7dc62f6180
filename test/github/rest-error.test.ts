import { expect, test } from "vitest";
import { foreign } from "../../src/base/foreign.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { failureOf } from "../../src/github/rest-error.ts";
import { NetworkError } from "../../src/network/network-error.ts";

/** An error as Octokit throws it. */
const answered = (status: number, data: unknown, headers: object = {}) =>
  Object.assign(new Error("HttpError"), { status, response: { status, headers, data } });

/** GitHub's words for its secondary limit, which come without a header, and for a right that is missing. */
test.each([
  ["You have exceeded a secondary rate limit. Please wait a few minutes before you try again.", 60_000],
  ["API rate limit exceeded for installation ID 1.", 60_000],
  ["You have triggered an abuse detection mechanism. Please wait a few minutes before you try again.", 60_000],
  ["Resource not accessible by integration", undefined],
  ["Resource protected by organization SAML enforcement.", undefined],
])("a 403 with the words: %s", (message, limitedMs) => {
  const says = foreign(message);
  expect(failureOf(answered(403, { message }))).toEqual({
    kind: "failed",
    status: 403,
    ...(limitedMs === undefined
      ? { reason: reason("github-rejected", { status: 403, says }) }
      : { limitedMs, reason: reason("github-rate-limited", { status: 403, waitMs: limitedMs, says }) }),
  });
});

test("the details of a refusal are told beside its message, and nothing of its headers", () => {
  const data = {
    message: "Validation Failed",
    errors: [{ message: "No commit found" }, { code: "missing" }, "as text", {}],
  };
  const failure = failureOf(answered(422, data, { authorization: "token planted" }));
  const says = foreign("Validation Failed; No commit found; missing; as text");
  expect(failure).toEqual({ kind: "failed", status: 422, reason: reason("github-rejected", { status: 422, says }) });
});

test("what the network did, what our own fetch refused, and what the client could not do", () => {
  const cut = reason("network-cut-off", {});
  const wrapped = (cause: Error) => Object.assign(new Error("network-cut-off", { cause }), { status: 500 });
  expect(failureOf(wrapped(new NetworkError(cut)))).toEqual({
    kind: "failed",
    reason: reason("github-unreachable", { cause: cut }),
  });
  expect(failureOf(wrapped(new NetworkError(reason("network-redirected", { status: 301 }))))).toEqual({
    kind: "failed",
    reason: reason("github-redirected", { status: 301 }),
  });
  const thrown = (error: unknown) => failureOf(error).reason;
  expect(thrown(new Error("Parameter token is required"))).toEqual(
    reason("github-failed", { says: foreign("Parameter token is required") }),
  );
  expect(thrown(Object.create(null))).toEqual(reason("github-failed", { says: foreign("no words") }));
});
