import { createHash } from "node:crypto";

/** Hashes of days, of blocks of days and of parts, as the committed file has them, and where two of them differ. */

export type DayFound = { readonly name: string; readonly digest: string; readonly broken: readonly string[] };
export type BlockFound = { readonly name: string; readonly days: readonly DayFound[] };
export type PartFound = { readonly name: string; readonly blocks: readonly BlockFound[] };

/** `blocks`: name, hash and, of every day, the first letters of its digest, which tell the day that differs. */
export type Written = {
  readonly total: string;
  readonly parts: Readonly<Record<string, { readonly hash: string; readonly blocks: readonly string[] }>>;
};

const letters = 16;
const markLetters = 4;

const hashOf = (texts: readonly string[]): string =>
  createHash("sha256").update(texts.join("\n")).digest("hex").slice(0, letters);

export const digestOf = (course: readonly string[]): string => hashOf(course);

const blockHash = ({ days }: BlockFound) => hashOf(days.map(({ digest }) => digest));
const partHash = ({ blocks }: PartFound) => hashOf(blocks.map(blockHash));
const marksOf = ({ days }: BlockFound) => days.map(({ digest }) => digest.slice(0, markLetters)).join("");

/** The names of blocks are for people: no hash is of them, so a scenario may be called otherwise. */
export function writtenOf(found: readonly PartFound[]): Written {
  const parts = found.map((part) => {
    const blocks = part.blocks.map((block) => `${block.name}: ${blockHash(block)} ${marksOf(block)}`);
    return [part.name, { hash: partHash(part), blocks }] as const;
  });
  return { total: hashOf(parts.map(([, { hash }]) => hash)), parts: Object.fromEntries(parts) };
}

/** `id`: what `--show` takes, as `singles/3/12`; absent where a whole block is there or not. */
export type Difference = { readonly words: string; readonly id?: string };

/** The first difference of a part from what is committed, and in how many blocks there is one. */
export function differenceOf(part: PartFound, written: Written): Difference | undefined {
  const before = written.parts[part.name];
  if (before?.hash === partHash(part)) return undefined;
  if (before === undefined) return { words: `nothing is committed for the part ${part.name}` };
  const was = before.blocks.map(read);
  const places = part.blocks.flatMap((block, place) => (was[place]?.hash === blockHash(block) ? [] : [place]));
  const [place] = places;
  const block = place === undefined ? undefined : part.blocks[place];
  if (place === undefined || block === undefined) {
    return { words: `${part.name} has ${part.blocks.length} blocks, ${before.blocks.length} are committed` };
  }
  const where = `${places.length} of ${part.blocks.length} blocks of ${part.name}, first "${block.name}"`;
  return firstDay(part, place, block, was[place]?.marks ?? "", where);
}

function firstDay(part: PartFound, place: number, block: BlockFound, marks: string, where: string): Difference {
  const days = marks.length / markLetters;
  const index = block.days.findIndex(
    ({ digest }, at) => digest.slice(0, markLetters) !== marks.slice(at * markLetters, (at + 1) * markLetters),
  );
  const many = days === block.days.length ? "" : ` (days: ${block.days.length} instead of ${days})`;
  const day = block.days[index];
  // All marks may agree by chance, and the last days may just be gone.
  if (day === undefined) return { words: `${where}${many}` };
  return { words: `${where}${many}, there "${day.name}"`, id: `${part.name}/${place + 1}/${index + 1}` };
}

function read(line: string): { readonly hash: string; readonly marks: string } {
  const [, hash = "", marks = ""] = /: ([0-9a-f]+) ([0-9a-f]*)$/.exec(line) ?? [];
  return { hash, marks };
}
