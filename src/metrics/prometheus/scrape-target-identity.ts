import type { Millis } from "../../base/units.ts";
import type { CounterRow, PhaseCounters } from "../../judge/intervals-from-counters.ts";
import type { CounterSeries } from "../../ports/metric-source.ts";
import { literally, promDuration, quoted } from "./placeholders.ts";

type Labels = CounterSeries["labels"];

/** The label that names the scraped program, and its value there. */
function programOf(labels: Labels): { readonly label: "instance" | "pod"; readonly value: string } | undefined {
  for (const label of ["instance", "pod"] as const) {
    const value = labels[label] ?? "";
    if (value !== "") return { label, value };
  }
  return undefined;
}

/** The scraped program that a series comes from. Series without such a label come from one place, whatever it is. */
export function targetOf(labels: Labels): string {
  const program = programOf(labels);
  return program === undefined ? "" : `${program.label}=${program.value}`;
}

/** What a scrape configuration and a pair of servers add to one and the same counter. */
const addedByScrape: readonly string[] = [
  "job",
  "endpoint",
  "container",
  "service",
  "prometheus",
  "prometheus_replica",
  "replica",
];

/** A gateway may count by a `service` of its own, as `shop-web-80@kubernetesgateway`; a Kubernetes Service has no such name. */
const isAdded = (name: string, value: string) =>
  addedByScrape.includes(name) && !(name === "service" && value.includes("@"));

/** Its labels as one text, and those of its counter alone. */
type Spelling = { readonly whole: string; readonly counter: string };

/** A source may hand out the same labels again in every turn: they are spelled out once. */
const spellings = new WeakMap<Labels, Spelling>();

export function spellingOf(labels: Labels): Spelling {
  const known = spellings.get(labels);
  if (known !== undefined) return known;
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const counter = JSON.stringify(entries.filter(([name, value]) => !isAdded(name, value)));
  const spelling = { whole: JSON.stringify(entries), counter };
  spellings.set(labels, spelling);
  return spelling;
}

/** A program that is scraped twice would count each of its requests twice, and evidence with them: one of the two is kept. */
export function oncePerProgram(series: readonly CounterSeries[]): readonly CounterSeries[] {
  const kept = new Map<string, { readonly whole: string; readonly one: CounterSeries }>();
  for (const one of series) {
    const { whole, counter } = spellingOf(one.labels);
    const known = kept.get(counter);
    // Whichever comes first by its labels, so that everybody keeps the same one.
    if (known === undefined || whole < known.whole) kept.set(counter, { whole, one });
  }
  return [...kept.values()].map(({ one }) => one);
}

/** So many programs are asked for at once; a query for more would be refused for its length. */
const mostPrograms = 500;

/**
 * Whether programs were scraped where that alone tells whether a counter that shows up counts in full. A program with
 * another counter is known anyway, so mostly there is nothing to ask.
 */
export async function up<Failure extends { readonly kind: "error" }>(
  counters: readonly CounterRow[],
  ask: (query: string) => Promise<readonly CounterSeries[] | Failure>,
  staleAfterMs: Millis,
): Promise<PhaseCounters["up"] | Failure> {
  const asked = newcomers(counters).slice(0, mostPrograms);
  const known: { target: string; values: readonly (number | null)[] }[] = [];
  for (const label of ["instance", "pod"] as const) {
    const values = asked
      .filter((target) => target.startsWith(`${label}=`))
      .map((target) => target.slice(label.length + 1));
    if (values.length === 0) continue;
    const selector = `up{${label}=~${quoted(values.map(literally).join("|"))}}`;
    const series = await ask(`last_over_time(${selector}[${promDuration(staleAfterMs)}])`);
    if ("kind" in series) return series;
    for (const one of series) {
      const value = one.labels[label];
      if (value !== undefined) known.push({ target: `${label}=${value}`, values: one.values });
    }
  }
  return known;
}

/** Programs of which a counter shows up at a point before which nothing else of theirs was seen. */
function newcomers(counters: readonly CounterRow[]): readonly string[] {
  if (counters.every(({ values }) => values[0] !== null)) return [];
  const seen = new Map<string, boolean[]>();
  for (const { target, values } of counters) {
    const points = seen.get(target) ?? [];
    for (const [index, value] of values.entries()) if (value !== null) points[index] = true;
    seen.set(target, points);
  }
  const unknown = counters.filter(({ target, values }) => {
    const first = values.findIndex((value) => value !== null);
    return first > 0 && seen.get(target)?.[first - 1] !== true;
  });
  return [...new Set(unknown.map(({ target }) => target))].sort();
}
