import type { SourceLocation } from "../base/problem.ts";
import type { Millis } from "../base/units.ts";
import type { PrometheusBlock } from "../metrics/prometheus/config-schema.ts";
import type { DataPlane, MetricReporter } from "../rollout/data-planes-and-reporters.ts";
import type { MetricsPlan } from "../rollout/plan.ts";
import { broken, type Stated, valueOr } from "../schema/shape.ts";
import { subject, type Tell } from "../schema/source-value.ts";
import { keep, type Secrets } from "./collected-secrets.ts";

type UrlAnswer = { readonly kind: "url" } | { readonly kind: "refused"; readonly because: string };
export type CheckUrl = (
  url: string,
  reach: { readonly hosts: readonly string[]; readonly allowHttp: boolean; readonly credentials: boolean },
) => UrlAnswer | Promise<UrlAnswer>;

export type Sources = { readonly input?: Stated<PrometheusBlock>; readonly plan?: Stated<PrometheusBlock> };

/** How fast values come, which is known even where the URL was refused. */
export type ScrapePace = {
  readonly scrapeMs: Millis;
  readonly lagMs: Millis;
  readonly at: SourceLocation;
  readonly scrapeAt: SourceLocation;
};

const defaultScrapeMs: Millis = 15_000;

/** The pace of the metric source; `undefined` where none is named. */
export function paceOf({ input, plan }: Sources, tell: Tell): ScrapePace | undefined {
  const at = input?.at ?? plan?.at;
  if (at === undefined) return undefined;
  const { "scrape-interval": scrape, lag } = valueOr(plan, {});
  const scrapeMs = valueOr(scrape, defaultScrapeMs);
  if (scrapeMs === 0)
    tell(scrape?.at ?? at, "prometheus.scrape-interval is 0s. Write how often Prometheus scrapes, as 15s.");
  return { scrapeMs, lagMs: valueOr(lag, scrapeMs + 15_000), at, scrapeAt: scrape?.at ?? at };
}

/** The metric source without its secrets, or nothing where its URL was refused. */
export async function resolveMetrics(
  { input, plan }: Sources,
  pace: ScrapePace,
  checkUrl: CheckUrl,
  secrets: Secrets,
  tell: Tell,
): Promise<MetricsPlan | undefined> {
  const written = valueOr(plan, {});
  const stated = input === undefined ? written.url : valueOr(input, {}).url;
  if (stated === undefined) {
    if (input?.value !== broken && plan?.value !== broken) tell(pace.at, "prometheus has no `url`. Add it.");
    return undefined;
  }
  if (stated.value === broken || plan?.value === broken) return undefined;
  // A user name or password in the URL is refused, but it stands in the step and would be shown there.
  if (URL.canParse(stated.value)) keep(secrets, decoded(new URL(stated.value).password));
  const hosts = valueOr(written.hosts, []);
  const allowHttp = valueOr(written["allow-http"], false);
  const credentials = hasCredentials(written);
  const answer = await checkUrl(stated.value, { hosts, allowHttp, credentials });
  if (answer.kind === "refused") {
    tell(stated.at, `${subject(stated.at)}: ${answer.because}`);
    return undefined;
  }
  if (input !== undefined && credentials) checkOrigin(stated.at, stated.value, written.url, tell);
  const dataPlane = valueOr<DataPlane | undefined>(written["data-plane"], undefined);
  const reporter = valueOr<MetricReporter | undefined>(written.reporter, undefined);
  return {
    url: normal(stated.value),
    scrapeIntervalMs: pace.scrapeMs,
    lagMs: pace.lagMs,
    hosts,
    allowHttp,
    ...(dataPlane === undefined ? {} : { dataPlane }),
    ...(reporter === undefined ? {} : { reporter }),
  };
}

/** Whether a request to this source carries a secret. */
function hasCredentials({ bearer, basic, headers }: PrometheusBlock): boolean {
  return bearer !== undefined || basic !== undefined || valueOr(headers, []).length > 0;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** One spelling for one place, so that a slash at the end does not make another plan. */
function normal(text: string): string {
  return new URL(text).href.replace(/\/+$/, "");
}

/** Credentials were written for one origin and must not follow the URL to another. */
function checkOrigin(at: SourceLocation, asked: string, plan: Stated<string> | undefined, tell: Tell): void {
  if (plan?.value === broken) return;
  const bound = plan !== undefined && URL.canParse(plan.value) ? new URL(plan.value).origin : undefined;
  const { origin } = new URL(asked);
  if (origin === bound) return;
  tell(
    at,
    `prometheus points to ${origin}, but the credentials in the plan ` +
      `${bound === undefined ? "name no `url` of their own" : `are for ${bound}`}. ` +
      "Change `prometheus.url` in the plan, or remove the credentials there.",
  );
}
