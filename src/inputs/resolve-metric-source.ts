import type { SourceLocation } from "../base/problem.ts";
import type { Millis } from "../base/units.ts";
import type { HttpBlock } from "../metrics/http/http-block.ts";
import { providerNamed, providers } from "../metrics/index.ts";
import type { Pace, Provider } from "../metrics/provider.ts";
import type { MetricsPlan } from "../rollout/plan.ts";
import { broken, type Stated, valueOr } from "../schema/shape.ts";
import { subject, type Tell } from "../schema/source-value.ts";
import { keep, type Secrets } from "./collected-secrets.ts";
import type { PlanFields } from "./input-schema.ts";

type UrlAnswer = { readonly kind: "url" } | { readonly kind: "refused"; readonly because: string };
export type CheckUrl = (
  url: string,
  reach: { readonly hosts: readonly string[]; readonly allowHttp: boolean; readonly credentials: boolean },
) => UrlAnswer | Promise<UrlAnswer>;

/** The metric source that is named: by its key in the plan, its URL by an input. */
type NamedSource = {
  readonly name: string;
  readonly provider: Provider;
  readonly input?: Stated<HttpBlock>;
  readonly plan?: Stated<HttpBlock>;
};

/** The one that the input of a step is for. */
const inputName = "prometheus";

/** The source of a plan; where the plan names two that was told, and the first stands for both. */
export function namedSource(
  input: Stated<HttpBlock> | undefined,
  fields: PlanFields,
  tell: Tell,
): NamedSource | undefined {
  const found = providers.flatMap(([name, provider]) => {
    const plan: Stated<HttpBlock> | undefined = fields[name];
    return plan === undefined ? [] : [{ name, provider, plan }];
  });
  // Of a plan that could not be read each key is broken, and nothing is to be said of one more than of another.
  const first =
    found.find(({ plan }) => plan.value !== broken) ?? found.find(({ name }) => name === inputName) ?? found[0];
  if (input === undefined) return first;
  const same = found.find(({ name }) => name === inputName);
  if (first !== undefined && same === undefined) {
    const both = `the input \`${inputName}\` and \`${first.name}\` of the plan are both there`;
    tell(first.plan.at, `Name one metric source; ${both}. Remove one of them.`);
  }
  return { name: inputName, provider: providerNamed(inputName), ...same, input };
}

/** How fast values come, which is known even where the URL was refused. */
export type SourcePace = Pick<NamedSource, "name" | "provider"> &
  Omit<Pace, "every" | "everyMs"> & {
    readonly scrapeMs: Millis;
    /** The key that says how often, in full, and a word for one time of it. */
    readonly key: string;
    readonly word: string;
    readonly at: SourceLocation;
    readonly scrapeAt: SourceLocation;
  };

/** The pace of the metric source; `undefined` where none is named. */
export function paceOf(source: NamedSource | undefined, tell: Tell): SourcePace | undefined {
  const at = source?.input?.at ?? source?.plan?.at;
  if (source === undefined || at === undefined) return undefined;
  const { name, provider } = source;
  const { every, everyMs, ...pace } = provider.pace(valueOr(source.plan, {}));
  const [key, scrapeAt] = [`${name}.${every.key}`, every.stated?.at ?? at];
  if (everyMs === 0) tell(scrapeAt, `${key} is 0s. ${every.remedy}`);
  return { name, provider, ...pace, scrapeMs: everyMs, key, word: every.word, at, scrapeAt };
}

/** The metric source without its secrets, or nothing where its URL was refused. */
export async function resolveMetrics(
  { name, provider, input, plan }: NamedSource,
  pace: SourcePace,
  checkUrl: CheckUrl,
  secrets: Secrets,
  tell: Tell,
): Promise<MetricsPlan | undefined> {
  const written = valueOr(plan, {});
  const stated = input === undefined ? written.url : valueOr(input, {}).url;
  if (stated === undefined) {
    if (input?.value !== broken && plan?.value !== broken) tell(pace.at, `${name} has no \`url\`. Add it.`);
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
  return {
    provider: name,
    url: normal(stated.value),
    scrapeIntervalMs: pace.scrapeMs,
    lagMs: pace.lagMs,
    hosts,
    allowHttp,
    ...(pace.bucketMs === undefined ? {} : { bucketMs: pace.bucketMs }),
    ...provider.settings(written),
  };
}

/** Whether a request to this source carries a secret. */
function hasCredentials({ bearer, basic, headers }: HttpBlock): boolean {
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
