import { visibleLine } from "../../base/foreign.ts";

/** Markup that was made here. Everything else that enters a page is text, and stays text. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type HtmlPart = Markup | string | number | false | null | undefined | readonly HtmlPart[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Long enough for any reason; what is longer was not written to be read. */
const longest = 2000;

/** Text from anywhere: one line of visible characters, none of which means anything to HTML. */
export const escaped = (text: string, cap = longest): string =>
  visibleLine(text, cap).replace(/[&<>"']/g, (sign) => entities[sign] ?? "");

function shown(part: HtmlPart): string {
  if (part === false || part === null || part === undefined) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(shown).join("");
  // Spaces at the ends belong to the sentence around it.
  return typeof part === "number" ? String(part) : escaped(part);
}

/** As `html\`<p>${reason}</p>\``: whatever is put in is escaped, unless it is markup itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Markup {
  return new Markup(strings.reduce((text, string, at) => `${text}${shown(parts[at - 1])}${string}`));
}

/** A sentence of Sluice's own, whose words for a terminal stand between backticks. */
export const prose = (text: string): Markup =>
  new Markup(escaped(text).replace(/`([^`]+)`/g, (_, word: string) => `<code>${word}</code>`));

/** Several lines as they were laid out, as a snippet of YAML that people copy. */
export function lines(text: string, most = 400): Markup {
  const kept = text.split("\n").slice(0, most);
  const safe = kept.map((line) => {
    const indent = /^ */.exec(line)?.[0] ?? "";
    return indent.slice(0, 80) + escaped(line, 600);
  });
  return new Markup(safe.join("\n"));
}

/** Only an address of http or https becomes a link. */
export function anchor(words: string, url: string | undefined): Markup | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { protocol, href } = new URL(url);
  if (protocol !== "https:" && protocol !== "http:") return undefined;
  return html`<a href="${new Markup(escaped(href))}" rel="noreferrer noopener">${words}</a>`;
}
