declare const brand: unique symbol;

/**
 * Words of another program: an API server, a proxy, a metric source, a person. At run time they are a string, cleaned and cut where
 * they enter. Code cannot compare them, search them or take them apart: what they mean is classified once, at the edge
 * that reads them, and only `src/text/` shows them.
 */
export interface Foreign {
  readonly [brand]: true;
}

/** More than this is not read at night. */
export const foreignLimit = 200;

const escapeSign = String.fromCharCode(27);
/** Control characters, and what is invisible by design, as direction marks: none can be seen, each can deceive. */
export const invisible = /[\p{Cc}\p{Cf}]/gu;

/** Colours and cursor movements, whole: without their escape they would be litter. */
const withoutColours = (text: string): string =>
  text
    .split(escapeSign)
    .map((part, at) => (at === 0 ? part : part.replace(/^\[[0-9;:?]*[ -/]*[@-~]/, "")))
    .join("");

/** One line of visible characters, at most `limit` of them. */
export function visibleLine(text: string, limit = 1000): string {
  // What is cut off is never looked at, so that a text of megabytes costs nothing.
  const seen = withoutColours(text.slice(0, limit * 4).toWellFormed())
    .replace(/[\s\u0085]+/g, " ")
    .replace(invisible, "")
    .trim();
  const characters = [...seen];
  if (characters.length <= limit && text.length <= limit * 4) return seen;
  return `${characters.slice(0, limit - 1).join("")}…`;
}

/** The same words in at most so many bytes of UTF-8, whole characters. */
export function shortened(words: Foreign, bytes: number): Foreign {
  const encoder = new TextEncoder();
  const text = words as unknown as string;
  if (encoder.encode(text).length <= bytes) return words;
  const room = new Uint8Array(Math.max(0, bytes - encoder.encode("…").length));
  return `${text.slice(0, encoder.encodeInto(text, room).read)}…` as unknown as Foreign;
}

export const foreign = (text: string, limit = foreignLimit): Foreign => visibleLine(text, limit) as unknown as Foreign;
