import { type Day, type PartName, parts } from "./days.ts";
import { type BlockFound, type DayFound, digestOf } from "./digest.ts";

/** What the days of some blocks of a part came to. */
export async function blocksFound(part: PartName, from: number, count: number): Promise<BlockFound[]> {
  const found: BlockFound[] = [];
  for (const { name, days } of parts[part].slice(from, from + count)) {
    const lived: DayFound[] = [];
    for (const day of await days()) lived.push(await dayFound(day));
    found.push({ name, days: lived });
  }
  return found;
}

async function dayFound({ name, live }: Day): Promise<DayFound> {
  const { course, broken } = await live();
  return { name, digest: digestOf(course), broken };
}

/** The day that an id such as `singles/3/12` means. */
export async function dayCalled(id: string): Promise<Day | undefined> {
  const [part = "", block = "", day = ""] = id.split("/");
  const blocks = Object.hasOwn(parts, part) ? parts[part as PartName] : [];
  return (await blocks[Number(block) - 1]?.days())?.[Number(day) - 1];
}
