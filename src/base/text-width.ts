/** How wide a text stands in a terminal. Letters of East Asia and emoji take two cells, marks on a letter none. */

const wide =
  /^[\u1100-\u115e\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u3247\u3250-\u4dff\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18df2}\u{1aff0}-\u{1affe}\u{1b000}-\u{1b2ff}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}/u;
/** Marks, what is invisible by design, and the vowels of a Hangul syllable; signs of Arabic that are written before a number are seen. */
const markOnly =
  /^(?![\u0600-\u0605\u06dd\u0890\u0891\u08e2\u{110bd}\u{110cd}\u{16ff0}\u{16ff1}])[\p{Mn}\p{Me}\p{Cf}\u115f-\u11ff\u3164\uffa0]/u;
/** Almost every text is of these alone, each of one cell. */
const narrow = /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2029\u202f-\u203a\u2190-\u21ff\u2500-\u259f]*$/;

/**
 * One picture, however many characters spell it: a sign that asks to be shown as one, a keycap, a skin, a flag, several joined to a
 * family. Intl.Segmenter knows them too, and making one takes longer than starting Node.
 */
const single =
  "(?:\\p{Emoji}\\ufe0f\\u20e3?|\\p{Emoji_Modifier_Base}\\p{Emoji_Modifier}|\\p{Emoji_Presentation})[\\u{e0020}-\\u{e007f}]*";
const picture = `\\p{Regional_Indicator}{2}|(?:${single}|\\p{Extended_Pictographic}(?=\\u200d))(?:\\u200d(?:${single}|\\p{Extended_Pictographic}))*`;
const isPicture = new RegExp(`^(?:${picture})$`, "u");
const pieces = new RegExp(`${picture}|[^]`, "gu");

const piecesOf = (text: string): readonly string[] => text.match(pieces) ?? [];

function cellsOf(piece: string): number {
  if (markOnly.test(piece)) return 0;
  return wide.test(piece) || isPicture.test(piece) ? 2 : 1;
}

export function widthOf(text: string): number {
  if (narrow.test(text)) return text.length;
  return piecesOf(text).reduce((cells, piece) => cells + cellsOf(piece), 0);
}

/** The beginning that fits into so many cells; what is cut off shows as an ellipsis. */
export function cutTo(text: string, cells: number): string {
  if (widthOf(text) <= cells) return text;
  if (cells < 1) return "";
  let kept = "";
  let room = cells - 1;
  for (const piece of piecesOf(text)) {
    room -= cellsOf(piece);
    if (room < 0) break;
    kept += piece;
  }
  return `${kept.trimEnd()}…`;
}

export const padTo = (text: string, cells: number): string => text + " ".repeat(Math.max(0, cells - widthOf(text)));

/** Lines of at most so many cells, broken between words, at most `most` of them. */
export function wrapTo(text: string, cells: number, most: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").filter((one) => one !== "")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line === "" || widthOf(longer) <= cells) {
      line = longer;
    } else {
      lines.push(line);
      line = word;
    }
  }
  if (line !== "") lines.push(line);
  const kept = lines.slice(0, most);
  const rest = lines.slice(most).join(" ");
  const last = kept.length - 1;
  return kept.map((one, at) => cutTo(at === last && rest !== "" ? `${one} ${rest}` : one, cells));
}
