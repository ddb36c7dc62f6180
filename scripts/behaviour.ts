import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type PartName, partNames, parts } from "../test/simulation/behaviour/days.ts";
import {
  type BlockFound,
  differenceOf,
  type PartFound,
  type Written,
  writtenOf,
} from "../test/simulation/behaviour/digest.ts";
import { dayCalled } from "../test/simulation/behaviour/found.ts";
import { inProcess, type Job } from "../test/simulation/jobs.ts";

/**
 * Whether everything still behaves as committed: `make behaviour`. Prints a hash for each part and one of all, and fails where
 * one differs, with the first day that does. `--write` commits to what it found instead; `--show singles/3/12` prints the
 * course of one day, to be compared with that of another checkout.
 *
 * Environment: PROCESSES (all cores).
 */

const file = fileURLToPath(new URL("../test/fixtures/behaviour.json", import.meta.url));
const { values } = parseArgs({ options: { write: { type: "boolean" }, show: { type: "string" } } });

/** In about how many pieces a part is shared out: a new process costs a second, and the slowest piece decides. */
const pieces: Readonly<Record<PartName, number>> = { rehearsals: 5, together: 3, singles: 4, seeds: 1 };

type Piece = { readonly part: PartName; readonly from: number; readonly count: number };

function shared(part: PartName): Piece[] {
  const count = Math.ceil(parts[part].length / pieces[part]);
  return Array.from({ length: Math.ceil(parts[part].length / count) }, (_, place) => ({
    part,
    from: place * count,
    count,
  }));
}

async function everything(): Promise<readonly PartFound[]> {
  // The longest first, so that no process is left with one at the end.
  const waiting = Object.keys(pieces).flatMap((part) => shared(part as PartName));
  const found = new Map<string, readonly BlockFound[]>();
  const work = async () => {
    for (let piece = waiting.shift(); piece !== undefined; piece = waiting.shift()) {
      const job: Job = { kind: "behaviour", ...piece };
      found.set(`${piece.part} ${piece.from}`, (await inProcess<BlockFound[]>(job)).result);
      process.stderr.write(".");
    }
  };
  await Promise.all(Array.from({ length: Number(process.env["PROCESSES"] ?? availableParallelism()) }, work));
  process.stderr.write("\n");
  return partNames.map((name) => ({
    name,
    blocks: shared(name).flatMap(({ from }) => found.get(`${name} ${from}`) ?? []),
  }));
}

async function show(id: string): Promise<number> {
  const day = await dayCalled(id);
  if (day === undefined) {
    console.error(`There is no day ${id}. Name PART/BLOCK/DAY, as seeds/1/17; the parts are ${partNames.join(", ")}.`);
    return 2;
  }
  const { course, broken } = await day.live();
  console.log([...course, ...broken].join("\n"));
  console.error(`${id}: ${day.name}`);
  return 0;
}

async function compare(write: boolean): Promise<number> {
  const found = await everything();
  const now = writtenOf(found);
  const committed = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Written) : { total: "", parts: {} };
  const written = write ? now : committed;
  let wrong = 0;
  for (const part of found) {
    const days = part.blocks.flatMap((block) => block.days.map((day) => ({ ...day, block: block.name })));
    console.log(`${part.name.padEnd(12)}${String(days.length).padStart(6)} days  ${now.parts[part.name]?.hash}`);
    const difference = differenceOf(part, written);
    const broken = days.filter((day) => day.broken.length > 0);
    if (difference !== undefined) {
      console.log(`  differs: ${difference.words}`);
      if (difference.id !== undefined)
        console.log(
          `  see: scripts/node24 scripts/behaviour.ts --show "${difference.id}", here and in a checkout before`,
        );
    }
    for (const { block, name, broken: words } of broken.slice(0, 5))
      console.log(`  broken: ${block}, ${name}: ${words[0]}`);
    wrong += broken.length + (difference === undefined ? 0 : 1);
  }
  console.log(`${"total".padEnd(24)}${now.total}`);
  if (wrong > 0) return 1;
  if (write) writeFileSync(file, `${JSON.stringify(now, null, 2)}\n`);
  return 0;
}

process.exitCode = values.show === undefined ? await compare(values.write === true) : await show(values.show);
