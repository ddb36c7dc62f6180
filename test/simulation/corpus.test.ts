import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type HeirName, heirNames, heirScene } from "./corpus/heirs.ts";
import { shapes } from "./corpus/shapes.ts";
import type { Placed } from "./scene.ts";
import { simulate } from "./world.ts";

/** Records that were written long ago: whoever comes upon one goes on with it correctly, or leaves it alone. */

const corpus = JSON.parse(readFileSync(new URL("corpus/format-1.json", import.meta.url), "utf8")) as Record<
  string,
  Placed
>;
const cases = Object.keys(corpus).flatMap((name) => heirNames.map((heir) => ({ name, heir })));

test.each(cases)("$name, met by $heir", async ({ name, heir }) => {
  const { violations, outcomes } = await simulate(heirScene(name, heir, corpus[name]));
  expect(violations).toEqual([]);
  const outcome = outcomes.find((one) => one.name === "heir")?.outcome;
  expect(outcome?.name).toBe(expected(name, heir) ?? outcome?.name);
  expect(outcome?.code).not.toBe("corrupt-record");
});

/** What the words of the commands promise; undefined where it depends on the phase. */
function expected(name: string, heir: HeirName): string | undefined {
  const [status] = name.split(/[ ,]/);
  switch (heir) {
    case "run":
      if (status === "paused") return name === "paused by until" ? "promoted" : "paused";
      return status === "held" ? "rolled-back" : "promoted";
    case "rollback":
      return "rolled-back";
    case "supersede":
      if (name === "paused by the schedule") return "paused";
      return status === "promoted" ? "refused" : "promoted";
    case "sweep":
      if (status === "progressing")
        return name.endsWith("leave") || name.endsWith("turns") ? "in-progress" : "rolled-back";
      if (status === "paused" || status === "promoted") return status;
      return "rolled-back";
    default:
      return undefined;
  }
}

test("the corpus holds every status and shape", () => {
  expect(Object.keys(corpus)).toEqual(Object.keys(shapes));
});
