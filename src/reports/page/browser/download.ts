import type { Read } from "./read-page-data.ts";

/** The numbers, handed out by the page itself. */

function hand(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** The object of the output `result-json`, key by key. */
function jsonOf({ data, looks }: Read): string {
  const numbers = data.numbers === null ? null : { ...data.numbers, looks };
  return JSON.stringify({ ...data.result, numbers });
}

/** A cell that a spreadsheet takes for text, whatever its name begins with. */
const cell = (text: string): string => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

function csvOf({ looks }: Read): string {
  const names = [...new Set(looks.flatMap(({ pairs }) => Object.keys(pairs)))];
  const head = [
    "from",
    "to",
    "phase",
    "look",
    "weight",
    "settling",
    "seen",
    ...names.flatMap((name) =>
      ["canary requests", "canary bad", "stable requests", "stable bad"].map((of) => `${name}: ${of}`),
    ),
  ];
  const rows = looks.map(({ from, to, phase, index, weight, settling, seen, pairs }) => [
    new Date(from).toISOString(),
    new Date(to).toISOString(),
    phase,
    index,
    weight,
    settling,
    seen,
    ...names.flatMap((name): readonly (number | string)[] => pairs[name] ?? ["", "", "", ""]),
  ]);
  return `${[head.map(cell).join(","), ...rows.map((row) => row.join(","))].join("\r\n")}\r\n`;
}

export function offerDownloads(read: Read): void {
  const row = document.querySelector<HTMLElement>(".download");
  const [json, csv] = ["download-json", "download-csv"].map((id) => document.getElementById(id));
  if (row === null) return;
  row.hidden = false;
  const name = `sluice-${(read.data.result.rollout ?? "rollout").replaceAll(/[^\w-]/g, "_").slice(0, 40)}`;
  json?.addEventListener("click", () => hand(`${name}.json`, "application/json", jsonOf(read)));
  csv?.addEventListener("click", () => hand(`${name}.csv`, "text/csv", csvOf(read)));
  if (csv !== null && csv !== undefined && read.looks.length === 0) csv.hidden = true;
}
