import { describe, expect, test } from "vitest";
import { readKubeconfig } from "../../../src/cluster/kubeconfig/index.ts";
import { noOptions } from "../api.ts";
import { check, messages } from "./check.ts";

const read = (input: string, context?: string) =>
  readKubeconfig({ ...noOptions, input, ...(context === undefined ? {} : { context }) });

describe("a text that is no kubeconfig", () => {
  test("is told with its place and without its content", () => {
    const found = read("users:\n  - name: ci\n   user: {token: planted-token}\n");
    expect(found.problems).toEqual([
      {
        code: "input",
        message: expect.stringMatching(/^The kubeconfig is not valid YAML at line \d+, column \d+\.$/),
        place: { input: "kubeconfig", line: expect.any(Number), column: expect.any(Number) },
      },
    ]);
  });

  test.each([
    ["users: []\nusers: []\n", /^The kubeconfig has a key twice at line 2, column 1\.$/],
    ["kind: Secret\ndata: {}\n", /has no clusters, users and contexts in it/],
    ["- a\n- b\n", /has no clusters, users and contexts in it/],
    ["clusters: {}\nusers: []\n", /"clusters" has to be a list/],
    ["clusters: [{cluster: {}}]\n", /clusters\[0\] needs a "name" and a "cluster"/],
    ["clusters: [a]\n", /clusters\[0\] needs a "name" and a "cluster"/],
    ["users: [{name: 7, user: {}}]\n", /users\[0\] needs a "name" and a "user"/],
    ["contexts: [{name: a, context: {}}, {name: a, context: {}}]\n", /has the context "a" twice/],
    [
      "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nusers: [*c,*c,*c,*c]\n",
      /has no clusters/,
    ],
  ])("%j", (text, message) => {
    expect(messages(read(text))).toContainEqual(expect.stringMatching(message));
  });
});

describe("the context", () => {
  test("no current one: the choice is offered", () => {
    expect(messages(read("contexts: [{name: a, context: {}}, {name: b, context: {}}]\n"))).toEqual([
      'The kubeconfig has no current context. Set "context" to one of: "a", "b".',
    ]);
    expect(messages(read("contexts: []\n"))).toEqual([
      "The kubeconfig has no current context. It has no contexts at all: take it anew.",
    ]);
  });

  test("an unknown one: the nearest is offered, at its place", async () => {
    const found = await check({}, { context: "shap" });
    expect(found.problems).toEqual([
      {
        code: "input",
        message: 'The context "shap" is not in the kubeconfig. Known: "shop". Did you mean "shop"?',
        place: { input: "context" },
      },
    ]);
    expect(messages(read("current-context: gone\ncontexts: []\n"))).toEqual([
      'The kubeconfig\'s current context "gone" is not in the kubeconfig. It has none.',
    ]);
  });

  test("a cluster or user that is not there, both at once", async () => {
    const found = await check({ context: { cluster: "prd", user: "someone" } });
    expect(messages(found)).toEqual([
      'kubeconfig context "shop" names the cluster "prd", which is not in the kubeconfig. Known: "prod". Did you mean "prod"?',
      'kubeconfig context "shop" names the user "someone", which is not in the kubeconfig. Known: "ci".',
    ]);
    expect(messages(await check({ context: { user: "ic" } }))).toEqual([
      'kubeconfig context "shop" names the user "ic", which is not in the kubeconfig. Known: "ci". Did you mean "ci"?',
    ]);
    expect(messages(await check({ context: { cluster: undefined } }))).toEqual([
      'kubeconfig context "shop" names no cluster. Add "cluster: NAME" to it.',
    ]);
  });

  test("names its namespace", async () => {
    expect((await check({ context: { namespace: "shop" } })).access?.namespace).toBe("shop");
    expect((await check({})).access?.namespace).toBeUndefined();
  });
});
