import type { SourceLocation } from "../base/problem.ts";
import type { Basic, HttpBlock, Reference } from "../metrics/http/http-block.ts";
import { broken, type Stated, valueOr } from "../schema/shape.ts";
import { subject, type Tell } from "../schema/source-value.ts";
import { keep, type Secrets, shortestSecret } from "./collected-secrets.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The headers that prove who asks, from the environment. Every value is kept as a secret before anything else happens.
 * Without an environment the references are only checked against each other.
 */
export function resolveHeaders(
  stated: Stated<HttpBlock> | undefined,
  env: Env | undefined,
  secrets: Secrets,
  tell: Tell,
): Readonly<Record<string, string>> {
  if (stated === undefined || stated.value === broken) return {};
  const { bearer, basic: pair, headers: more } = stated.value;
  const sent: Record<string, string> = {};
  const ways: SourceLocation[] = [];
  const lookUp = (at: SourceLocation, { variable }: Reference) =>
    env === undefined ? undefined : fromEnvironment(at, variable, env, secrets, tell);
  if (bearer !== undefined) {
    ways.push(bearer.at);
    const token = bearer.value === broken ? undefined : lookUp(bearer.at, bearer.value);
    if (token !== undefined) sent["Authorization"] = `Bearer ${token}`;
  }
  if (pair !== undefined) {
    ways.push(pair.at);
    const encoded = pair.value === broken ? undefined : basicOf(pair.value, lookUp);
    if (encoded !== undefined) {
      sent["Authorization"] = `Basic ${encoded}`;
      keep(secrets, encoded);
    }
  }
  for (const { name, at, value } of valueOr(more, [])) {
    if (name.toLowerCase() === "authorization") ways.push(at);
    const text = value === broken ? undefined : lookUp(at, value);
    if (text !== undefined) sent[name] = text;
  }
  const [first, second] = ways;
  if (first !== undefined && second !== undefined) {
    tell(second, `${subject(second)} and ${subject(first)} both say who asks. Only one can be sent: remove the other.`);
  }
  return sent;
}

function basicOf(
  { username: user, password }: Basic,
  lookUp: (at: SourceLocation, found: Reference) => string | undefined,
): string | undefined {
  if (user === undefined || password === undefined || user.value === broken || password.value === broken)
    return undefined;
  const name = typeof user.value === "string" ? user.value : lookUp(user.at, user.value);
  const word = lookUp(password.at, password.value);
  return name === undefined || word === undefined ? undefined : Buffer.from(`${name}:${word}`).toString("base64");
}

function fromEnvironment(
  at: SourceLocation,
  variable: string,
  env: Env,
  secrets: Secrets,
  tell: Tell,
): string | undefined {
  const value = Object.hasOwn(env, variable) ? (env[variable] ?? "") : "";
  const name = `${subject(at)} refers to the environment variable ${variable}`;
  if (value === "") tell(at, `${name}, which is not set. Set it under \`env:\` of the step.`);
  else if (value.length < shortestSecret) {
    tell(
      at,
      `${name}, which has less than ${shortestSecret} characters: too short to be kept out of the log. Use a longer one.`,
    );
  } else if (!/^[\x20-\x7e\xa0-\xff]+$/.test(value) || value.trim() !== value) {
    keep(secrets, value);
    tell(
      at,
      `${name}, which has a space at an end, a line break or a sign that no header can carry. Set it again without.`,
    );
  } else {
    keep(secrets, value);
    return value;
  }
  return undefined;
}
