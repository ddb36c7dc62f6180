import { boolean, scalar, textOf } from "../../schema/scalars.ts";
import {
  broken,
  mapping,
  oneOrMany,
  type Parsed,
  type ReadFields,
  type ReadOf,
  type Shape,
  type Stated,
  said,
} from "../../schema/shape.ts";
import { type MappingEntry, quoted, subject, type Tell } from "../../schema/source-value.ts";

/** A value that stands in an environment variable: the plan file holds the name alone. */
export type Reference = { readonly variable: string };

/** The runner's own: tokens of the job, and every input of the step. A plan that may send them could send the kubeconfig. */
const runnersOwn = ["INPUT_", "GITHUB_", "ACTIONS_", "RUNNER_"];
const namePattern = `(?!${runnersOwn.join("|")})[A-Za-z_][A-Za-z0-9_]*`;
const referencePattern = `\\$\\{${namePattern}\\}`;
const reference = (example: string): Shape<Reference> =>
  scalar({
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
const username = (example: string): Shape<string | Reference> =>
  scalar<string | Reference>({
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

const url = (example: string): Shape<string> =>
  scalar({
    schema: {
      type: "string",
      format: "uri",
      pattern: "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s?#@/\\\\]+(?:/[^\\s?#\\\\]*)?$",
      maxLength: 2000,
    },
    takes: ["text"],
    expected: `a URL such as ${example}`,
    // A URL may hold a password or a token, and those that are refused are the likeliest to.
    secret: true,
    parse: (text) =>
      text.length > 2000 ? { because: ": it is longer than 2000 characters. Shorten it." } : { value: text },
  });
const headers = (example: string): Shape<readonly (Stated<Reference> & { readonly name: string })[]> => ({
  schema: {
    type: "object",
    propertyNames: { pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$" },
    additionalProperties: reference(example).schema,
  },
  read(found, tell) {
    if (found.kind === "refused") return broken;
    if (found.kind === "mapping") return found.entries.map((entry) => headerOf(entry, reference(example), tell));
    tell(
      found.at,
      `${subject(found.at)} is ${found.kind === "list" ? "a list" : "one value"}. Write \`NAME: ${example}\` below it.`,
    );
    return broken;
  },
});

// These decide how a request is framed or where it goes; a plan must not be able to change that.
const reserved =
  /^(accept|accept-encoding|connection|content-.*|expect|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i;

function headerOf(
  { name, at, value }: MappingEntry,
  shape: Shape<Reference>,
  tell: Tell,
): Stated<Reference> & { readonly name: string } {
  const read = shape.read(value, tell);
  if (!/^[A-Za-z0-9][A-Za-z0-9!#$%&'*+.^_`|~-]{0,99}$/.test(name)) {
    tell(at, `${quoted(name)} is no name of a header. Correct it.`);
  } else if (reserved.test(name)) tell(at, `The header ${name} cannot be set: Sluice sets it itself. Remove it.`);
  else return { name, at: value.at, value: read };
  return { name, at, value: broken };
}

const basic = (example: string) =>
  mapping(
    {
      username: said(username(example), "The user name."),
      password: said(reference(example), `The password, as ${example}.`),
    },
    { required: ["username", "password"] },
  );

export type Basic = ReadOf<ReturnType<typeof basic>>;

const hostPattern =
  "(?:[A-Za-z0-9](?:[-A-Za-z0-9.]*[A-Za-z0-9])?(?::\\d{1,5})?|\\[[0-9A-Fa-f:.]+\\](?::\\d{1,5})?|[0-9A-Fa-f:.]+)";

/** How one source is spoken of: an example of its URL, of a variable with its secret, and what its URL is. */
type Spoken = { readonly url: string; readonly variable: string; readonly words: string };

/** Where a source is and how to log in there: the same for each that is asked over HTTP. */
export function httpFields(spoken: Spoken) {
  const example = `$${"{"}${spoken.variable}}`;
  return {
    url: said(url(spoken.url), spoken.words),
    bearer: said(reference(example), `A bearer token, as ${example}. Sluice sends it to the origin of \`url\` only.`),
    basic: said(basic(example), "User name and password. Sluice sends them to the origin of `url` only."),
    headers: said(
      headers(example),
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
  };
}

export type HttpBlock = ReadFields<ReturnType<typeof httpFields>>;

/** A block, or its URL alone. */
export function urlOr<B extends HttpBlock>(spoken: Spoken, block: Shape<B>): Shape<B | Pick<HttpBlock, "url">> {
  const alone = url(spoken.url);
  return {
    schema: { anyOf: [alone.schema, block.schema] },
    read(found, tell) {
      if (found.kind !== "scalar" || found.form === "null") return block.read(found, tell);
      const value = alone.read(found, tell);
      return value === broken ? broken : { url: { at: found.at, value } };
    },
  };
}
