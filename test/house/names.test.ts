import { basename, dirname } from "node:path";
import { test } from "vitest";
import { keeps } from "./ratchet.ts";
import { filesIn, isBrowser, linesWith, sources, textOfFile } from "./tree.ts";

const declared = /^export (?:declare )?(?:type|interface|class)\s+(\w+)/gm;

test("no exported type has the name of another", () => {
  const places = new Map<string, string[]>();
  for (const path of sources.filter((one) => !isBrowser(one)))
    for (const [, name = ""] of textOfFile(path).matchAll(declared))
      places.set(name, [...(places.get(name) ?? []), path]);
  const twice = [...places]
    .filter(([, paths]) => paths.length > 1)
    .map(([name, paths]) => `${name}: ${paths.join(", ")}`);
  keeps("type-names-once", "two meanings under one name are told apart by their file alone", twice);
});

test("no two files have one name", () => {
  const places = new Map<string, string[]>();
  for (const path of sources.filter((one) => basename(one) !== "index.ts"))
    places.set(basename(path), [...(places.get(basename(path)) ?? []), path]);
  const twice = [...places].filter(([, paths]) => paths.length > 1).map(([, paths]) => paths.join(", "));
  keeps("file-names-once", "an editor, a stack trace and a review show the name alone", twice);
});

test("a room is a folder, and no file stands beside a folder of its name", () => {
  const beside = sources.filter((path) => sources.some((other) => dirname(other) === path.replace(/\.ts$/, "")));
  keeps("rooms-are-folders", "what is in the folder, and what beside it? move the file to its index.ts", beside);
});

test("an index is an entry, not a list of re-exports", () => {
  const lists = sources
    .filter((path) => basename(path) === "index.ts")
    .flatMap((path) => linesWith(path, /^export .* from "/));
  keeps("index-is-an-entry", "a list of re-exports hides what is used by whom; import the file itself", lists);
});

test("nothing is called by its technique", () => {
  const bad = sources.filter((path) =>
    /^(utils?|helpers?|manager|handler|service|common|misc|shared)\.ts$/.test(basename(path)),
  );
  keeps("no-technique-names", "name it by what it does for the rollout", bad);
});

test("files stay small enough to be read at one sitting", () => {
  const long = [...sources, ...filesIn("scripts", ".ts")].filter((path) => textOfFile(path).split("\n").length > 260);
  keeps("files-are-short", "split it where two words of the domain meet", long);
});
