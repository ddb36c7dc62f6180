import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration } from "../../src/schema/duration.ts";
import { accepted, problemsOf, route } from "./reading.ts";

/** A good schedule: up to 20 rising weights that end at 100, each with or without a hold, and pauses between them. */
const good = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 19 }).chain((weights) =>
  fc
    .array(
      fc.record({ hold: fc.option(fc.integer({ min: 0, max: 7_200_000 }), { nil: undefined }), pause: fc.boolean() }),
      { minLength: weights.length + 1, maxLength: weights.length + 1 },
    )
    .map((more) => {
      const rising = [...weights.sort((one, other) => one - other), 100];
      return rising.map((weight, index) => ({
        weight,
        hold: more[index]?.hold,
        pause: more[index]?.pause === true && index < rising.length - 1,
      }));
    }),
);
type Good = readonly { readonly weight: number; readonly hold: number | undefined; readonly pause: boolean }[];

const asText = (schedule: Good) =>
  schedule
    .map(
      ({ weight, hold, pause }) =>
        `${weight}${hold === undefined ? "" : `@${formatDuration(hold)}`}${pause ? "/pause" : ""}`,
    )
    .join("/");

const asList = (schedule: Good) =>
  schedule
    .flatMap(({ weight, hold, pause }) => [
      `  - weight: ${weight}`,
      ...(hold === undefined ? [] : [`    hold: ${hold}ms`]),
      ...(pause ? ["  - pause"] : []),
    ])
    .join("\n");

test("text and list say the same, and nothing of either is lost", async () => {
  await fc.assert(
    fc.asyncProperty(good, async (schedule) => {
      const fromText = await accepted({ route, phases: asText(schedule) });
      const fromList = await accepted({ route }, { plan: `phases:\n${asList(schedule)}\n` });
      expect(fromText.plan).toEqual(fromList.plan);
      expect(fromText.plan?.phases).toEqual(
        schedule.map(({ weight, hold = 300_000, pause }) => ({
          weight,
          holdMs: hold,
          maxHoldMs: 4 * hold,
          thenPause: pause,
        })),
      );
    }),
    { numRuns: 200 },
  );
});

test("a schedule with two weights swapped, without its end or with a pause too many is refused", async () => {
  await fc.assert(
    fc.asyncProperty(
      good.filter((schedule) => schedule.length > 1),
      fc.nat(),
      async (schedule, at) => {
        const plain = schedule.map(({ weight }) => String(weight));
        const index = at % (plain.length - 1);
        const swapped = [...plain];
        [swapped[index], swapped[index + 1]] = [plain[index + 1] ?? "", plain[index] ?? ""];
        const spoiled = [swapped, plain.slice(0, -1), ["pause", ...plain], [...plain, "pause"]];
        for (const words of spoiled) expect(await problemsOf({ route, phases: words.join("/") })).not.toEqual([]);
      },
    ),
    { numRuns: 100 },
  );
});

test("whatever stands there is understood or refused, and never thrown at anybody", async () => {
  const words = fc.constantFrom(
    "5",
    "100",
    "pause",
    "@",
    "/",
    "10m",
    " ",
    "-",
    "1e1",
    "%",
    ".",
    "0",
    "é",
    "\n",
    "5@5m",
  );
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string(),
        fc.array(words).map((parts) => parts.join("")),
      ),
      async (phases) => {
        const problems = await problemsOf({ route, phases });
        for (const problem of problems) expect(problem).not.toContain("\n");
      },
    ),
    { numRuns: 1000 },
  );
});

test("one weight is a schedule, written as a text or as a number", async () => {
  expect((await accepted({ route, phases: "100" })).plan?.phases).toHaveLength(1);
  expect((await accepted({ route }, { plan: "phases: 100\n" })).plan?.phases).toHaveLength(1);
  expect(await problemsOf({ route }, { plan: "phases:\n  - pause: true\n  - weight: 100\n" })).toEqual([
    "rollout.yml:2:5 A pause stands alone in the list. Write `- pause`.",
    "rollout.yml:2:5 phases[0] has no `weight`. Add it.",
  ]);
});
