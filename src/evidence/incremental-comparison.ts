import { sameJson } from "../base/json-value.ts";
import type { Millis } from "../base/units.ts";
import { type CounterReading, type CounterTrack, newCounter } from "../judge/counter-increments.ts";
import { addToLedger, enterPhase, type Ledger, openLedger } from "../judge/evidence-ledger.ts";
import {
  type CounterRow,
  looksBetween,
  noCounter,
  type SeriesCourse,
  seriesOf,
} from "../judge/intervals-from-counters.ts";
import { gridsOf, type PhaseGrid } from "../judge/phase-grid.ts";
import type { Interval } from "../judge/types.ts";
import type { CounterSeries } from "../ports/metric-source.ts";
import { askerOf, type Counting } from "./count-requests.ts";
import type { Comparison, ComparisonInput } from "./measure-comparison.ts";

/** One counter of a phase, from turn to turn. */
type Known = { readonly row: CounterRow; readonly counter: CounterReading };

/** A phase as far as it was followed. */
type Course = {
  readonly enteredAt: Millis;
  readonly weight: number;
  readonly from: Millis;
  /** By the id of the series. */
  readonly known: Map<string, Known>;
  /** Of several series of one counter, the one that is counted. */
  readonly chosen: Map<string, string>;
  series: readonly CounterTrack[];
  /** The points of the grid that were looked at. */
  points: number;
};

type Kept = {
  /** What is asked and how it is judged. Where that changes, everything starts over. */
  readonly key: readonly unknown[];
  readonly counting: Counting;
  readonly ledger: Ledger;
  readonly looks: Interval[];
  readonly courses: Course[];
};

/**
 * Compares with what was counted before, and asks for later points alone. Only for a source that never changes what it has
 * said of the past; real ones do, when a scrape comes late. Whatever is not as expected leaves the turn to those who ask for
 * everything: then this gives nothing.
 */
export function settledLooks(): (compared: ComparisonInput) => Promise<Comparison | undefined> {
  let kept: Kept | undefined;
  return async (compared) => {
    kept = keptFor(compared, kept);
    if (kept === undefined) return undefined;
    return advanced(compared, kept, askerOf(compared.source, compared.options));
  };
}

type Asker = ReturnType<typeof askerOf>;

function keptFor({ source, judged, record, counting }: ComparisonInput, kept: Kept | undefined): Kept | undefined {
  if (source.counters === undefined) return undefined;
  const { canary, stable, ...arms } = counting.arms;
  // How many pods are ready changes no question.
  const named = { ...arms, canary: { ...canary, pods: null }, stable: { ...stable, pods: null } };
  const key = [judged, record.rollout, record.frozen, { ...counting, arms: named }];
  const isSame = kept?.courses.every(({ enteredAt, weight }, i) => {
    const phase = record.phases[i];
    return phase?.enteredAt === enteredAt && phase.weight === weight;
  });
  if (kept !== undefined && isSame === true && sameJson(kept.key, key)) return kept;
  return { key, counting, ledger: openLedger(judged, record.frozen), looks: [], courses: [] };
}

async function advanced(compared: ComparisonInput, kept: Kept, ask: Asker): Promise<Comparison | undefined> {
  const { judged, record, options } = compared;
  let { ledger } = kept;
  for (const [i, grid] of gridsOf(judged, record, options.now).entries()) {
    if (ledger !== kept.ledger) {
      enterPhase(ledger, grid);
      continue;
    }
    const course = kept.courses[i] ?? enteredBy(kept, record.phases[i]?.enteredAt ?? 0, grid);
    const looks = await laterLooks(compared, kept.counting, course, grid, ask);
    if (looks === undefined) return undefined;
    for (const look of looks) {
      kept.looks.push(look);
      addToLedger(ledger, look);
    }
    const endsAt = record.phases[i + 1]?.enteredAt;
    // The last looks of a phase come in when the next one has begun: until then what is kept does not enter that.
    if (endsAt !== undefined && options.now - judged.lagMs < endsAt) ledger = structuredClone(ledger);
  }
  const { looks } = kept;
  const count = looks.length;
  return { looks: () => looks.slice(0, count), ledger };
}

function enteredBy({ ledger, courses }: Kept, enteredAt: Millis, grid: PhaseGrid): Course {
  enterPhase(ledger, grid);
  const course: Course = {
    enteredAt,
    weight: grid.weight,
    from: grid.from,
    known: new Map(),
    chosen: new Map(),
    series: [],
    points: 0,
  };
  courses.push(course);
  return course;
}

/** The looks that have become complete since the last turn. Nothing is kept of a turn in which an answer was not as expected. */
async function laterLooks(
  { judged, record }: ComparisonInput,
  counting: Counting,
  course: Course,
  grid: PhaseGrid,
  ask: Asker,
): Promise<readonly Interval[] | undefined> {
  if (grid.points < course.points || grid.from !== course.from) return undefined;
  // A look lies between two points.
  if (grid.points < 2 || grid.points === course.points) return [];
  const { from, to } = grid;
  const { lookMs: stepMs } = judged;
  const answer = await ask.counters(counting, { from: from + course.points * stepMs, to, stepMs });
  if (answer.kind !== "counters") return undefined;
  const found = followedOn(course, answer.series, grid.points - course.points);
  if (found === undefined) return undefined;
  const rows = found.followed.map(({ row }) => row);
  const first = Math.max(0, course.points - 1);
  const known = await ask.up(rows, counting, { from: from + first * stepMs, to, stepMs });
  if ("kind" in known) return undefined;
  found.keep();
  if (found.isMore) course.series = seriesOf(found.followed);
  course.points = grid.points;
  const { series } = course;
  const { boundariesMs } = record.frozen;
  return looksBetween(judged, boundariesMs, grid, { followed: found.followed, series, up: known, first });
}

type Found = { readonly followed: readonly SeriesCourse[]; readonly isMore: boolean; readonly keep: () => void };

/** Every counter of the phase with what it showed last, where there was such a point, and what it shows at the new ones. */
function followedOn(
  { known, chosen, points: before }: Course,
  answer: readonly CounterSeries[],
  points: number,
): Found | undefined {
  const followed: SeriesCourse[] = [];
  const news: (() => void)[] = [];
  const shown = new Map<string, readonly (number | null)[]>();
  for (const row of answer) {
    const { id, counter: same, values } = row;
    // Another program counts the same now: which of the two is counted is a matter of the whole phase.
    if ((chosen.get(same) ?? id) !== id) return undefined;
    shown.set(id, values);
    if (known.has(id)) continue;
    const next = { row, counter: newCounter(row.arm, row.target) };
    news.push(() => {
      known.set(id, next);
      chosen.set(same, id);
    });
    followed.push({ ...next, row: { ...row, values: before === 0 ? values : [null, ...values] } });
  }
  for (const [id, one] of known) {
    const values = [one.counter.value ?? null, ...(shown.get(id) ?? new Array<null>(points).fill(null))];
    followed.push({ counter: one.counter, row: { ...one.row, values } });
  }
  if (noCounter(followed.map(({ row }) => row)) !== undefined) return undefined;
  const keep = () => {
    for (const add of news) add();
  };
  return { followed, isMore: news.length > 0, keep };
}
