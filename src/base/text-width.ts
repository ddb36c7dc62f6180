/** How wide a text stands in a terminal. Letters of East Asia and emoji take two cells, marks on a letter none. */

const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}/u;
const markOnly = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]/u;
/** Almost every text is of these alone, each of one cell. */
const narrow = /^[\x20-\x7e\u00a1-\u02ff\u2010-\u203a\u2190-\u21ff\u2500-\u259f]*$/;

const cellsOf = (character: string): number => (markOnly.test(character) ? 0 : wide.test(character) ? 2 : 1);

export function widthOf(text: string): number {
  if (narrow.test(text)) return text.length;
  let cells = 0;
  for (const character of text) cells += cellsOf(character);
  return cells;
}

/** The beginning that fits into so many cells; what is cut off shows as an ellipsis. */
export function cutTo(text: string, cells: number): string {
  if (widthOf(text) <= cells) return text;
  if (cells < 1) return "";
  let kept = "";
  let room = cells - 1;
  for (const character of text) {
    room -= cellsOf(character);
    if (room < 0) break;
    kept += character;
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
