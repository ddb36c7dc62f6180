import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { resolve } from "node:path";
import type { Millis } from "../../base/units.ts";
import { certificateEnd, earliest, tokenEnd } from "../credential-expiry.ts";
import { readText } from "./find-sources.ts";
import { readMaterial } from "./key-material.ts";
import type { NamedEntry } from "./merge-sources.ts";
import { inside, type KubeconfigFields, type Notes, problem, quoted, secret, textOf } from "./problems-and-secrets.ts";

export type User = {
  readonly tokenFile?: string;
  /** When the token or the client certificate ends, whichever is first. */
  readonly endsAt?: Millis;
  /** The user for the checked kubeconfig: nothing in it can run or ask anybody. */
  readonly told: KubeconfigFields;
};

/** Checks how the user of the context logs in by itself; what it runs to log in is checked in `exec-config.ts`. */
export function readUser(entry: NamedEntry, workspace: string | undefined, notes: Notes): User {
  const owner = `kubeconfig user ${quoted(entry.name)}`;
  const { fields } = entry;
  if (["as", "as-uid", "as-groups", "as-user-extra"].some((key) => fields[key] !== undefined && fields[key] !== null)) {
    problem(
      notes,
      `${owner} impersonates someone else (as:). Use credentials of the user that is meant, and remove "as".`,
    );
  }
  if (fields["auth-provider"] !== undefined && fields["auth-provider"] !== null) {
    problem(
      notes,
      `${owner} logs in by an auth-provider, which Kubernetes has removed. Use an exec plugin or pass a token.`,
    );
  }
  const certificate = readCertificate(entry, owner, workspace, notes);
  const basic = readBasic(entry, owner, notes);
  const tokenFile = readTokenFile(entry, owner, workspace, notes);
  const token = readToken(entry, owner, notes);
  if (entry.file !== undefined && ["token", "password", "client-key-data"].some((key) => fields[key])) {
    warnInside(entry.file, "The kubeconfig", workspace, notes);
  }
  const standing = tokenFile === undefined ? token : undefined;
  const endsAt = earliest([certificate.endsAt, standing === undefined ? undefined : tokenEnd(standing)]);
  return {
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...(endsAt === undefined ? {} : { endsAt }),
    told: {
      ...certificate.told,
      ...(tokenFile === undefined ? basic : {}),
      ...(standing === undefined ? {} : { token: standing }),
    },
  };
}

function readToken(entry: NamedEntry, owner: string, notes: Notes): string | undefined {
  const token = textOf(entry.fields, "token", owner, notes)?.trim();
  if (token === undefined) return undefined;
  secret(notes, token, `${owner}: its token`);
  if (isToken(token)) return token;
  problem(notes, `${owner}: its token has characters in it that no token has. Take it anew.`);
  return undefined;
}

/** A bearer token is one word of visible ASCII: anything else would break the header it goes into. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function readTokenFile(
  entry: NamedEntry,
  owner: string,
  workspace: string | undefined,
  notes: Notes,
): string | undefined {
  const written = textOf(entry.fields, "tokenFile", owner, notes);
  if (written === undefined) return undefined;
  const path = resolve(entry.folder, written);
  const token = readText(path)?.trim();
  if (token === undefined || !isToken(token)) {
    const what = token === undefined ? "cannot be read" : "holds no token";
    problem(notes, `${owner}: the token file ${quoted(written)} ${what}. Check the path and its permissions.`);
    return undefined;
  }
  secret(notes, token, `${owner}: the token in its file`);
  warnInside(path, `${owner}: its token file`, workspace, notes);
  return path;
}

function readBasic(entry: NamedEntry, owner: string, notes: Notes): KubeconfigFields {
  const username = textOf(entry.fields, "username", owner, notes);
  const password = textOf(entry.fields, "password", owner, notes);
  if (username === undefined && password === undefined) return {};
  if (password !== undefined) secret(notes, password, `${owner}: its password`);
  if (username === undefined || password === undefined) {
    problem(notes, `${owner} needs both a username and a password, or better a token.`);
    return {};
  }
  secret(notes, `${username}:${password}`, `${owner}: its user name and password`);
  return { username, password };
}

type Certificate = { readonly told: KubeconfigFields; readonly endsAt?: Millis | undefined };

function readCertificate(entry: NamedEntry, owner: string, workspace: string | undefined, notes: Notes): Certificate {
  const certificate = readMaterial(entry, "client-certificate", owner, notes);
  const key = readMaterial(entry, "client-key", owner, notes);
  if (key !== undefined) secret(notes, key.content, `${owner}: its client key`);
  for (const [material, what] of [
    [certificate, "client certificate"],
    [key, "client key"],
  ] as const) {
    if (material?.path !== undefined) warnInside(material.path, `${owner}: its ${what}`, workspace, notes);
  }
  const named = (name: string) => entry.fields[name] !== undefined || entry.fields[`${name}-data`] !== undefined;
  if (named("client-certificate") !== named("client-key")) {
    const [has, lacks] = named("client-key") ? ["key", "certificate"] : ["certificate", "key"];
    problem(notes, `${owner} has a client ${has} but no client ${lacks}. Add client-${lacks}-data.`);
    return { told: {} };
  }
  if (certificate === undefined || key === undefined) return { told: {} };
  const wrong = checkPair(certificate.content, key.content);
  if (wrong !== undefined) problem(notes, `${owner}: ${pairProblems[wrong]}`);
  return { told: { ...certificate.told, ...key.told }, endsAt: certificateEnd(certificate.content) };
}

const pairProblems = {
  certificate: "its client certificate is not a certificate in PEM form. Create a new one.",
  key: "its client key is not a key in PEM form without a passphrase. Create a new one.",
  mismatch: "its client certificate and client key do not belong together. Create a new pair.",
} as const;

/** What is wrong with a client certificate and its key. */
export function checkPair(certificate: string, key: string): keyof typeof pairProblems | undefined {
  const parsed = attempt(() => new X509Certificate(certificate));
  if (parsed === undefined) return "certificate";
  const privateKey = attempt((): KeyObject => createPrivateKey(key));
  if (privateKey === undefined) return "key";
  if (parsed.checkPrivateKey(privateKey)) return undefined;
  return "mismatch";
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

function warnInside(path: string, what: string, workspace: string | undefined, notes: Notes): void {
  if (!inside(workspace, path)) return;
  notes.warnings.push(
    `${what} holds credentials inside the workspace (${quoted(path)}), where a later step could upload or commit it. ` +
      "Keep it in another folder, for example RUNNER_TEMP.",
  );
}
