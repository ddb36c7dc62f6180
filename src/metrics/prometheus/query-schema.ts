import { knownWords } from "../../base/did-you-mean.ts";
import { scalar } from "../../schema/scalars.ts";
import type { Shape } from "../../schema/shape.ts";
import { quoted } from "../../schema/source-value.ts";

const longestQuery = 10_000;
const placeholders = ["{{canary}}", "{{stable}}", "{{namespace}}", "{{window}}"] as const;

/** A query of the user's own. Whether it is PromQL is for Prometheus to say. */
export const query: Shape<string> = scalar({
  schema: { type: "string", minLength: 1, maxLength: longestQuery },
  takes: ["text"],
  expected: "a PromQL query",
  parse: parseQuery,
});

function parseQuery(found: string): { readonly value: string } | { readonly because: string } {
  if (found.trim() === "") return { because: ". Write a PromQL query." };
  if (found.length > longestQuery) return { because: `, which is longer than ${longestQuery} characters. Shorten it.` };
  const unknown = unknownPlaceholder(found);
  return unknown === undefined ? { value: found } : { because: `. ${unknown}` };
}

/** PromQL itself never has two opening braces in a row, so whatever follows them was meant as a placeholder. */
function unknownPlaceholder(text: string): string | undefined {
  for (const [found, inner = ""] of text.matchAll(/\{\{([^{}]{0,80})\}{0,2}/g)) {
    if (placeholders.some((known) => known === found)) continue;
    return `The placeholder ${quoted(found)} is unknown. ${knownWords(`{{${inner.trim()}}}`, placeholders)}`;
  }
  return undefined;
}

const text = /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|`[^`]*`/g;
const selector = /^\s*(?:[a-zA-Z_:][a-zA-Z0-9_:]*\s*(?:\{[^{}()[\]]*\})?|\{[^{}()[\]]+\})\s*$/;

/**
 * The selector of raw counters: increments are made of them one by one, which nothing that was computed allows. It is
 * written for the canary, and must name a version: without that it would count both as one.
 */
export const counter: Shape<string> = scalar({
  schema: { type: "string", minLength: 1, maxLength: longestQuery },
  takes: ["text"],
  expected: "a selector of counters",
  parse: (found) => {
    const asked = parseQuery(found);
    if ("because" in asked) return asked;
    if (!selector.test(found.replaceAll(text, '""'))) {
      return {
        because: '. Write a selector alone, as orders_total{version="{{canary}}"}, without functions and ranges.',
      };
    }
    if (found.includes("{{window}}")) return { because: ". A counter has no window: remove {{window}}." };
    if (found.includes("{{canary}}") || found.includes("{{stable}}")) return asked;
    return { because: '. Name the version in it, as version="{{canary}}": it counts both versions as one.' };
  },
});
