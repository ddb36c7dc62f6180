import { dataPlanes, reporters } from "../../rollout/data-planes-and-reporters.ts";
import { boolean, choice, duration, scalar, textOf } from "../../schema/scalars.ts";
import {
  type Broken,
  broken,
  mapping,
  oneOrMany,
  type Parsed,
  type ReadOf,
  type Shape,
  type Stated,
  said,
} from "../../schema/shape.ts";
import { type Found, type MappingEntry, quoted, subject, type Tell } from "../../schema/source-value.ts";

/** A value that stands in an environment variable: the plan file holds the name alone. */
export type Reference = { readonly variable: string };

/** The runner's own: tokens of the job, and every input of the step. A plan that may send them could send the kubeconfig. */
const runnersOwn = ["INPUT_", "GITHUB_", "ACTIONS_", "RUNNER_"];
const namePattern = `(?!${runnersOwn.join("|")})[A-Za-z_][A-Za-z0-9_]*`;
const referencePattern = `\\$\\{${namePattern}\\}`;
const example = "$" + "{PROMETHEUS_TOKEN}";

const reference: Shape<Reference> = scalar({
  schema: { type: "string", pattern: `^${referencePattern}$`, examples: [example] },
  takes: ["text"],
  expected: `a reference such as ${example}`,
  secret: true,
  parse: (text) => {
    const variable = variableOf(text);
    if (variable !== undefined) return referenceTo(variable);
    if (text.startsWith("$" + "{{")) {
      return {
        because: `: expressions of the workflow are not filled in here. Set env: in the step, and write ${example} here.`,
      };
    }
    return {
      because: ` as it stands. Secrets never stand in the plan: set an environment variable and write ${example}.`,
    };
  },
});

function variableOf(text: string): string | undefined {
  return /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/.test(text) ? text.slice(2, -1) : undefined;
}

function referenceTo(variable: string): Parsed<Reference> {
  // Where the environment knows no case, github_token is GITHUB_TOKEN.
  if (!runnersOwn.some((prefix) => variable.toUpperCase().startsWith(prefix))) return { value: { variable } };
  return {
    because:
      `: ${variable.slice(0, 80)} belongs to the runner, and no plan may send what begins with ` +
      "INPUT_, GITHUB_, ACTIONS_ or RUNNER_. Set a variable of another name under `env:` of the step, and name that one.",
  };
}

/** A user name may be written out; it is no secret by itself. */
const username: Shape<string | Reference> = scalar<string | Reference>({
  schema: { type: "string", pattern: `^(?:${referencePattern}|[^:$\\s]+)$`, maxLength: 253 },
  takes: ["text"],
  expected: `a user name or a reference such as ${example}`,
  secret: true,
  parse: (text) => {
    const variable = variableOf(text);
    if (variable !== undefined) return referenceTo(variable);
    const fits = /^[^:$\s]{1,253}$/.test(text) && !/\p{Cc}/u.test(text);
    return fits
      ? { value: text }
      : { because: `. A user name has no colon, no space and no $. Write it out, or as ${example}.` };
  },
});

const url: Shape<string> = scalar({
  schema: {
    type: "string",
    format: "uri",
    pattern: "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s?#@/\\\\]+(?:/[^\\s?#\\\\]*)?$",
    maxLength: 2000,
  },
  takes: ["text"],
  expected: "a URL such as https://prometheus.example.com",
  // A URL may hold a password or a token, and those that are refused are the likeliest to.
  secret: true,
  parse: (text) =>
    text.length > 2000 ? { because: ": it is longer than 2000 characters. Shorten it." } : { value: text },
});
const urlWords =
  "Base URL of Prometheus, the part before /api/v1. Plain http is allowed for loopback and names inside the cluster.";

const headers: Shape<readonly (Stated<Reference> & { readonly name: string })[]> = {
  schema: {
    type: "object",
    propertyNames: { pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$" },
    additionalProperties: reference.schema,
  },
  read(found, tell) {
    if (found.kind === "refused") return broken;
    if (found.kind === "mapping") return found.entries.map((entry) => headerOf(entry, tell));
    tell(
      found.at,
      `${subject(found.at)} is ${found.kind === "list" ? "a list" : "one value"}. Write \`NAME: ${example}\` below it.`,
    );
    return broken;
  },
};

// These decide how a request is framed or where it goes; a plan must not be able to change that.
const reserved =
  /^(accept|accept-encoding|connection|content-.*|expect|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i;

function headerOf({ name, at, value }: MappingEntry, tell: Tell): Stated<Reference> & { readonly name: string } {
  const read = reference.read(value, tell);
  if (!/^[A-Za-z0-9][A-Za-z0-9!#$%&'*+.^_`|~-]{0,99}$/.test(name)) {
    tell(at, `${quoted(name)} is no name of a header. Correct it.`);
  } else if (reserved.test(name)) tell(at, `The header ${name} cannot be set: Sluice sets it itself. Remove it.`);
  else return { name, at: value.at, value: read };
  return { name, at, value: broken };
}

const basic = mapping(
  { username: said(username, "The user name."), password: said(reference, `The password, as ${example}.`) },
  { required: ["username", "password"] },
);

export type Basic = ReadOf<typeof basic>;

const hostPattern =
  "(?:[A-Za-z0-9](?:[-A-Za-z0-9.]*[A-Za-z0-9])?(?::\\d{1,5})?|\\[[0-9A-Fa-f:.]+\\](?::\\d{1,5})?|[0-9A-Fa-f:.]+)";
const block = mapping({
  url: said(url, urlWords),
  bearer: said(reference, `A bearer token, as ${example}. Sluice sends it to the origin of \`url\` only.`),
  basic: said(basic, "User name and password. Sluice sends them to the origin of `url` only."),
  headers: said(
    headers,
    `Further headers with secrets, as NAME: ${example}. Sluice sends them to the origin of \`url\` only.`,
  ),
  hosts: said(
    oneOrMany(textOf(hostPattern, "a host", "Write host names or addresses, without scheme and path.")),
    "Further hosts that Sluice may contact, and addresses that it otherwise refuses.",
  ),
  "allow-http": said(
    boolean,
    "Whether plain http is allowed to other hosts than loopback and names inside the cluster.",
    false,
  ),
  "data-plane": said(
    choice(dataPlanes),
    "The proxies whose metrics presets and comparison read. By default those of the controller that answers for the route.",
  ),
  reporter: said(
    choice(reporters),
    "Which proxy counts in Istio: the caller's, a waypoint, or the server's. By default source, and waypoint in ambient mode.",
  ),
  "scrape-interval": said(duration, "How often Prometheus scrapes.", "15s"),
  lag: said(duration, "How long a value may take to become visible. By default the scrape interval plus 15s."),
});
export type PrometheusBlock = ReadOf<typeof block>;

/** The block of the plan file, or its URL alone. */
export const prometheus: Shape<PrometheusBlock> = {
  schema: { anyOf: [url.schema, block.schema] },
  read(found, tell) {
    return found.kind === "scalar" && found.form !== "null" ? readUrl(found, tell) : block.read(found, tell);
  },
};

function readUrl(found: Found, tell: Tell): PrometheusBlock | Broken {
  const value = url.read(found, tell);
  return value === broken ? broken : { url: { at: found.at, value } };
}
