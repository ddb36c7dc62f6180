import { cutTo, padTo, widthOf } from "../base/text-width.ts";
import { forLog } from "../text/escape.ts";
import { bar, clockTime, percent } from "../text/format.ts";
import type { Picture, PicturedDestination, PicturedRoute, PicturedRule } from "./traffic-diagram.ts";

/** The picture of the traffic as a tree of text: for a terminal, and beside the drawn one wherever it may not be drawn. */

export const entryWords = ({ kind, name }: PicturedRoute["entries"][number]): string =>
  name === undefined ? `the ${kind}` : `${kind} ${name}`;

const shownNames = 3;

/** A few of many names, and how many there are besides. */
export function few(words: readonly string[], joint = ", "): string {
  const rest = words.length - shownNames;
  return rest > 0 ? `${words.slice(0, shownNames).join(joint)} and ${rest} more` : words.join(joint);
}

/** What requests a rule takes. */
export function takesWords({ takes }: PicturedRule, isOnly: boolean): string {
  if (takes.length > 0) return few(takes, " or ");
  return isOnly ? "every request" : "all other requests";
}

const parts: Readonly<Record<PicturedRule["part"], string>> = {
  moved: "",
  home: "kept at its old weights",
  untouched: "untouched",
};

export const partWords = ({ part }: PicturedRule): string => parts[part];

export const roleWords = ({ role }: PicturedDestination): string => (role === "other" ? "" : ` (${role})`);

const count = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, " ");

/** What is known of a destination besides its weight: who is ready, and what share of the requests the metrics saw. */
export function factWords({ ready, side, seen }: PicturedDestination): readonly string[] {
  const endpoints = { unknown: "endpoints unknown", empty: "no ready endpoint", ready: "", unchecked: "" } as const;
  const known = ready === undefined ? (side === undefined ? "" : endpoints[side]) : readyWords(ready);
  const when = seen?.isPast === true ? `, at ${percent(seen.asked)} asked for` : "";
  return [
    known,
    seen === undefined ? "" : `seen ${percent(seen.share)} of ${count(seen.requests)} requests${when}`,
  ].filter((one) => one !== "");
}

const readyWords = (ready: number): string =>
  ready === 0 ? "no ready endpoint" : `${ready} ready endpoint${ready === 1 ? "" : "s"}`;

/** The share that was asked for; where the object shows another one, both. */
export function shareWords({ shown, asked }: PicturedRule["destinations"][number], differs: boolean): string {
  if (!differs || asked === undefined) return percent(asked ?? shown);
  return `${percent(shown)}, not the ${percent(asked)} asked for`;
}

const seenWhen = ({ lastSeenAt }: Picture): string | undefined =>
  lastSeenAt === undefined
    ? undefined
    : `as last seen${lastSeenAt === null ? "" : ` at ${clockTime(lastSeenAt)} UTC`}; nobody knows what is true now`;

const barWidth = 10;

export function pictureLines(picture: Picture, width = 110): readonly string[] {
  const told = new Set<string>();
  const when = seenWhen(picture);
  return [
    ...(when === undefined ? [] : [when]),
    ...picture.routes.flatMap((route) => routeLines(route, picture, told, width)),
    ...(picture.moreRoutes > 0 ? [`and ${picture.moreRoutes} more routes`] : []),
  ].map((line) => cutTo(line, width));
}

function routeLines(route: PicturedRoute, picture: Picture, told: Set<string>, width: number): readonly string[] {
  const entries = few(route.entries.map((entry) => forLog(entryWords(entry), 60)));
  const hosts = few(route.hosts.map((host) => forLog(host, 60)));
  const title = `${route.kind} ${forLog(`${route.namespace}/${route.name}`, 80)}${hosts === "" ? "" : ` for ${hosts}`}`;
  const isOnly = route.rules.length === 1 && route.moreRules === 0;
  const last = route.moreRules > 0 ? undefined : route.rules.at(-1);
  const onOneLine = entries === "" ? title : `${entries} → ${title}`;
  return [
    ...(widthOf(onOneLine) <= width ? [onOneLine] : [entries, `→ ${title}`]),
    ...route.rules.flatMap((rule) => ruleLines(rule, picture, { isOnly, isLast: rule === last, told })),
    ...(route.moreRules > 0 ? [`└─ and ${route.moreRules} more ${route.moreRules === 1 ? "rule" : "rules"}`] : []),
  ];
}

type Place = { readonly isOnly: boolean; readonly isLast: boolean; readonly told: Set<string> };

function ruleLines(rule: PicturedRule, picture: Picture, { isOnly, isLast, told }: Place): readonly string[] {
  const part = partWords(rule);
  const takes = forLog(takesWords(rule, isOnly), 80);
  const head = `${isLast ? "└" : "├"}─ ${forLog(rule.label, 60)}: ${takes}${part === "" ? "" : `, ${part}`}`;
  const stem = isLast ? "   " : "│  ";
  const known = rule.destinations.map((one) => ({
    one,
    to: picture.destinations.find(({ id }) => id === one.id),
    share: shareWords(one, rule.differs),
  }));
  const widest = Math.max(0, ...known.map(({ share }) => share.length));
  const names = known.map(({ to }) => (to === undefined ? "" : `${forLog(to.name, 60)}${roleWords(to)}`));
  const longest = Math.min(40, Math.max(0, ...names.map(widthOf)));
  const lines = known.map(({ one, to, share }, at) => {
    const drawn = rule.part === "moved" ? `${bar(one.asked ?? one.shown, barWidth)} ` : "";
    const facts = to === undefined || told.has(to.id) ? [] : factWords(to);
    if (to !== undefined && facts.length > 0) told.add(to.id);
    return `${drawn}${share.padStart(widest)}  ${padTo(names[at] ?? "", longest)}  ${facts.join(", ")}`.trimEnd();
  });
  const more = rule.moreDestinations > 0 ? [`and ${rule.moreDestinations} more`] : [];
  const inside = [...(rule.instead === undefined ? [] : [forLog(rule.instead, 80)]), ...lines, ...more];
  return [head, ...inside.map((line, at) => `${stem}${at === inside.length - 1 ? "└" : "├"}→ ${line}`)];
}
