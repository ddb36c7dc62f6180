import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { Gap } from "./markdown.ts";

export type CodeMeaning = {
  readonly meaning: string;
  readonly remedy: string;
  /** Inputs and plan keys that bring it about or settle it; a key within another one has a dot. */
  readonly keys: readonly string[];
};

/** Where a code gets its text. */
export const codesFile = "scripts/reference/codes.yml";

type Written = { readonly meaning?: unknown; readonly remedy?: unknown; readonly keys?: readonly string[] };

export function meaningsIn(text: string): Readonly<Record<string, CodeMeaning>> {
  const written = parse(text) as Readonly<Record<string, Written | null>>;
  const entries = Object.entries(written).map(([code, entry]) => {
    const { meaning, remedy, keys = [] } = entry ?? {};
    if (typeof meaning !== "string" || typeof remedy !== "string" || meaning.trim() === "" || remedy.trim() === "")
      throw new Gap(`The code ${code} has no meaning or no remedy. Write both into ${codesFile}.`);
    return [code, { meaning: meaning.trim(), remedy: remedy.trim(), keys }] as const;
  });
  return Object.fromEntries(entries);
}

export const codeMeanings = meaningsIn(readFileSync(new URL("codes.yml", import.meta.url), "utf8"));
