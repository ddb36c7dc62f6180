import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { signedTag } from "../../../scripts/release/tag.ts";

const commit = "635156d0cfa1b2c3d4e5f60718293a4b5c6d7e8f";
const tagObject = "0123456789abcdef0123456789abcdef01234567";

/** The two questions that are asked of GitHub, and their answers, over loopback. */
async function api(answers: Readonly<Record<string, unknown>>): Promise<string> {
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? ""];
    const isKnown = answer !== undefined && request.headers.authorization === "Bearer a-token";
    response.writeHead(isKnown ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ref = (type: string) => ({
  "/repos/octo/sluice/git/ref/tags/v0.1.0": { object: { type, sha: type === "tag" ? tagObject : commit } },
});
const object = (verified: boolean, reason: string) => ({
  [`/repos/octo/sluice/git/tags/${tagObject}`]: {
    object: { type: "commit", sha: commit },
    verification: { verified, reason },
  },
});

const asked = async (answers: Readonly<Record<string, unknown>>) =>
  signedTag({ api: await api(answers), repository: "octo/sluice", tag: "v0.1.0", token: "a-token" });

test("a tag whose signature GitHub verifies gives its commit", async () => {
  expect(await asked({ ...ref("tag"), ...object(true, "valid") })).toEqual({ commit });
});

test("a tag that is only a name has no signature", async () => {
  expect(await asked(ref("commit"))).toEqual({
    problem: "v0.1.0 is not annotated, so it has no signature. Make it with `git tag --sign v0.1.0`.",
  });
});

test.each(["unsigned", "unknown_key", "bad_email"])(
  "a signature that GitHub does not verify is named: %s",
  async (reason) => {
    expect(await asked({ ...ref("tag"), ...object(false, reason) })).toEqual({
      problem: `GitHub does not verify the signature of v0.1.0 (${reason}). Sign with a key that your account on GitHub has.`,
    });
  },
);

test("a question that is not answered is no signature", async () => {
  expect(await asked(ref("tag"))).toEqual({
    problem: "GitHub did not say whether v0.1.0 is signed (HTTP 404). Run the job again.",
  });
});

test("a network that fails is told like a question that is not answered", async () => {
  const question = { api: "http://127.0.0.1:1", repository: "octo/sluice", tag: "v0.1.0", token: "a-token" };
  expect(await signedTag(question)).toEqual({
    problem: "GitHub did not say whether v0.1.0 is signed (fetch failed). Run the job again.",
  });
});
