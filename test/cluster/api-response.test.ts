import { expect, test } from "vitest";
import { jsonOf, missingOf, pageOf, retryAfterOf, timeOf, warningsOf } from "../../src/cluster/api-response.ts";
import type { HttpResponse } from "../../src/network/bounded-request.ts";

const answer = (
  text: string,
  headers: Record<string, string> = { "content-type": "application/json" },
): HttpResponse => ({
  kind: "answer",
  status: 400,
  headers,
  text,
  receivedAt: 5,
});
const asIs = (text: string) => text;

test("only a JSON object under the name of JSON is one", () => {
  expect(jsonOf(answer('{"a":1}', { "content-type": "application/json; charset=utf-8" }))).toEqual({ a: 1 });
  expect(jsonOf(answer('{"a":1}', { "content-type": "text/plain" }))).toBeUndefined();
  expect(jsonOf(answer('{"a":1}', {}))).toBeUndefined();
  for (const text of ["", "[1]", "null", "1", "{"]) expect(jsonOf(answer(text))).toBeUndefined();
});

test("who is missing in a 404", () => {
  expect(missingOf(answer('{"kind":"Status","details":{"name":"x"}}'))).toBe("object");
  expect(missingOf(answer('{"kind":"Status","details":{}}'))).toBe("version");
  expect(missingOf(answer("404 page not found", { "content-type": "text/plain" }))).toBe("version");
  expect(missingOf(answer("<html>", { "content-type": "text/html" }))).toBe("stranger");
  expect(missingOf(answer("{}"))).toBe("stranger");
});

test("a date counts in the one form that HTTP has", () => {
  const at = (date: string) => timeOf(answer("", { date }));
  expect(at("Tue, 04 Aug 2026 10:11:12 GMT")).toEqual({ dateMs: Date.UTC(2026, 7, 4, 10, 11, 12), receivedAt: 5 });
  for (const date of ["", "0", "2026", "Tue, 04 Aug 2026 10:11:12 +0200", "Tue, 99 Aug 2026 10:11:12 GMT"]) {
    expect(at(date)).toBeUndefined();
  }
});

test("how long to wait", () => {
  expect(retryAfterOf(answer("", { "retry-after": "0" }))).toBe(0);
  for (const value of ["-1", "1.5", "", "999999999"]) {
    expect(retryAfterOf(answer("", { "retry-after": value }))).toBeUndefined();
  }
});

test("pages and what is none", () => {
  expect(pageOf(answer('{"items":[]}'))).toEqual({ items: [], next: "" });
  expect(pageOf(answer('{"items":[{"metadata":{"name":1}}]}'))).toBeUndefined();
});

test("warnings that are none are left out", () => {
  expect(warningsOf(answer("", {}), asIs)).toEqual([]);
  expect(warningsOf(answer("", { warning: "nonsense" }), asIs)).toEqual([]);
  expect(warningsOf(answer("", { warning: '299 - "a, b", 299 host:1 "c" "date"' }), asIs)).toEqual(["a, b", "c"]);
});
