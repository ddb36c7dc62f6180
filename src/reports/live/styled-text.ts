import { cutTo, widthOf } from "../../base/text-width.ts";

/** What a piece of text is, for whoever sees colours: no colour says anything that the words do not. */
export type TextTone = "strong" | "dim" | "good" | "bad" | "warn" | "canary" | "stable";

type StyledSpan = { readonly text: string; readonly tone?: TextTone };

/** One line of the screen. `wraps`: the terminal breaks it itself, so that it is copied whole. */
export type StyledLine = { readonly spans: readonly StyledSpan[]; readonly wraps?: true };

const escapeSign = String.fromCharCode(27);

const codes: Readonly<Record<TextTone, string>> = {
  strong: "1",
  dim: "2",
  good: "32",
  bad: "31",
  warn: "33",
  canary: "33",
  stable: "32",
};

export const line = (...spans: readonly (StyledSpan | string)[]): StyledLine => ({
  spans: spans.map((span) => (typeof span === "string" ? { text: span } : span)),
});

export const toned = (tone: TextTone | undefined, text: string): StyledSpan =>
  tone === undefined ? { text } : { text, tone };

export const widthOfLine = ({ spans }: StyledLine): number => spans.reduce((sum, { text }) => sum + widthOf(text), 0);

/** How many rows of the screen it takes. */
export const rowsOf = (one: StyledLine, columns: number): number =>
  one.wraps === true ? Math.max(1, Math.ceil(widthOfLine(one) / columns)) : 1;

/** The line as it is written: cut to the width unless it wraps, with its colours where they are wanted. */
export function written(one: StyledLine, columns: number, hasColour: boolean): string {
  let room = one.wraps === true ? Number.POSITIVE_INFINITY : columns;
  return one.spans
    .map(({ text, tone }) => {
      const shown = cutTo(text, room);
      room -= widthOf(shown);
      if (!hasColour || tone === undefined || shown === "") return shown;
      return `${escapeSign}[${codes[tone]}m${shown}${escapeSign}[0m`;
    })
    .join("");
}
