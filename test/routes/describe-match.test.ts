import { expect, test } from "vitest";
import { takenWords } from "../../src/routes/describe-match.ts";

test.each([
  [{ uri: { prefix: "/api" } }, "/api*"],
  [{ uri: { exact: "/login" }, method: { exact: "POST" } }, "/login, POST"],
  [{ uri: { regex: "/v[12]/.*" }, ignoreUriCase: true, name: "log only" }, "~/v[12]/.*"],
  [{ headers: { "x-canary": { exact: "1" }, cookie: {} } }, "header x-canary: 1, header cookie"],
  [{ withoutHeaders: { "x-old": {} }, queryParams: { v: { exact: "2" }, debug: {} } }, "no header x-old, ?v=2, ?debug"],
  [{ port: 443, sniHosts: ["db.x", "*.y"] }, "port 443, server db.x or *.y"],
  [{ gateways: ["mesh", "edge"], sourceLabels: { app: "web" } }, "through mesh or edge, from app=web"],
  [{ authority: { exact: "shop.example" }, scheme: { exact: "https" } }, "authority shop.example, scheme https"],
  [{ sourceNamespace: "shop", destinationSubnets: ["10.0.0.0/8"] }, "from namespace shop, destinationSubnets"],
  [{ path: { type: "PathPrefix", value: "/docs" }, method: "GET" }, "/docs*, GET"],
  [{ path: { value: "/" } }, "/*"],
  [{ path: { type: "Exact", value: "/a" } }, "/a"],
  [{ path: { type: "RegularExpression", value: "/a.*" } }, "~/a.*"],
  [
    { headers: [{ name: "x", value: "1" }], queryParams: [{ type: "RegularExpression", name: "q", value: ".*" }] },
    "header x: 1, ?q=~.*",
  ],
  [{ method: { service: "shop.Cart", method: "Add" } }, "shop.Cart/Add"],
  [{ method: { type: "RegularExpression", service: "shop.*" } }, "~shop.*/*"],
  [
    { port: 1, scheme: { exact: "a" }, method: { exact: "b" }, authority: { exact: "c" }, uri: { exact: "d" } },
    "port 1, scheme a, b, authority c and 1 more",
  ],
  [{}, "anything"],
  [null, "anything"],
  ["odd", "anything"],
])("%j is said as %s", (match, words) => {
  expect(takenWords(match)).toBe(words);
});
