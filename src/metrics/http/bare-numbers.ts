/** All that the pass needs of a text, so that a test can count how often it looks. */
type Text = Pick<string, "length" | "charCodeAt" | "slice">;

const [quote, backslash, dash] = [0x22, 0x5c, 0x2d];
const words = ["NaN", "Infinity"] as const;

/**
 * The text with each bare `NaN` and `Infinity`, which JSON does not know, put in quotes; what stands in quotes already is
 * left alone. The pass never goes back: the sender decides what the text holds, and a regular expression that starts again
 * at every quote takes seconds for 80 kB.
 */
export function quoteBareNumbers(text: Text): string {
  const parts: string[] = [];
  let copied = 0;
  let before = Number.NaN;
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    const word = isWordCharacter(before) ? undefined : wordAt(text, at, code);
    if (word === undefined) {
      at = code === quote ? endOfString(text, at) : at + 1;
      before = code;
      continue;
    }
    const from = before === dash ? at - 1 : at;
    parts.push(text.slice(copied, from), `"${before === dash ? "-" : ""}${word}"`);
    at += word.length;
    copied = at;
    before = word.charCodeAt(word.length - 1);
  }
  return parts.length === 0 ? text.slice(0) : `${parts.join("")}${text.slice(copied)}`;
}

/** Where the string that begins at this quote ends; one without an end takes all that is left. */
function endOfString(text: Text, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) return at + 1;
    if (code === backslash) at += 1;
  }
  return text.length;
}

/** One of the words, if it stands here whole. */
function wordAt(text: Text, at: number, first: number): string | undefined {
  const word = words.find((one) => one.charCodeAt(0) === first);
  if (word === undefined) return undefined;
  for (let next = 1; next < word.length; next += 1) {
    if (text.charCodeAt(at + next) !== word.charCodeAt(next)) return undefined;
  }
  return isWordCharacter(text.charCodeAt(at + word.length)) ? undefined : word;
}

const isWordCharacter = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f;
