import { describe, expect, test } from "vitest";
import { foreign } from "../../src/base/foreign.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { reasonOf } from "../../src/cluster/api-error.ts";
import type { HttpResponse } from "../../src/network/bounded-request.ts";

const object = 'virtualservices.networking.istio.io "reviews" in namespace "shop"';
const told = { host: "api.test:6443", user: "ci", scrub: (text: string) => text.replaceAll("planted", "***") };
const call = { host: told.host, verb: "patch", object };

const response = (status: number, text: string, type = "application/json"): HttpResponse => ({
  kind: "answer",
  status,
  headers: { "content-type": type },
  text,
  receivedAt: 0,
});
const status = (code: number, message: string, rest: object = {}) =>
  response(code, JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", message, code, ...rest }));
const told403 = (message: string, rest: object = { reason: "Forbidden" }) => status(403, message, rest);
const asked = (answer: HttpResponse) => reasonOf(answer, "patch", object, told);

/** As API servers of 1.30 to 1.34 word a right that is missing, for a user, a service account and a stranger. */
test.each([
  'virtualservices.networking.istio.io "reviews" is forbidden: User "ci" cannot patch resource "virtualservices" in API group "networking.istio.io" in the namespace "shop"',
  'pods is forbidden: User "system:serviceaccount:shop:sluice" cannot list resource "pods" in API group "" in the namespace "shop"',
  'virtualservices.networking.istio.io "reviews" is forbidden: User "system:anonymous" cannot patch resource "virtualservices" in API group "networking.istio.io" in the namespace "shop": RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
])("a right that is missing is forbidden: %s", (message) => {
  expect(asked(told403(message))).toEqual(
    reason("api-forbidden", { user: "ci", verb: "patch", object, says: foreign(message) }),
  );
});

/** What admission says no with: istiod, Gatekeeper, Kyverno, a ValidatingAdmissionPolicy, a quota, a namespace that ends. */
describe.each([
  [
    400,
    'admission webhook "validation.istio.io" denied the request: configuration is invalid: total destination weight = 0',
  ],
  [
    403,
    'admission webhook "validation.gatekeeper.sh" denied the request: [routes-frozen] changes to routes are frozen until Monday',
  ],
  [
    400,
    'admission webhook "validate.kyverno.svc-fail" denied the request: resource VirtualService/shop/reviews was blocked due to the following policies',
  ],
  [
    403,
    `virtualservices.networking.istio.io "reviews" is forbidden: ValidatingAdmissionPolicy 'frozen' with binding 'frozen-shop' denied request: failed expression: false`,
  ],
  [
    422,
    `virtualservices.networking.istio.io "reviews" is invalid: : Invalid value: "object": ValidatingAdmissionPolicy 'frozen' with binding 'frozen-shop' denied request: not on Fridays`,
  ],
  [
    403,
    'virtualservices.networking.istio.io "reviews" is forbidden: exceeded quota: routes, requested: count/virtualservices.networking.istio.io=1, used: count/virtualservices.networking.istio.io=9, limited: count/virtualservices.networking.istio.io=9',
  ],
])("admission, with %i", (code, message) => {
  test(`is no missing right: ${message.slice(0, 60)}…`, () => {
    expect(asked(status(code, message))).toEqual(
      reason("api-admission-denied", { ...call, status: code, says: foreign(message) }),
    );
  });
});

test("a webhook's long words are classified before they are cut", () => {
  const message = `${"x".repeat(400)}: admission webhook "long.example.com" denied the request`;
  expect(asked(told403(message)).code).toBe("api-admission-denied");
});

test.each([
  ["no valid token", status(401, "Unauthorized", { reason: "Unauthorized" }), "api-unauthorized"],
  [
    "too many requests",
    response(429, "Too many requests, please try again later.\n", "text/plain; charset=utf-8"),
    "api-throttled",
  ],
  ["a redirect", response(302, "", "text/html"), "api-redirected"],
  [
    "a failed guard",
    status(422, "the server rejected our request due to an error in our request", { reason: "Invalid", details: {} }),
    "api-rejected",
  ],
  [
    "a conflict",
    status(409, 'Operation cannot be fulfilled on virtualservices.networking.istio.io "reviews"'),
    "api-rejected",
  ],
  [
    "a webhook that is down",
    status(
      500,
      'Internal error occurred: failed calling webhook "validation.istio.io": failed to call webhook: context deadline exceeded',
      { reason: "InternalError" },
    ),
    "api-server-error",
  ],
  [
    "a gateway's page",
    response(502, "<html><h1>502 Bad Gateway</h1></html>", "text/html; charset=utf-8"),
    "api-unexpected-answer",
  ],
  ["a login page", response(200, "<html>log in</html>", "text/html"), "api-unexpected-answer"],
  ["a page that forbids", response(403, "<html>403</html>", "text/html"), "api-forbidden"],
])("%s", (_what, answer, code) => {
  expect(asked(answer).code).toBe(code);
});

test("words: the message, then what its causes add; a page of HTML and what is no text say nothing", () => {
  const saying = (answer: HttpResponse) => (asked(answer).data as { says?: unknown }).says;
  const causes = [{ field: "a", message: "b" }, { message: "already said" }, { field: "x" }, "y", { message: "c" }];
  expect(saying(status(422, "already said", { details: { causes } }))).toBe("already said; a: b; c");
  expect(saying(status(422, "the planted token"))).toBe("the *** token");
  expect(saying(response(400, "plain\nwords", "text/plain"))).toBe("plain words");
  expect(saying(response(403, "<html>", "text/html"))).toBeUndefined();
  expect(saying(response(422, '{"message":7}'))).toBeUndefined();
});

test("no answer: the login's own reason, or that of the network within that of the call", () => {
  const login = reason("login-failed", { host: told.host, cause: reason("login-cancelled", {}) });
  expect(reasonOf({ kind: "failed", reason: login }, "get", object, told)).toBe(login);
  const cause = reason("api-no-answer", { withinMs: 4_000 });
  expect(reasonOf({ kind: "failed", reason: cause }, "get", object, told)).toEqual(
    reason("api-unreachable", { ...call, verb: "get", cause }),
  );
});
