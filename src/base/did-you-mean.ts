/** The known word that was most likely meant, or nothing where none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const asked = plain(word.slice(0, 64));
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = distanceOf(asked, plain(candidate));
    if (best === undefined || distance < best.distance) best = { word: candidate, distance };
  }
  // A third of the word may be wrong, in short words one letter.
  return best !== undefined && best.distance <= Math.max(1, Math.floor(asked.length / 3)) ? best.word : undefined;
}

/** "Known: a, b. Did you mean "a"?": the end of every sentence about an unknown word. */
export function knownWords(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return `Known: ${known.join(", ")}.${near === undefined ? "" : ` Did you mean "${near}"?`}`;
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll("_", "-");
}

/** Letters to insert, delete, replace or swap with their neighbour. */
function distanceOf(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const cost = from[i - 1] === to[j - 1] ? 0 : 1;
      let least = Math.min(cell(row, j) + 1, cell(next, j - 1) + 1, cell(row, j - 1) + cost);
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (swapped) least = Math.min(least, cell(before, j - 2) + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return cell(row, to.length);
}

function cell(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
