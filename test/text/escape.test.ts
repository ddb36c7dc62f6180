import fc from "fast-check";
import { expect, test } from "vitest";
import {
  asLine,
  forCommand,
  forLog,
  forMarkdown,
  forMarker,
  forProperty,
  forShell,
  saying,
} from "../../src/text/escape.ts";

/** Whatever could mean something to a runner, to Markdown or to a terminal, in any order. */
const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        "::",
        "##[",
        "#",
        "[",
        "\n",
        "\r\n",
        "\u2028",
        "\u0085",
        "\t",
        "\u001b[31m",
        "\u001b",
        "\u009b2J",
        "`",
        "```",
        "@octocat",
        "#12",
        "<img src=x>",
        "<!--",
        "-->",
        "|",
        "\\",
        "](",
        "![",
        "http://e.example",
        "\u202e",
        "\u200b",
        "\u2066",
        "\ufeff",
        "\ud800",
        "error file=a::b",
        "%0A",
        "***",
        "  ",
        "\u00a0",
        "\u3000",
        "word",
      ),
      { maxLength: 14 },
    )
    .map((parts) => parts.join("")),
);
const runs = 100_000;

test("in the log no foreign text is a command, and none leaves its line", () => {
  const bad = /^\s*::|##\[|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
  fc.assert(
    fc.property(hostile, (text) =>
      [forLog(text), asLine(text), asLine(`  ${text}`), forCommand(text)].every(
        (line) => !bad.test(line) && line.isWellFormed(),
      ),
    ),
    { numRuns: runs },
  );
});

/** Reads a text as Markdown reads a code span: a fence, and content without a run of that length. */
function contentOf(span: string): string | undefined {
  const fence = /^`+/.exec(span)?.[0] ?? "";
  if (fence === "" || !span.endsWith(fence) || span.length < fence.length * 2 + 1) return undefined;
  const content = span.slice(fence.length, -fence.length);
  const lengths = [...content.matchAll(/`+/g)].map(([run]) => run.length);
  const touches = content.startsWith("`") || content.endsWith("`");
  return lengths.includes(fence.length) || touches ? undefined : content;
}

test("in Markdown a foreign text stays inside one code span, without markup, mention or reference", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const span = forMarkdown(text);
      if (span === "–") return;
      const content = contentOf(span);
      expect(content).toBeDefined();
      expect(content).not.toMatch(/[<>|\n\r]/);
      expect(content).not.toMatch(/[@#](?!\u200b)/);
      expect([...(content ?? "")].length).toBeLessThanOrEqual(302 + (content?.match(/[@#]/g)?.length ?? 0));
    }),
    { numRuns: runs },
  );
});

test("what stands in a marker cannot end it", () => {
  fc.assert(
    fc.property(hostile, (text) => /^(?!.*--)[\w./:-]*(?<!-)$/.test(forMarker(text))),
    { numRuns: 10_000 },
  );
});

test("a property of a command cannot begin another", () => {
  fc.assert(
    fc.property(hostile, (text) => !/[:,\r\n]/.test(forProperty(text))),
    { numRuns: 10_000 },
  );
});

test.each([
  ["::error::x", ": :error::x"],
  ["   ::set-output name=a::b", ": :set-output name=a::b"],
  ["a ##[error]b", "a ## [error]b"],
  ["##\u0000[command]", "## [command]"],
])("%j is no command to the runner: %j", (text, expected) => {
  expect(forLog(text)).toBe(expected);
});

test.each([
  ["plain", "`plain`"],
  ["a `tick`", "`` a `tick` ``"],
  ["``", "``` `` ```"],
  ["@team fixes #12", "`@\u200bteam fixes #\u200b12`"],
  ["<b>|</b>", "`‹b›¦‹/b›`"],
  ["20% -> 50%", "`20% → 50%`"],
  ["", "–"],
  ["\u0000", "–"],
])("%j becomes %j in Markdown", (text, expected) => {
  expect(forMarkdown(text)).toBe(expected);
});

test("a word that a shell would take apart is quoted", () => {
  expect(forShell("shop/virtualservice/reviews")).toBe("shop/virtualservice/reviews");
  expect(forShell("a; rm -rf $HOME")).toBe("'a; rm -rf $HOME'");
  expect(forShell("it's")).toBe("'it'\\''s'");
});

test("an error is told by its words alone, whatever was thrown", () => {
  expect(saying(Object.assign(new Error("refused\n::x"), { headers: { authorization: "token t" } }))).toBe(
    "refused ::x",
  );
  expect(saying(undefined)).toBe("undefined");
  expect(saying(new Error(""))).toBe("no words");
  expect(saying(Object.create(null))).toBe("something that cannot be shown");
});
