import type { Millis } from "../../base/units.ts";
import type { LabelledSeries } from "../../ports/range-queries.ts";
import { literally, promDuration, quoted } from "./placeholders.ts";

type Labels = LabelledSeries["labels"];

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
export function oncePerProgram(series: readonly LabelledSeries[]): readonly LabelledSeries[] {
  const kept = new Map<string, { readonly whole: string; readonly one: LabelledSeries }>();
  for (const one of series) {
    const { whole, counter } = spellingOf(one.labels);
    const known = kept.get(counter);
    // Whichever comes first by its labels, so that every run keeps the same one.
    if (known === undefined || whole < known.whole) kept.set(counter, { whole, one });
  }
  return [...kept.values()].map(({ one }) => one);
}

/** Whether these programs were scraped, by the label that names them: a query for each kind of label. */
export function upQueries(
  programs: readonly string[],
  staleAfterMs: Millis,
): readonly { readonly label: "instance" | "pod"; readonly query: string }[] {
  return (["instance", "pod"] as const).flatMap((label) => {
    const values = programs
      .filter((program) => program.startsWith(`${label}=`))
      .map((program) => program.slice(label.length + 1));
    if (values.length === 0) return [];
    const selector = `up{${label}=~${quoted(values.map(literally).join("|"))}}`;
    return [{ label, query: `last_over_time(${selector}[${promDuration(staleAfterMs)}])` }];
  });
}
