import { shortestSecret } from "../../network/redact.ts";

/** What proves to the metric source who asks. Values come from the environment and are never part of the plan. */
export type Credentials = {
  readonly bearer?: string;
  readonly basic?: { readonly username: string; readonly password: string };
  readonly headers?: Readonly<Record<string, string>>;
};

/** The headers to send to the source's own origin, and every text that must not appear anywhere else. */
type MetricCredentials =
  | {
      readonly kind: "prepared";
      readonly headers: Readonly<Record<string, string>>;
      readonly secrets: readonly string[];
    }
  | { readonly kind: "refused"; readonly because: string };

const headerName = /^[A-Za-z0-9][A-Za-z0-9!#$%&'*+.^_`|~-]*$/;
const headerValue = /^[\x20-\x7e\xa0-\xff]+$/;
/** These decide how a request is framed or where it goes; a plan must not be able to change that. */
const reserved = new Set([
  "accept",
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

export function prepare(credentials: Credentials): MetricCredentials {
  const { bearer, basic, headers = {} } = credentials;
  const ways = [bearer === undefined ? "" : "bearer", basic === undefined ? "" : "basic"].filter((way) => way !== "");
  const sent: [string, string][] = [];
  const secrets: string[] = [];
  if (bearer !== undefined) {
    sent.push(["Authorization", `Bearer ${bearer}`]);
    secrets.push(bearer);
  }
  if (basic !== undefined) {
    const pair = `${basic.username}:${basic.password}`;
    const encoded = Buffer.from(pair, "utf8").toString("base64");
    sent.push(["Authorization", `Basic ${encoded}`]);
    secrets.push(basic.password, pair, encoded);
  }
  for (const [name, value] of Object.entries(headers)) {
    const known = name.toLowerCase();
    if (!headerName.test(name)) return refuse("One of the names under `headers` is not a header name.");
    if (reserved.has(known)) return refuse(`The header ${name} cannot be set: Sluice sets it itself.`);
    if (known === "authorization") ways.push(`headers.${name}`);
    sent.push([name, value]);
    secrets.push(value, ...afterScheme(value));
  }
  if (ways.length > 1) return refuse(`Only one of ${ways.join(" and ")} can be sent. Remove the others.`);
  const unfit = sent.find(([, value]) => !headerValue.test(value));
  // The value is not shown, not even in part: it is a secret.
  if (unfit !== undefined) {
    return refuse(
      `The value for the header ${unfit[0]} is empty or has a line break or a sign that no header can carry.`,
    );
  }
  if (secrets.some((secret) => secret.length < shortestSecret)) {
    return refuse(
      `A credential is shorter than ${shortestSecret} characters, which is too short to be kept out of the log.`,
    );
  }
  return { kind: "prepared", headers: Object.fromEntries(sent), secrets };
}

/** `Token abc` holds the secret `abc`: a server may echo it without the word before it. */
function afterScheme(value: string): readonly string[] {
  const rest = /^\S+ +(\S.*)$/.exec(value)?.[1];
  return rest === undefined ? [] : [rest];
}

function refuse(because: string): MetricCredentials {
  return { kind: "refused", because };
}
