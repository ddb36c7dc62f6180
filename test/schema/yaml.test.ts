import fc from "fast-check";
import { expect, test } from "vitest";
import type { Found, Tell } from "../../src/schema/source-value.ts";
import { readYaml } from "../../src/schema/yaml.ts";

async function found(text: string): Promise<{ readonly value: Found; readonly told: readonly string[] }> {
  const told: string[] = [];
  const tell: Tell = ({ line, column }, message) => void told.push(`${line}:${column} ${message}`);
  return { value: await readYaml(text, { file: "plan.yml", root: "" }, tell), told };
}

test("every value knows its line, column and path, and keeps its own words", async () => {
  const { value, told } = await found("a: 0x10\r\nb:\r\n  - 'x'\r\n  - { c d: null, e: }\r\n");
  expect(told).toEqual([]);
  const file = "plan.yml";
  expect(value).toMatchObject({
    kind: "mapping",
    entries: [
      { name: "a", value: { form: "number", text: "0x10", at: { file, line: 1, column: 4, path: "a" } } },
      {
        name: "b",
        value: {
          items: [
            { form: "text", text: "x", at: { line: 3, column: 5, path: "b[0]" } },
            {
              entries: [
                { name: "c d", value: { form: "null", at: { path: 'b[1]["c d"]' } } },
                { name: "e", value: { form: "null", at: { line: 4, column: 21, path: "b[1].e" } } },
              ],
            },
          ],
        },
      },
    ],
  });
});

test("the words of YAML 1.2: `off`, `no` and `yes` are text", async () => {
  const { value } = await found("[off, no, yes, on, true, 1, 0o7, ~]");
  const forms =
    value.kind === "list" ? value.items.map((item) => (item.kind === "scalar" ? item.form : item.kind)) : [];
  expect(forms).toEqual(["text", "text", "text", "text", "boolean", "number", "number", "null"]);
});

test("keys are plain words", async () => {
  expect((await found("[1]: 2\n? { a: b }\n: c\n&x d: 1\n!!str e: 1\n")).told).toEqual([
    "1:1 A key must be a plain word, without anchor or tag. Correct it.",
    "2:3 A key must be a plain word, without anchor or tag. Correct it.",
    "4:4 A key must be a plain word, without anchor or tag. Correct it.",
    "5:7 A key must be a plain word, without anchor or tag. Correct it.",
  ]);
});

test("the text itself is not quoted where it cannot be read, since a secret may stand there", async () => {
  const { told } = await found('prometheus: { bearer: "hunter2hunter2\nhold: %hunter2\n');
  expect(told.length).toBeGreaterThan(0);
  expect(told.join()).not.toContain("hunter2");
});

test("any text is read or refused", async () => {
  const pieces = fc.constantFrom(
    "a",
    ":",
    " ",
    "\n",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "&b ",
    "*b",
    "!t ",
    "'",
    '"',
    "#",
    "|",
    ">",
    "%",
    "<<",
    "?",
    "\t",
    "---\n",
    ",",
    "\0",
  );
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string(),
        fc.array(pieces).map((parts) => parts.join("")),
      ),
      async (text) => {
        const { value, told } = await found(text);
        expect(value.kind !== "refused" || told.length > 0).toBe(true);
      },
    ),
    { numRuns: 2000 },
  );
});
