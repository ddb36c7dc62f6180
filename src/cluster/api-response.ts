import type { KubeObject } from "../base/kube-object.ts";
import type { Millis } from "../base/units.ts";
import type { HttpResponse } from "../network/bounded-request.ts";
import { foreignWords, type Scrub } from "../network/redact.ts";
import type { ServerTime } from "../ports/cluster.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The JSON object in an answer. A proxy's HTML, a page cut short and a bare list are all undefined. */
export function jsonOf(answer: HttpResponse): Fields | undefined {
  if (!/^application\/json\b/i.test(answer.headers["content-type"] ?? "")) return undefined;
  try {
    const value: unknown = JSON.parse(answer.text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A Kubernetes object of that name, or undefined. */
export function objectOf(value: unknown, name?: string): KubeObject | undefined {
  const metadata = isFields(value) ? value["metadata"] : undefined;
  if (!isFields(metadata) || typeof metadata["name"] !== "string") return undefined;
  if (name !== undefined && metadata["name"] !== name) return undefined;
  // Nobody changes what a server has said, and what is told so is worked out once.
  return Object.freeze(value as KubeObject);
}

/** The objects of a list, and where the next page begins. */
export function pageOf(
  answer: HttpResponse,
): { readonly items: readonly KubeObject[]; readonly next: string } | undefined {
  const list = jsonOf(answer);
  const raw = list?.["items"];
  // Go writes an empty list of some kinds as null.
  const items = Array.isArray(raw) ? raw.map((item: unknown) => objectOf(item)) : raw === null ? [] : undefined;
  if (items === undefined || items.includes(undefined)) return undefined;
  const metadata = list?.["metadata"];
  const next = isFields(metadata) ? metadata["continue"] : undefined;
  return { items: items.filter((item) => item !== undefined), next: typeof next === "string" ? next : "" };
}

/** What a 404 means: `object`: it is not there; `version`: the API is not served, which is answered as text. */
export function missingOf(answer: HttpResponse): "object" | "version" | "stranger" {
  const status = jsonOf(answer);
  if (status?.["kind"] === "Status") {
    const details = status["details"];
    return isFields(details) && typeof details["name"] === "string" ? "object" : "version";
  }
  return /^text\/plain\b/i.test(answer.headers["content-type"] ?? "") ? "version" : "stranger";
}

/** Server time as the answer's `Date` header gives it. It has one form in HTTP; anything else counts as missing. */
export function timeOf(answer: HttpResponse): ServerTime | undefined {
  const date = answer.headers["date"] ?? "";
  const dateMs = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(date)
    ? Date.parse(date)
    : Number.NaN;
  return Number.isNaN(dateMs) ? undefined : { dateMs, receivedAt: answer.receivedAt };
}

export function retryAfterOf(answer: HttpResponse): Millis | undefined {
  const value = answer.headers["retry-after"] ?? "";
  if (/^\d{1,7}$/.test(value)) return Number(value) * 1_000;
  const wait = Date.parse(value) - (timeOf(answer)?.dateMs ?? Number.NaN);
  return value === "" || Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

/** The words of `Warning: 299 - "…"`, of which an answer may have several. */
export function warningsOf(answer: HttpResponse, scrub: Scrub): readonly string[] {
  const header = answer.headers["warning"] ?? "";
  const found = [...header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)];
  const words = found.map(([, quoted = ""]) => foreignWords(quoted.replace(/\\(.)/g, "$1"), scrub));
  return [...new Set(words)].slice(0, 20);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
