import { type CodeMeaning, codeMeanings, codesFile } from "./code-meanings.ts";
import { fence, Gap, notice, sameNames, table } from "./markdown.ts";

/** docs/errors.md: each code of a refusal or a failure, with what a test got when it provoked it. */

export type Sources = {
  readonly codes: readonly string[];
  readonly forcible: readonly string[];
  /** The text of test/fixtures/refusals.txt. */
  readonly provoked: string;
  readonly meanings?: Readonly<Record<string, CodeMeaning>>;
};

export type Example = { readonly what: string; readonly text: string };

const fixture = "test/fixtures/refusals.txt";

/** A line at the margin names code and case; the lines below it, two spaces in, are what was printed. */
export function examplesIn(provoked: string): ReadonlyMap<string, readonly Example[]> {
  const found = new Map<string, Example[]>();
  for (const block of provoked.split(/\n(?=\S)/)) {
    const [, code, what, text] = /^([a-z0-9-]+), (.+):\n([\s\S]*)$/.exec(block) ?? [];
    if (code === undefined || what === undefined || text === undefined || text.trim() === "")
      throw new Gap(`${fixture} has a block that is no example: ${block.split("\n")[0] ?? ""}`);
    found.set(code, [...(found.get(code) ?? []), { what, text: text.replace(/^ {2}/gm, "").trimEnd() }]);
  }
  return found;
}

const linked = (key: string, planKeys: readonly string[]): string => {
  const [top = ""] = key.split(".");
  return planKeys.includes(top) ? `[\`${key}\`](plan.md#${top})` : `[\`${key}\`](inputs.md#inputs)`;
};

function entry(code: string, meaning: CodeMeaning, examples: readonly Example[], more: Linking): string {
  const force = more.forcible.includes(code)
    ? `**Force:** \`force: ${code}\` overrides it, and every report names the override.`
    : "**Force:** cannot be overridden.";
  const keys = meaning.keys.map((key) => linked(key, more.planKeys)).join(", ");
  const lines = [
    `## ${code}`,
    meaning.meaning,
    ...examples.map(({ what, text }) => `**Example**, ${what}:\n\n${fence(text)}`),
    `**Remedy:** ${meaning.remedy}`,
    ...(keys === "" ? [] : [`**See also:** ${keys}`]),
    force,
  ];
  return lines.join("\n\n");
}

type Linking = { readonly forcible: readonly string[]; readonly planKeys: readonly string[] };

export function errorsPage(sources: Sources, planKeys: readonly string[]): string {
  const { codes, forcible, provoked, meanings = codeMeanings } = sources;
  sameNames("Codes", codes, Object.keys(meanings), codesFile);
  const examples = examplesIn(provoked);
  sameNames("Codes", codes, [...examples.keys()], `test/errors.test.ts, which writes ${fixture}`, "an example");
  const all = codes.flatMap((code) => {
    const meaning = meanings[code];
    return meaning === undefined ? [] : { code, meaning, examples: examples.get(code) ?? [] };
  });
  const index = table(
    ["code", "meaning", "force"],
    all.map(({ code, meaning }) => [
      `[\`${code}\`](#${code})`,
      /^.*?[.:](?= |$)/.exec(meaning.meaning)?.[0].replace(/[.:]$/, "") ?? meaning.meaning,
      forcible.includes(code) ? "yes" : "",
    ]),
  );
  const intro = `A refusal or a failure has a code: the key \`code\` of \`result-json\`. A refusal ends with exit
code 2, and nothing was written; a failure ends with 1. Every example below is what a test got when it provoked the code.

\`force: CODE\` overrides a code where the table says so. The others stand for what cannot be written safely.`;
  const entries = all.map((one) => entry(one.code, one.meaning, one.examples, { forcible, planKeys }));
  return `# Errors\n\n${notice("scripts/reference/codes.yml and test/fixtures/refusals.txt")}\n\n${intro}\n\n${index}\n\n${entries.join("\n\n")}\n`;
}
