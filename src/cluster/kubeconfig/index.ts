import { nearest } from "../../base/did-you-mean.ts";
import type { Problem } from "../../base/problem.ts";
import { type Env, proxiesOf, proxySecrets } from "../../network/proxy.ts";
import { formsOf } from "../../network/redact.ts";
import type { Access } from "../resolved-kubeconfig.ts";
import { readPlugin } from "./exec-config.ts";
import { findSources, usualServiceAccount } from "./find-sources.ts";
import { type Entries, mergeSources, type NamedEntry } from "./merge-sources.ts";
import { isFields, type Notes, newNotes, problem, quoted, textOf } from "./problems-and-secrets.ts";
import { readServer, type Server } from "./server.ts";
import { readUser } from "./user.ts";

export type KubeconfigOptions = {
  /** The input `kubeconfig`: a text or a path. */
  readonly input?: string;
  readonly context?: string;
  /** Credential plugins that may run, by the names of their commands. */
  readonly execAllow: readonly string[];
  /** Further variables that a plugin may see. */
  readonly execEnv: readonly string[];
  readonly allowInsecureTls: boolean;
  /** The SHA-256 of the cluster's CA certificate. */
  readonly expectedCluster?: string;
  readonly env: Env;
  readonly home: string | undefined;
  readonly workspace: string | undefined;
  /** Where a pod has its service account. */
  readonly serviceAccount?: string;
};

export type Kubeconfig = {
  /** There exactly when there are no problems. */
  readonly access?: Access;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
  /** To be masked before anything is printed, the problems included. */
  readonly secrets: readonly string[];
};

/** Reads and checks the kubeconfig: no request is made, no command runs, and every problem is found in one pass. */
export function readKubeconfig(options: KubeconfigOptions): Kubeconfig {
  const notes = newNotes();
  const serviceAccount = options.serviceAccount ?? usualServiceAccount;
  const sources = findSources({ ...options, serviceAccount }, notes);
  const entries = mergeSources(sources, notes);
  for (const form of proxiesOf(options.env).flatMap(proxySecrets).flatMap(formsOf)) notes.secrets.add(form);
  // What cannot be read has no contexts either: saying so as well would only hide the cause.
  const context =
    notes.problems.length > 0 && entries.contexts.length === 0 ? undefined : pickContext(entries, options, notes);
  const access = context === undefined ? undefined : readAccess(context, entries, options, notes);
  const { problems, warnings } = notes;
  const secrets = [...notes.secrets];
  if (access === undefined || problems.length > 0) return { problems, warnings, secrets };
  return { access: { ...access, secrets }, problems, warnings, secrets };
}

function pickContext(entries: Entries, options: KubeconfigOptions, notes: Notes): NamedEntry | undefined {
  const asked = options.context?.trim() ?? "";
  const name = asked === "" ? entries.currentContext : asked;
  const known = entries.contexts.map((context) => context.name);
  if (name === undefined) {
    const choice =
      known.length === 0 ? "It has no contexts at all: take it anew." : `Set "context" to one of: ${listed(known)}.`;
    problem(notes, `The kubeconfig has no current context. ${choice}`);
    return undefined;
  }
  const context = entries.contexts.find((entry) => entry.name === name);
  if (context === undefined) {
    const what = asked === "" ? `The kubeconfig's current context ${quoted(name)}` : `The context ${quoted(name)}`;
    problem(
      notes,
      `${what} is not in the kubeconfig. ${knownNames(name, known)}`,
      asked === "" ? { input: "kubeconfig" } : { input: "context" },
    );
  }
  return context;
}

function readAccess(
  context: NamedEntry,
  entries: Entries,
  options: KubeconfigOptions,
  notes: Notes,
): Omit<Access, "secrets"> | undefined {
  const owner = `kubeconfig context ${quoted(context.name)}`;
  const clusterEntry = member(context, "cluster", entries.clusters, owner, notes);
  const userEntry = member(context, "user", entries.users, owner, notes);
  const namespace = textOf(context.fields, "namespace", owner, notes);
  const server = clusterEntry === undefined ? undefined : readServer(clusterEntry, options, notes);
  const user = userEntry === undefined ? undefined : readUser(userEntry, options.workspace, notes);
  const told = clusterEntry === undefined || server === undefined ? {} : clusterInfo(clusterEntry, server);
  const plugin = userEntry === undefined ? undefined : readPlugin(userEntry, told, options, notes);
  if (clusterEntry === undefined || userEntry === undefined || server === undefined || user === undefined)
    return undefined;
  if (plugin === undefined && user.tokenFile === undefined && Object.keys(user.told).length === 0) {
    notes.warnings.push(`kubeconfig user ${quoted(userEntry.name)} has no credentials: requests are anonymous.`);
  }
  const names = { context: context.name, cluster: clusterEntry.name, user: userEntry.name };
  return {
    ...names,
    namespace,
    server: server.url,
    ...(server.proxyUrl === undefined ? {} : { proxyUrl: server.proxyUrl }),
    kubeconfig: checkedText(names, server, user.told),
    ...(user.tokenFile === undefined ? {} : { tokenFile: user.tokenFile }),
    ...(plugin === undefined ? {} : { plugin }),
    ...(user.endsAt === undefined ? {} : { endsAt: user.endsAt }),
  };
}

/** A context without a user is anonymous; every other name has to be in the kubeconfig. */
function member(
  context: NamedEntry,
  key: "cluster" | "user",
  list: readonly NamedEntry[],
  owner: string,
  notes: Notes,
): NamedEntry | undefined {
  const name = textOf(context.fields, key, owner, notes);
  if (name === undefined && key === "user") return { ...context, name: "anonymous", fields: {} };
  const entry = list.find((one) => one.name === name);
  if (name === undefined) {
    problem(notes, `${owner} names no ${key}. Add "${key}: NAME" to it.`);
  } else if (entry === undefined) {
    const known = list.map((one) => one.name);
    problem(
      notes,
      `${owner} names the ${key} ${quoted(name)}, which is not in the kubeconfig. ${knownNames(name, known)}`,
    );
  }
  return entry;
}

/** What a plugin is told of the cluster when the kubeconfig says that it wants to know. */
function clusterInfo(entry: NamedEntry, server: Server): Readonly<Record<string, unknown>> {
  const extensions = entry.fields["extensions"];
  const named = (Array.isArray(extensions) ? extensions : []).filter(isFields);
  const ours = named.find((one) => one["name"] === "client.authentication.k8s.io/exec");
  const { "certificate-authority": _path, ...told } = server.told;
  return {
    ...told,
    ...(server.authority === undefined
      ? {}
      : { "certificate-authority-data": Buffer.from(server.authority).toString("base64") }),
    ...(server.proxyUrl === undefined ? {} : { "proxy-url": server.proxyUrl }),
    ...(ours === undefined ? {} : { config: ours["extension"] }),
  };
}

/** The kubeconfig that the library sees. JSON is YAML, and cannot be misread. */
function checkedText(names: { context: string; cluster: string; user: string }, server: Server, user: object): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": names.context,
    contexts: [{ name: names.context, context: { cluster: names.cluster, user: names.user } }],
    clusters: [{ name: names.cluster, cluster: server.told }],
    users: [{ name: names.user, user }],
  });
}

function knownNames(written: string, known: readonly string[]): string {
  const near = nearest(written, known);
  const meant = near === undefined ? "" : ` Did you mean ${quoted(near)}?`;
  return known.length === 0 ? "It has none." : `Known: ${listed(known)}.${meant}`;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 20).map(quoted).join(", ");
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown;
}
