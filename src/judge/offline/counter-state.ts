import type { Millis } from "../../base/units.ts";
import { type ArmName, type CounterReading, type CounterTrack, newCounter } from "../counter-increments.ts";
import type { ScrapeEntry } from "./recording-line.ts";

/** A counter together with its newest sample. */
type Recorded = CounterReading & { at: Millis; sample: number };

/** One scraped program as one version sees it. */
type Program = {
  readonly target: string;
  scrapedAt: Millis;
  readonly total: Map<"total" | "bad", Recorded>;
  readonly edges: Map<Millis, Recorded>;
  readonly series: CounterTrack[];
};

/** The newest sample of every counter, as a metric source keeps them. */
export type CounterState = {
  programs: Map<string, Program>;
  /** All counters and series of all programs, kept beside them because every look walks over them. */
  counters: Recorded[];
  series: CounterTrack[];
};

export function newTape(): CounterState {
  return { programs: new Map(), counters: [], series: [] };
}

/** Takes down one scrape. Returns what is wrong with it, if anything: one counter cannot show two values at one moment. */
export function takeDown(
  tape: CounterState,
  t: Millis,
  { arm, target, total, bad, buckets }: ScrapeEntry,
): string | undefined {
  const program = programOf(tape, arm, target);
  program.scrapedAt = t;
  const twice = (name: string) => `shows two values of ${name} of ${arm} on ${target}`;
  if (total !== undefined && !isNoted(countOf(tape, program, arm, "total"), t, total)) return twice("total");
  if (bad !== undefined && !isNoted(countOf(tape, program, arm, "bad"), t, bad)) return twice("bad");
  for (let i = 0; i < buckets.edges.length; i += 1) {
    const edge = buckets.edges[i] ?? 0;
    if (!isNoted(bucketOf(tape, program, arm, edge), t, buckets.counts[i] ?? 0)) return twice(`bucket ${edge}`);
  }
  return undefined;
}

function isNoted(counter: Recorded, t: Millis, value: number): boolean {
  if (counter.at === t && counter.sample !== value) return false;
  counter.at = t;
  counter.sample = value;
  return true;
}

/** Sets each counter to what a source shows at `at`; returns the targets whose scrape succeeded of late. */
export function showAt(tape: CounterState, at: Millis, staleAfterMs: Millis): readonly string[] {
  for (const counter of tape.counters) counter.value = at - counter.at < staleAfterMs ? counter.sample : undefined;
  const up: string[] = [];
  for (const { scrapedAt, target } of tape.programs.values()) if (at - scrapedAt < staleAfterMs) up.push(target);
  return up;
}

/** Forgets the programs that nobody has seen since `before`. */
export function forget(tape: CounterState, before: Millis): void {
  const kept = [...tape.programs].filter(([, { scrapedAt }]) => scrapedAt >= before);
  tape.programs = new Map(kept);
  tape.counters = kept.flatMap(([, { total, edges }]) => [...total.values(), ...edges.values()]);
  tape.series = kept.flatMap(([, { series }]) => series);
}

/** The series of the stable version by target. */
export function stableSeries(tape: CounterState): ReadonlyMap<string, readonly CounterTrack[]> {
  const stable = [...tape.programs].filter(([key]) => key.startsWith("stable "));
  return new Map(stable.map(([, { target, series }]) => [target, series]));
}

/** All bucket edges of the stable version. */
export function stableEdges(tape: CounterState): ReadonlySet<Millis> {
  return new Set(
    [...stableSeries(tape).values()].flat().flatMap((one) => (one.kind === "count" ? [] : [...one.edges.keys()])),
  );
}

function programOf(tape: CounterState, arm: ArmName, target: string): Program {
  const key = `${arm} ${target}`;
  const known = tape.programs.get(key);
  if (known !== undefined) return known;
  const program: Program = { target, scrapedAt: 0, total: new Map(), edges: new Map(), series: [] };
  tape.programs.set(key, program);
  return program;
}

function countOf(tape: CounterState, program: Program, arm: ArmName, adds: "total" | "bad"): Recorded {
  const known = program.total.get(adds);
  if (known !== undefined) return known;
  const counter = recorded(tape, arm, program.target);
  program.total.set(adds, counter);
  addSeries(tape, program, { kind: "count", process: "errors", adds, counter });
  return counter;
}

function bucketOf(tape: CounterState, program: Program, arm: ArmName, edge: Millis): Recorded {
  const known = program.edges.get(edge);
  if (known !== undefined) return known;
  const counter = recorded(tape, arm, program.target);
  if (program.edges.size === 0) addSeries(tape, program, { kind: "histogram", arm, edges: program.edges });
  program.edges.set(edge, counter);
  return counter;
}

function recorded(tape: CounterState, arm: ArmName, target: string): Recorded {
  const counter = { ...newCounter(arm, target), at: Number.NEGATIVE_INFINITY, sample: 0 };
  tape.counters.push(counter);
  return counter;
}

function addSeries(tape: CounterState, program: Program, series: CounterTrack): void {
  program.series.push(series);
  tape.series.push(series);
}
