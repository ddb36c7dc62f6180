import { createHash, X509Certificate } from "node:crypto";
import { type Env, isLoopback, proxySecrets, readProxy } from "../../network/proxy.ts";
import { formsOf } from "../../network/redact.ts";
import { type KeyMaterial, readMaterial } from "./key-material.ts";
import type { NamedEntry } from "./merge-sources.ts";
import { type KubeconfigFields, type Notes, problem, quoted, secret, textOf } from "./problems-and-secrets.ts";

type ServerOptions = {
  readonly allowInsecureTls: boolean;
  readonly expectedCluster?: string;
  readonly env: Env;
};

export type Server = {
  readonly url: string;
  readonly proxyUrl?: string;
  /** The certificates that are trusted, in PEM form. */
  readonly authority?: string;
  /** The cluster for the checked kubeconfig. */
  readonly told: KubeconfigFields;
};

/** Checks the cluster that the context names: where it is, how it proves who it is, and how it is reached. */
export function readServer(entry: NamedEntry, options: ServerOptions, notes: Notes): Server | undefined {
  const owner = `kubeconfig cluster ${quoted(entry.name)}`;
  const url = serverUrl(entry, owner, options, notes);
  const insecure = isInsecure(entry, owner, options, notes);
  const authority = readMaterial(entry, "certificate-authority", owner, notes);
  const certificates = authority === undefined ? [] : readCertificates(authority, owner, notes);
  checkExpected(options.expectedCluster, insecure, authority, certificates, notes);
  const servername = textOf(entry.fields, "tls-server-name", owner, notes);
  const proxyUrl = readProxyUrl(entry, owner, notes);
  if (url === undefined) return undefined;
  const plain = url.startsWith("http:");
  const told = {
    server: url,
    ...authority?.told,
    ...(servername === undefined ? {} : { "tls-server-name": servername }),
    // The library takes plain http only with this switch; that it is allowed was checked here.
    ...(insecure || plain ? { "insecure-skip-tls-verify": true } : {}),
  };
  return {
    url,
    told,
    ...(authority === undefined ? {} : { authority: authority.content }),
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
  };
}

function serverUrl(entry: NamedEntry, owner: string, options: ServerOptions, notes: Notes): string | undefined {
  const written = textOf(entry.fields, "server", owner, notes);
  if (written === undefined) {
    problem(notes, `${owner} has no "server". Add the URL of its API server.`);
    return undefined;
  }
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    problem(notes, `${owner}: its "server" is not a URL. Write it as https://HOST:PORT.`);
    return undefined;
  }
  if (url.username !== "" || url.password !== "") {
    for (const form of [url.username, url.password].flatMap(formsOf)) notes.secrets.add(form);
    problem(notes, `${owner}: its "server" holds a user name or password. Take them out of the URL.`);
  }
  if (url.search !== "" || url.hash !== "") {
    problem(notes, `${owner}: its "server" has a query or a fragment. Take it out of the URL.`);
  }
  if (url.protocol === "http:" && !(options.allowInsecureTls && isLoopback(url.hostname))) {
    const remedy = isLoopback(url.hostname) ? 'Use https, or set "allow-insecure-tls: true".' : "Use https.";
    problem(
      notes,
      `${owner} uses plain http, over which anyone could read the credentials and change a patch. ${remedy}`,
    );
  }
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, "")}`;
}

/** Turning verification off needs a word of the user's own, wherever it is turned off. */
function isInsecure(entry: NamedEntry, owner: string, options: ServerOptions, notes: Notes): boolean {
  const skip = entry.fields["insecure-skip-tls-verify"];
  const byFile = skip === true || skip === "true";
  const byVariable = options.env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0";
  if (!byFile && !byVariable) return false;
  const what = byFile
    ? `${owner} turns TLS verification off (insecure-skip-tls-verify)`
    : "NODE_TLS_REJECT_UNAUTHORIZED=0 turns TLS verification off";
  if (options.allowInsecureTls) {
    notes.warnings.push(`${what}: whoever is in between can read the credentials and answer for the API server.`);
    return true;
  }
  const remedy = byFile
    ? "Give its certificate-authority-data"
    : "Unset it and give the kubeconfig certificate-authority-data";
  problem(notes, `${what}. ${remedy}, or set "allow-insecure-tls: true".`);
  return false;
}

function readCertificates(authority: KeyMaterial, owner: string, notes: Notes): X509Certificate[] {
  const blocks = authority.content.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  const certificates = blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
  if (blocks.length === 0 || certificates.length < blocks.length) {
    problem(
      notes,
      `${owner}: its certificate-authority is not a certificate in PEM form. Take it anew from the cluster.`,
    );
  }
  return certificates;
}

/**
 * The digest is that of the one certificate, or of the whole text. In a bundle one certificate is not enough: the others
 * would be trusted as well.
 */
function checkExpected(
  expected: string | undefined,
  insecure: boolean,
  authority: KeyMaterial | undefined,
  certificates: readonly X509Certificate[],
  notes: Notes,
): void {
  if (expected === undefined || expected.trim() === "") return;
  const place = { input: "expected-cluster" };
  const wanted = expected
    .trim()
    .toLowerCase()
    .replace(/^sha-?256[:=]/, "")
    .replace(/[:\s]/g, "");
  if (!/^[0-9a-f]{64}$/.test(wanted)) {
    problem(
      notes,
      '"expected-cluster" has to be the SHA-256 of the cluster\'s CA certificate: 64 hexadecimal digits.',
      place,
    );
    return;
  }
  if (insecure || authority === undefined) {
    const why = insecure ? "TLS verification is off" : "the kubeconfig has no certificate-authority";
    problem(notes, `"expected-cluster" cannot be checked: ${why}.`, place);
    return;
  }
  const prints = new Set(certificates.map(({ fingerprint256 }) => fingerprint256.replaceAll(":", "").toLowerCase()));
  const whole = createHash("sha256").update(authority.content).digest("hex");
  const found = prints.size === 1 ? [...prints][0] : whole;
  if (wanted === found || wanted === whole) return;
  problem(
    notes,
    `The kubeconfig is of another cluster than expected: its CA is sha256:${found}, "expected-cluster" says ` +
      `sha256:${wanted}. Use the kubeconfig of the right cluster, or correct the digest.`,
    place,
  );
}

function readProxyUrl(entry: NamedEntry, owner: string, notes: Notes): string | undefined {
  const written = textOf(entry.fields, "proxy-url", owner, notes);
  if (written === undefined) return undefined;
  const source = `${owner}: its proxy-url`;
  const route = readProxy(written, source);
  if (route.kind === "unusable") {
    const { scheme } = route.reason.data;
    const wrong =
      scheme === undefined
        ? "is not a URL. Write it as http://HOST:PORT."
        : `names a ${scheme} proxy, which Sluice cannot use. Give an http or https proxy.`;
    problem(notes, `${source} ${wrong}`);
    return undefined;
  }
  for (const part of proxySecrets(written)) secret(notes, part, `${owner}: the password in its proxy-url`);
  return written;
}
