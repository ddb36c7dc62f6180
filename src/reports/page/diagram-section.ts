import { dayTime, percent } from "../../text/format.ts";
import { count } from "../evidence-table.ts";
import { type PicturedDestination, type PicturedRoute, type PicturedRule, picture } from "../traffic-diagram.ts";
import { html, type Markup } from "./html.ts";
import { type PageInput, shownOf } from "./page-data.ts";

/** The picture of the traffic: entry, rules, destinations, and who is ready behind them. */

const sides = {
  ready: "ready",
  empty: "nobody ready",
  unknown: "could not be read",
  unchecked: "not looked at",
} as const;

function readyWords({ ready, side }: PicturedDestination): string {
  if (ready !== undefined) return ready === 1 ? "1 ready endpoint" : `${ready} ready endpoints`;
  return side === undefined ? "" : sides[side];
}

/** Whether requests were counted under the share that is asked for now: those of a weight that was left tell nothing of it. */
const isPresent = (one: PicturedDestination | undefined, asked: number): boolean =>
  one?.seen !== undefined && Math.abs(one.seen.asked - asked) < 0.1;

function destination(rule: PicturedRule, id: string, known: ReadonlyMap<string, PicturedDestination>): Markup {
  const one = known.get(id);
  const share = rule.destinations.find((each) => each.id === id);
  const name = one?.name ?? id;
  const role = one?.role ?? "other";
  const asked = share?.asked ?? share?.shown ?? 0;
  const counted = rule.part === "moved" && isPresent(one, asked) ? one?.seen : undefined;
  const seen = counted === undefined ? null : html`<dt>seen</dt><dd>${percent(counted.share)}</dd>`;
  const differs =
    share?.asked !== undefined && Math.abs(share.asked - share.shown) > 0.04
      ? html`<dt>on the route</dt><dd class="differs">${percent(share.shown)}</dd>`
      : null;
  const words = one === undefined ? "" : readyWords(one);
  return html`<li class="of-${role}"><p><b>${name}</b>${role === "other" ? null : html` <span>${role}</span>`}</p>
${shareBarOf(role, asked)}
<dl class="asked"><dt>${rule.part === "moved" ? "asked" : "share"}</dt><dd>${percent(asked)}</dd>${seen}${differs}</dl>
${words === "" ? null : html`<p class="quiet ends">${words}</p>`}</li>`;
}

const shareBarOf = (role: string, share: number): Markup =>
  html`<svg class="bar of-${role}" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="1"/><rect class="fill" width="${Math.min(100, Math.max(0, share))}" height="1"/></svg>`;

const parts = { moved: "moved", home: "kept at home", untouched: "untouched" } as const;

function ruleRow(rule: PicturedRule, known: ReadonlyMap<string, PicturedDestination>): Markup {
  const takes = rule.takes.length === 0 ? "all that is left" : rule.takes.slice(0, 3).join(" or ");
  const content =
    rule.destinations.length === 0
      ? html`<p class="quiet">${rule.instead ?? "no destination"}</p>`
      : html`<ul class="ends">${rule.destinations.map(({ id }) => destination(rule, id, known))}</ul>`;
  return html`<li class="rule ${rule.part}"><div class="rule-head"><p><code>${rule.label}</code> <span class="chip">${parts[rule.part]}</span></p><p class="quiet">takes ${takes}</p></div>${content}</li>`;
}

function routeBox(route: PicturedRoute, known: ReadonlyMap<string, PicturedDestination>): Markup {
  const entries = route.entries.map(
    ({ kind, name }) => html`<li>${kind}${name === undefined ? null : html` <b>${name}</b>`}</li>`,
  );
  const hosts = route.hosts.length === 0 ? null : html`<p class="quiet">for ${route.hosts.slice(0, 4).join(", ")}</p>`;
  const more =
    route.moreRules === 0
      ? null
      : html`<li class="rule untouched"><p class="quiet">and ${route.moreRules} further rules</p></li>`;
  return html`<div class="flow"><ul class="entries" aria-label="Requests enter by">${entries}</ul><div class="route"><p class="route-name">${route.kind} <b>${route.name}</b></p>${hosts}<ol class="rules">${route.rules.map((rule) => ruleRow(rule, known))}${more}</ol></div></div>`;
}

export function pictureSection(account: PageInput): Markup | null {
  const drawn = picture(shownOf(account));
  if (drawn === undefined) return null;
  const known = new Map(drawn.destinations.map((one) => [one.id, one]));
  const old =
    drawn.lastSeenAt === undefined
      ? null
      : html`<p class="quiet">As it was last seen${drawn.lastSeenAt === null ? "" : `, ${dayTime(drawn.lastSeenAt)} UTC`}.</p>`;
  const moved = drawn.routes.flatMap(({ rules }) => rules.filter(({ part }) => part === "moved"));
  const shares = moved.flatMap(({ destinations }) => destinations);
  const isSeen = ({ id, asked, shown }: (typeof shares)[number]) => isPresent(known.get(id), asked ?? shown);
  const requests = shares.some(isSeen) ? known.get(shares.find(isSeen)?.id ?? "")?.seen?.requests : undefined;
  const seen =
    requests === undefined
      ? null
      : html`<p class="quiet">Seen: of the ${count(requests)} requests that the present phase has counted.</p>`;
  const more =
    drawn.moreRoutes === 0 ? null : html`<p class="quiet">${drawn.moreRoutes} further routes are not drawn.</p>`;
  return html`<section aria-labelledby="picture"><h2 id="picture">The way of the traffic</h2>${old}${drawn.routes.map((route) => routeBox(route, known))}${seen}${more}</section>`;
}
