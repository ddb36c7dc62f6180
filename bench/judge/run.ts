import { fork } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cells } from "./cells.ts";
import { contestantsOf } from "./contestants.ts";
import { play } from "./play.ts";
import type { Cell } from "./world.ts";

/**
 * Plays cells x seeds in worker processes and writes one JSON line a course. What stands in the folder already is not
 * played again. Seeds come in blocks over all cells, so that a run that is cut short has all cells at about equal depth.
 */
const { values } = parseArgs({
  options: {
    out: { type: "string", default: fileURLToPath(new URL("../out/judge", import.meta.url)) },
    /** The share of the committed seeds: 5000 of equal canaries, 1000 of all others. */
    share: { type: "string", default: "0.02" },
    cells: { type: "string", default: "" },
    minutes: { type: "string", default: "600" },
    workers: { type: "string", default: "2" },
    /** The peers need no more courses than this to be told apart from 1.5 percent. */
    peers: { type: "string", default: "400" },
    variants: { type: "boolean", default: false },
    part: { type: "string" },
  },
});

const NULL_SEEDS = 5000;
const SEEDS = 1000;
const BLOCK = 20;

const share = Number(values.share);
const workers = Number(values.workers);

function seedsOf({ aim }: Cell): number {
  return Math.max(1, Math.round(share * (["equal", "noisy", "calm"].includes(aim) ? NULL_SEEDS : SEEDS)));
}

type Block = { readonly cell: Cell; readonly from: number; readonly to: number };

function blocks(): readonly Block[] {
  const chosen = cells.filter(({ id }) => values.cells.split("|").some((start) => id.startsWith(start)));
  const most = Math.max(...chosen.map(seedsOf));
  return Array.from({ length: Math.ceil(most / BLOCK) }, (_, i) => i * BLOCK + 1).flatMap((from) =>
    chosen.flatMap((cell) => {
      const to = Math.min(from + BLOCK - 1, seedsOf(cell));
      return from <= to ? [{ cell, from, to }] : [];
    }),
  );
}

function playedAlready(): ReadonlySet<string> {
  const files = readdirSync(values.out).filter((name) => name.endsWith(".jsonl"));
  const keys = files.flatMap((name) =>
    readFileSync(join(values.out, name), "utf8")
      .split("\n")
      .flatMap((line) => /^\{"cell":"([^"]*)","seed":(\d+),.*\}$/.exec(line)?.slice(1).join("#") ?? []),
  );
  return new Set(keys);
}

function work(part: number): void {
  const done = playedAlready();
  const file = join(values.out, `part-${part}.jsonl`);
  // A line that was cut short by the end of its process must not swallow the next one.
  if (existsSync(file)) appendFileSync(file, "\n");
  const until = Date.now() + Number(values.minutes) * 60_000;
  for (const [i, { cell, from, to }] of blocks().entries()) {
    if (Date.now() > until) break;
    if (i % workers === part) {
      const lines: string[] = [];
      for (let seed = from; seed <= to; seed += 1) {
        if (done.has(`${cell.id}#${seed}`)) continue;
        const contestants = contestantsOf(cell, { peers: seed <= Number(values.peers), variants: values.variants });
        const deeds = Object.fromEntries(play(cell, seed, contestants));
        lines.push(`${JSON.stringify({ cell: cell.id, seed, deeds })}\n`);
      }
      appendFileSync(file, lines.join(""));
      process.send?.(1);
    }
  }
}

function direct(): void {
  const all = blocks().length;
  const began = Date.now();
  let done = 0;
  for (let part = 0; part < workers; part += 1) {
    const child = fork(fileURLToPath(import.meta.url), [...process.argv.slice(2), "--part", String(part)]);
    child.on("message", () => {
      done += 1;
      if (done % Math.ceil(all / 50) !== 0 && done !== all) return;
      const minutes = (Date.now() - began) / 60_000;
      console.log(
        `${done} of ${all} blocks, ${minutes.toFixed(1)} min, about ${((minutes / done) * (all - done)).toFixed(0)} left`,
      );
    });
    child.on("exit", (code) => {
      if (code !== 0) process.exitCode = 1;
    });
  }
}

mkdirSync(values.out, { recursive: true });
if (values.part === undefined) direct();
else work(Number(values.part));
