import { test } from "vitest";
import { keeps } from "./ratchet.ts";
import { filesIn, linesWith } from "./tree.ts";

/** Built from parts, so that this file does not break its own rule. */
const banned = [
  "no" + "body",
  "who" + "ever",
  "some" + "body",
  "an" + "ew",
  "tak(?:e[sn]?|ing) ba" + "ck",
  "took ba" + "ck",
  "a y" + "es",
];
const pattern = new RegExp(`\\b(?:${banned.join("|")})\\b`, "i");
const reason = "write as a native-speaking SRE would: name who acts; the act is roll back";

test("no old words in what people read and in code", () => {
  const found = filesIn("src", ".ts", ".css").flatMap((path) => linesWith(path, pattern));
  keeps("plain-english-src", reason, found);
});

test("no old words in tests, scripts and the lab", () => {
  const folders = ["test", "scripts", "bench", "demo", "lab"];
  const found = folders
    .flatMap((folder) => filesIn(folder, ".ts", ".yaml", ".yml"))
    .flatMap((path) => linesWith(path, pattern));
  keeps("plain-english-tests", reason, found);
});

test("no old words in pages, inputs and examples", () => {
  const files = [
    ...filesIn("docs", ".md"),
    ...filesIn("examples", ".yml"),
    ...filesIn("deploy", ".yaml"),
    "README.md",
    "action.yml",
  ];
  keeps(
    "plain-english-docs",
    reason,
    files.flatMap((path) => linesWith(path, pattern)),
  );
});
