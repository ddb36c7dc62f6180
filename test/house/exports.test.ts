import { test } from "vitest";
import { keeps } from "./ratchet.ts";
import { filesIn, sources, textOfFile } from "./tree.ts";

const declared = /^export (?:async )?(?:const|function|class|type|interface)\s+(\w+)/gm;

test("nothing is exported that no other file uses", () => {
  const users = [
    ...sources,
    ...["test", "scripts", "bench", "demo", "lab"].flatMap((folder) => filesIn(folder, ".ts")),
  ];
  const found = new Map<string, Set<string>>();
  for (const path of users)
    for (const [word] of textOfFile(path).matchAll(/\b[A-Za-z_]\w*\b/g))
      found.set(word, (found.get(word) ?? new Set()).add(path));
  const idle = sources.flatMap((path) =>
    [...textOfFile(path).matchAll(declared)]
      .map(([, name = ""]) => name)
      .filter((name) => (found.get(name)?.size ?? 0) < 2)
      .map((name) => `${path}: ${name}`),
  );
  keeps("exports-have-users", "take the word export away, or the code", idle);
});
