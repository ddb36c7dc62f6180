import { quoted } from "./found.ts";
import { knownWords } from "./nearest.ts";
import { scalar } from "./scalars.ts";
import type { Shape } from "./shape.ts";

const longestQuery = 10_000;
const placeholders = ["{{canary}}", "{{stable}}", "{{namespace}}", "{{window}}"] as const;

/** A query of the user's own. Whether it is PromQL is for Prometheus to say. */
export const query: Shape<string> = scalar({
  schema: { type: "string", minLength: 1, maxLength: longestQuery },
  takes: ["text"],
  expected: "a PromQL query",
  parse: (text) => {
    if (text.trim() === "") return { because: ". Write a PromQL query." };
    if (text.length > longestQuery)
      return { because: `, which is longer than ${longestQuery} characters. Shorten it.` };
    const unknown = unknownPlaceholder(text);
    return unknown === undefined ? { value: text } : { because: `. ${unknown}` };
  },
});

/** PromQL itself never has two opening braces in a row, so whatever follows them was meant as a placeholder. */
function unknownPlaceholder(text: string): string | undefined {
  for (const [found, inner = ""] of text.matchAll(/\{\{([^{}]{0,80})\}{0,2}/g)) {
    if (placeholders.some((known) => known === found)) continue;
    return `The placeholder ${quoted(found)} is unknown. ${knownWords(`{{${inner.trim()}}}`, placeholders)}`;
  }
  return undefined;
}
