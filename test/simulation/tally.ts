import type { Scene } from "./scene.ts";
import type { Report } from "./world.ts";

export type Found = { readonly scene: Scene; readonly report: Report };
export type Failure = { readonly scene: Scene; readonly words: readonly string[] };

/** What a lot of scenes came to. Plain numbers and words, so that processes can hand it to each other. */
export type Sum = {
  scenes: number;
  rollouts: number;
  events: number;
  failed: number;
  failures: Failure[];
  counts: Record<string, number>;
  marks: Record<string, number>;
};

export type Tally = Sum & { add(found: Found): void; count(name: string): void; join(other: Sum): void };

const kept = 5;

export function tally(): Tally {
  const sum: Tally = {
    scenes: 0,
    rollouts: 0,
    events: 0,
    failed: 0,
    failures: [],
    counts: {},
    marks: {},
    add({ scene, report }) {
      sum.scenes += 1;
      sum.rollouts += report.rollouts;
      sum.events += report.events;
      for (const [name, count] of report.counts) grow(sum.counts, name, count);
      for (const name of report.marks) grow(sum.marks, name, 1);
      if (report.violations.length === 0) return;
      sum.failed += 1;
      if (sum.failures.length < kept) sum.failures.push({ scene, words: wordsOf(report) });
    },
    count: (name) => grow(sum.counts, name, 1),
    join(other) {
      sum.scenes += other.scenes;
      sum.rollouts += other.rollouts;
      sum.events += other.events;
      sum.failed += other.failed;
      sum.failures.push(...other.failures.slice(0, kept));
      for (const [name, count] of Object.entries(other.counts)) grow(sum.counts, name, count);
      for (const [name, count] of Object.entries(other.marks)) grow(sum.marks, name, count);
    },
  };
  return sum;
}

function grow(counts: Record<string, number>, name: string, by: number): void {
  counts[name] = (counts[name] ?? 0) + by;
}

export const wordsOf = (report: Report): string[] =>
  report.violations.map(({ invariant, words }) => `${invariant}: ${words}`);
