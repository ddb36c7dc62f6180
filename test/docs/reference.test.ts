import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { codeMeanings, meaningsIn } from "../../scripts/reference/code-meanings.ts";
import { errorsPage } from "../../scripts/reference/errors-page.ts";
import { inputsPage } from "../../scripts/reference/inputs-page.ts";
import { outcomeMeanings } from "../../scripts/reference/outcome-meanings.ts";
import { outcomesPage } from "../../scripts/reference/outcomes-page.ts";
import type { Schema } from "../../scripts/reference/plan-keys.ts";
import { planPage } from "../../scripts/reference/plan-page.ts";
import { pages } from "../../scripts/reference.ts";
import { codes } from "../../src/base/reasons/codes.ts";
import { planFile, planKeys, stepInputs } from "../../src/inputs/input-schema.ts";
import { decideStatus } from "../../src/rollout/decide-pause-rollback-sweep.ts";
import { forcible } from "../../src/rollout/forcible.ts";
import { outcomes } from "../../src/rollout/outcome.ts";
import { record, seen } from "../rollout/samples.ts";
import { heirNames, heirScene } from "../simulation/corpus/heirs.ts";
import { marks } from "../simulation/coverage-marks.ts";
import { scenarios } from "../simulation/scenarios.ts";
import type { Placed } from "../simulation/scene.ts";
import { simulate } from "../simulation/world.ts";

/** The reference says what the sources say, about all of it, and its generator leaves no gap. */

const root = fileURLToPath(new URL("../..", import.meta.url));
const corpus = JSON.parse(readFileSync(`${root}test/simulation/corpus/format-1.json`, "utf8")) as Record<
  string,
  Placed
>;
const read = (path: string) => readFileSync(`${root}${path}`, "utf8");

test("the pages are what their sources make", async () => {
  for (const [path, text] of Object.entries(await pages())) expect(read(path), `${path}: make reference`).toBe(text);
});

describe("the page of the codes", () => {
  const entries = read("docs/errors.md")
    .split(/^## /m)
    .slice(1)
    .map((entry) => ({ code: entry.split("\n")[0] ?? "", entry }));

  test("has each code once, with an example and a remedy", () => {
    expect(entries.map(({ code }) => code)).toEqual([...codes]);
    const incomplete = entries.filter(
      ({ entry }) => !/\*\*Example\*\*, .+:\n\n```\n\S[\s\S]*?\n```/.test(entry) || !/^\*\*Remedy:\*\* \S/m.test(entry),
    );
    expect(incomplete.map(({ code }) => code)).toEqual([]);
  });

  test("says of those that `force` takes, and of no others, that it overrides them", () => {
    const overridden = entries.filter(({ code, entry }) => entry.includes(`\`force: ${code}\` overrides it`));
    expect(overridden.map(({ code }) => code).toSorted()).toEqual([...forcible].toSorted());
  });

  test("names only inputs and keys that exist", () => {
    const known = new Set([...Object.keys(planKeys), ...Object.keys(stepInputs)]);
    const named = Object.values(codeMeanings).flatMap(({ keys }) => keys.map((key) => key.split(".")[0] ?? ""));
    expect(named.filter((key) => !known.has(key))).toEqual([]);
  });
});

describe("a gap ends the generator with the place to fill", () => {
  const meaning = { meaning: "It is so.", remedy: "Mend it.", keys: [] };
  const sources = {
    codes: ["one", "two"],
    forcible: [],
    provoked: "one, a case:\n  Said of one.\n\ntwo, a case:\n  Said of two.\n  On two lines.\n",
    meanings: { one: meaning, two: meaning },
  };

  test("and nothing else does", () => {
    expect(errorsPage(sources, [])).toContain("```\nSaid of two.\nOn two lines.\n```");
  });

  test.each([
    ["a code without a meaning", { meanings: { one: meaning } }, "Codes without a text: two."],
    ["a meaning of a code that is gone", { codes: ["one"] }, "Codes that no longer exist: two."],
    ["a code without an example", { provoked: "one, a case:\n  Said.\n" }, "Codes without an example: two."],
    ["an empty example", { provoked: "one, a case:\n  Said.\n\ntwo, a case:\n" }, "a block that is no example: two"],
  ])("%s", (_, change, message) => {
    expect(() => errorsPage({ ...sources, ...change }, [])).toThrow(message);
  });

  test.each([
    ["a code with nothing below it", "one:\n"],
    ["an empty meaning", 'one: {meaning: "", remedy: Mend it.}'],
    ["an empty remedy", 'one: {meaning: It is so., remedy: " "}'],
  ])("%s", (_, text) => {
    expect(() => meaningsIn(text)).toThrow("The code one has no meaning or no remedy.");
  });

  const schema = planFile.schema as Schema;
  const withKey = (name: string, key: Schema): Schema => ({
    ...schema,
    properties: { ...schema.properties, [name]: key },
  });

  test.each([
    [
      "a key without an example",
      withKey("pace", { description: "How fast." }),
      "Keys of the plan without a text: pace.",
    ],
    ["a key without a default", withKey("hold", { description: "How long." }), "The key hold says no default."],
    ["a key without a description", withKey("hold", { default: "5m" }), "The key hold has no description."],
    [
      "a key within another that no example sets",
      withKey("compare", { description: "How.", default: "off", properties: { pace: { description: "How fast." } } }),
      "No example sets compare.pace.",
    ],
  ])("%s", async (_, changed, message) => {
    await expect(planPage(changed, "")).rejects.toThrow(message);
  });

  test("an outcome without a meaning, an input without a description, a flag that is not described", () => {
    expect(() => outcomesPage([...outcomes, "lost"])).toThrow("Outcomes without a text: lost.");
    const manifest = { inputs: { hold: {} }, outputs: {} };
    expect(() => inputsPage(manifest, [], { usage: "", commands: {} })).toThrow("hold has no description");
    const help = { usage: "  run  drive it\n  --pace N", commands: { run: "" } };
    expect(() => inputsPage({ inputs: {}, outputs: {} }, [], help)).toThrow("without a text: --pace.");
  });
});

describe("the exit codes on the page of the outcomes", () => {
  const named = Object.entries(outcomeMeanings).flatMap(([name, { exits }]) =>
    Object.keys(exits).map((code) => `${name} ${code}`),
  );

  /** The fixed days, and every command over a record of every shape. */
  async function ends(): Promise<ReadonlySet<string>> {
    const scenes = [
      ...scenarios.map(({ scene }) => scene),
      ...Object.keys(corpus).flatMap((name) => heirNames.map((heir) => heirScene(name, heir, corpus[name]))),
    ];
    const met = new Set<string>();
    for (const scene of scenes) {
      const { outcomes: last } = await simulate(scene);
      for (const { outcome } of last) if (outcome !== undefined) met.add(`${outcome.name} ${outcome.exitCode}`);
    }
    for (const state of [undefined, record("held")]) {
      const decision = decideStatus(state, seen());
      if (decision.kind === "finish") met.add(`${decision.outcome.name} ${decision.outcome.exitCode}`);
    }
    return met;
  }

  test("are those with which simulated days end, and no others", async () => {
    const met = await ends();
    expect([...met].filter((end) => !named.includes(end))).toEqual([]);
    // What the fixed days leave out a night has to reach.
    const atNight = marks.flatMap((mark) => (/^outcome: \S+ (\S+ \d)$/.exec(mark) ?? []).slice(1));
    expect(named.filter((end) => !met.has(end) && !atNight.includes(end))).toEqual([]);
  });
});
