import { knownWords } from "../base/did-you-mean.ts";
import type { RouteRef } from "../base/kube-object.ts";
import type { SourceLocation } from "../base/problem.ts";
import { routesTogether } from "../rollout/record/most-routes.ts";
import { scalar, textOf } from "../schema/scalars.ts";
import { broken, oneOrMany, type Shape, type Stated } from "../schema/shape.ts";
import { subject, type Tell } from "../schema/source-value.ts";

/** The kinds of route that can be named. A kind that has a driver gets its word here. */
export const routeKinds: readonly string[] = ["virtualservice", "httproute", "grpcroute", "tcproute", "tlsroute"];

const label = "[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?";
const dotted = `${label}(?:\\.${label})*`;
const isLabel = new RegExp(`^${label}$`);
const isDotted = new RegExp(`^${dotted}$`);

/** A route as it was written: the namespace may still come from elsewhere. */
type NamedRoute = { readonly kind: string; readonly namespace?: string; readonly name: string };

const routeExample = `${routeKinds[0]}/reviews`;
const route: Shape<NamedRoute> = scalar({
  schema: {
    type: "string",
    pattern: `^(?:(?:${label}/)?(?:${routeKinds.join("|")})/${dotted})$`,
    examples: [routeExample, `shop/${routeExample}`],
  },
  takes: ["text"],
  expected: `a route such as ${routeExample}`,
  parse: parseRoute,
});

function parseRoute(text: string): { readonly value: NamedRoute } | { readonly because: string } {
  const parts = text.split("/");
  const [first = "", second = ""] = parts;
  const name = parts.at(-1) ?? "";
  if (parts.length === 3 && routeKinds.includes(first)) {
    return { because: `. The namespace stands first: write ${second}/${first}/${name}.` };
  }
  if (parts.length !== 2 && parts.length !== 3) {
    return { because: `. Write KIND/NAME, as ${routeExample}, or NAMESPACE/KIND/NAME.` };
  }
  const kind = parts.at(-2) ?? "";
  if (!routeKinds.includes(kind)) {
    return { because: `, whose kind is unknown. ${knownWords(kind, routeKinds)}` };
  }
  if (parts.length === 3 && !isLabel.test(first)) return { because: `, whose namespace is no name. ${nameRule}` };
  if (!isDotted.test(name) || name.length > 253)
    return { because: `, whose name is no name of an object. ${nameRule}` };
  return { value: { kind, name, ...(parts.length === 3 ? { namespace: first } : {}) } };
}

const nameRule = "Names are lower-case letters, digits and hyphens.";

export const routes: Shape<readonly NamedRoute[]> = oneOrMany(route);
export const namespace: Shape<string> = textOf(label, "a namespace", nameRule, 63);

/** A subset may be any label; hosts are names. Nothing else can reach a query or a patch. */
export const destination: Shape<string> = textOf(
  "[A-Za-z0-9](?:[-A-Za-z0-9._]*[A-Za-z0-9])?(?:/[A-Za-z0-9](?:[-A-Za-z0-9._]*[A-Za-z0-9])?)?(?::[0-9]{1,5})?",
  'a subset or a Service, in quotes where it is a number: "2"',
  "Name a subset (v2), a Service (reviews-v2) or both in full: HOST[/SUBSET][:PORT].",
);

/** Names of rules are free text in a VirtualService, so only what cannot be a name is refused. */
const rule: Shape<string> = scalar({
  schema: { type: ["string", "number"], examples: ["http/reviews", "http/0", "tcp/9000", "tls/db.example.com"] },
  takes: ["text", "number"],
  expected: "a rule such as http/NAME, http/INDEX, tcp/PORT or tls/SNI-HOST",
  parse: (text) => {
    const [, list = "http", name = ""] = /^(?:([a-z]+)\/)?(.*)$/s.exec(text) ?? [];
    if (name === "" || name.length > 253 || /\p{Cc}/u.test(name)) return { because: `. ${ruleForms}` };
    if (!ruleLists.includes(list)) return { because: `. ${ruleForms} ${knownWords(list, ruleLists)}` };
    const port = Number(name);
    const isPort = /^\d{1,5}$/.test(name) && port >= 1 && port <= 65_535;
    if (list === "tcp" && !isPort) return { because: ", which names no port. Write tcp/PORT, as tcp/9000." };
    return { value: text };
  },
});
const ruleLists = ["http", "tcp", "tls", "rules"];
const ruleForms = "Write http/NAME, http/INDEX, tcp/PORT or tls/SNI-HOST.";

export const rules: Shape<readonly string[]> = oneOrMany(rule);

type Named = {
  readonly route?: Stated<readonly NamedRoute[]>;
  readonly namespace?: Stated<string>;
};

/** The routes with their namespaces: the one in the route itself, else the key, else the context's, else `default`. */
export async function resolveRoutes(
  named: Named,
  fallback: () => Promise<string | undefined>,
  tell: Tell,
): Promise<readonly RouteRef[] | undefined> {
  const { route: stated, namespace: given } = named;
  if (stated === undefined) {
    tell({ input: "route" }, `No route is named. Set \`route\`, here or in the plan file, as ${routeExample}.`);
    return undefined;
  }
  if (stated.value === broken) return undefined;
  const lacking = stated.value.some((one) => one.namespace === undefined);
  if (lacking && given?.value === broken) return undefined;
  const written = given === undefined || given.value === broken ? undefined : given.value;
  const elsewhere = written ?? (lacking ? await fallback() : undefined) ?? "default";
  const found = stated.value.map(({ kind, name, namespace: own }) => ({ kind, namespace: own ?? elsewhere, name }));
  return checkRoutes(found, stated.at, tell) ? found : undefined;
}

/** The first route holds the record of all, and what it says of each has to fit into it. */
function checkRoutes(found: readonly RouteRef[], at: SourceLocation, tell: Tell): boolean {
  const words = found.map(({ kind, namespace: where, name }) => `${where}/${kind}/${name}`);
  const twice = new Set(words.filter((word, index) => words.indexOf(word) !== index));
  for (const word of twice) tell(at, `${subject(at)} names ${word} twice. Remove one of them.`);
  const tooMany = words.length - twice.size > routesTogether;
  if (tooMany) {
    const remedy = `At most ${routesTogether} move together: name fewer, or roll the others out on their own.`;
    tell(at, `${subject(at)} names ${words.length} routes. ${remedy}`);
  }
  return twice.size === 0 && !tooMany;
}

export function checkDestinations(
  stable: Stated<string> | undefined,
  canary: Stated<string> | undefined,
  tell: Tell,
): void {
  if (stable === undefined || canary === undefined || stable.value === broken || stable.value !== canary.value) return;
  tell(
    canary.at,
    `${subject(canary.at)} is "${stable.value}", and so is stable. Traffic moves between two: name the new version.`,
  );
}
