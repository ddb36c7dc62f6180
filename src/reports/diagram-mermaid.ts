import { visibleLine } from "../base/foreign.ts";
import { entryWords, factWords, few, partWords, roleWords, shareWords, takesWords } from "./diagram-text.ts";
import type { Picture, PicturedDestination, PicturedRoute, PicturedRule } from "./traffic-diagram.ts";

/** The picture of the traffic as a flowchart in Mermaid's language, which GitHub draws. */

const mostEntries = 4;

/**
 * Text inside a label: every sign that is no letter, digit or space is written by its number, so that none can end the label,
 * begin a list, a link or a directive, or close the block. What is foreign is cut, since one error hides the whole chart.
 */
export function forMermaid(text: string, cap = 48): string {
  return visibleLine(text, cap).replace(/[^\p{L}\p{M}\p{Nd} ]/gu, (sign) => `#${sign.codePointAt(0)};`);
}

const label = (lines: readonly string[]): string =>
  `"${lines
    .filter((line) => line !== "")
    .map((line) => forMermaid(line))
    .join("<br/>")}"`;

type Names = ReadonlyMap<string, string>;

export function pictureMermaid(picture: Picture): string {
  const names: Names = new Map(picture.destinations.map(({ id }, at) => [id, `d${at}`]));
  return [
    "flowchart LR",
    ...picture.routes.flatMap((route, at) => routeLines(route, at, names)),
    ...picture.destinations.flatMap((one, at) => destinationLines(one, `d${at}`)),
    ...(picture.moreRoutes > 0 ? [`more[${label([`and ${picture.moreRoutes} more routes`])}]`] : []),
    "classDef untouched stroke-dasharray:5 4",
    "classDef canary stroke:#bf8700,stroke-width:3px",
    "classDef stable stroke:#1f883d,stroke-width:3px",
  ].join("\n");
}

function routeLines(route: PicturedRoute, at: number, names: Names): readonly string[] {
  const id = `r${at}`;
  const shown = route.entries.slice(0, mostEntries).map(entryWords);
  const rest = route.entries.length - shown.length;
  const entries = rest > 0 ? [...shown, `and ${rest} more`] : shown;
  const isOnly = route.rules.length === 1 && route.moreRules === 0;
  return [
    `${id}[${label([route.kind, `${route.namespace}/${route.name}`, few(route.hosts)])}]`,
    ...entries.map((entry, place) => `${id}e${place}([${label([entry])}]) --> ${id}`),
    ...route.rules.flatMap((rule, place) => ruleLines(rule, `${id}u${place}`, { route: id, isOnly, names })),
    ...(route.moreRules > 0
      ? [`${id} -.-> ${id}more[${label([`and ${route.moreRules} more ${route.moreRules === 1 ? "rule" : "rules"}`])}]`]
      : []),
  ];
}

type Around = { readonly route: string; readonly isOnly: boolean; readonly names: Names };

function ruleLines(rule: PicturedRule, id: string, { route, isOnly, names }: Around): readonly string[] {
  const isMoved = rule.part === "moved";
  const arrow = isMoved ? "==>" : "-.->";
  const node = `${id}[${label([rule.label, takesWords(rule, isOnly), partWords(rule), rule.instead ?? ""])}]`;
  return [
    `${route} ${isMoved ? "-->" : "-.->"} ${node}${isMoved ? "" : ":::untouched"}`,
    ...rule.destinations.map(
      (one) => `${id} ${arrow}|${label([shareWords(one, rule.differs)])}| ${names.get(one.id) ?? "unknown"}`,
    ),
    ...(rule.moreDestinations > 0 ? [`${id} ${arrow} ${id}more[${label([`and ${rule.moreDestinations} more`])}]`] : []),
  ];
}

function destinationLines(one: PicturedDestination, id: string): readonly string[] {
  const style = one.role === "other" ? "" : `:::${one.role}`;
  return [`${id}(${label([`${one.name}${roleWords(one)}`, ...factWords(one)])})${style}`];
}
