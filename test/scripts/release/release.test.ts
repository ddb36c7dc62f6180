import { expect, test } from "vitest";
import { releaseProblems } from "../../../scripts/release.ts";

const sound = {
  tag: "v0.1.0",
  version: "0.1.0",
  head: "635156d",
  isOnMain: true,
  isClean: true,
  signed: { commit: "635156d" },
  told: { notes: "First." },
};

test("a signed tag of a commit on main, whose version and changelog agree, is released", () => {
  expect(releaseProblems(sound)).toEqual([]);
});

test("everything that stands in the way is told at once", () => {
  const problems = releaseProblems({
    tag: "v1",
    version: "0.1.0",
    head: "1111111",
    isOnMain: false,
    isClean: false,
    signed: { commit: "635156d" },
    told: { problem: "CHANGELOG.md says nothing of 0.1.0." },
  });
  expect(problems).toEqual([
    "The tag is v1 and package.json says 0.1.0. Tag v0.1.0, or change the version first.",
    "v1 is of 635156d, and 1111111 is checked out.",
    "1111111 is not on main. Merge it first, and tag the merged commit.",
    "The checkout has other files than its commit. Release from a fresh one.",
    "CHANGELOG.md says nothing of 0.1.0.",
  ]);
});

test("a tag without a signature is a problem of its own", () => {
  expect(releaseProblems({ ...sound, signed: { problem: "v0.1.0 is not annotated." } })).toEqual([
    "v0.1.0 is not annotated.",
  ]);
});
