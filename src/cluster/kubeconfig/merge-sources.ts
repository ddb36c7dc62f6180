import { isNode, LineCounter, parseDocument } from "yaml";
import type { SourceLocation } from "../../base/problem.ts";
import type { KubeconfigText } from "./find-sources.ts";
import { isFields, type KubeconfigFields, type Notes, problem } from "./problems-and-secrets.ts";

/** Where a value stands, by the keys that lead to it. */
type PlaceOf = (keys: readonly (string | number)[]) => SourceLocation;

/** One named cluster, user or context. Its relative paths begin at `folder`, the keys of `placeOf` at its fields. */
export type NamedEntry = {
  readonly name: string;
  readonly fields: KubeconfigFields;
  readonly folder: string;
  readonly file?: string;
  readonly placeOf: PlaceOf;
};

export type Entries = {
  readonly clusters: readonly NamedEntry[];
  readonly users: readonly NamedEntry[];
  readonly contexts: readonly NamedEntry[];
  readonly currentContext: string | undefined;
};

const none: Entries = { clusters: [], users: [], contexts: [], currentContext: undefined };

/** All sources as one kubeconfig. As with kubectl, the file that names a thing first is the one that counts. */
export function mergeSources(sources: readonly KubeconfigText[], notes: Notes): Entries {
  return sources.map((source) => readEntries(source, notes)).reduce(merge, none);
}

function merge(first: Entries, second: Entries): Entries {
  const add = (known: readonly NamedEntry[], more: readonly NamedEntry[]) => [
    ...known,
    ...more.filter(({ name }) => !known.some((entry) => entry.name === name)),
  ];
  return {
    clusters: add(first.clusters, second.clusters),
    users: add(first.users, second.users),
    contexts: add(first.contexts, second.contexts),
    currentContext: first.currentContext ?? second.currentContext,
  };
}

function readEntries(source: KubeconfigText, notes: Notes): Entries {
  const read = readYaml(source, notes);
  if (read === undefined) return none;
  const current = read.content["current-context"];
  return {
    clusters: named(read, "clusters", "cluster", source, notes),
    users: named(read, "users", "user", source, notes),
    contexts: named(read, "contexts", "context", source, notes),
    currentContext: typeof current === "string" && current !== "" ? current : undefined,
  };
}

type Read = { readonly content: KubeconfigFields; readonly placeOf: PlaceOf };

/** Parser messages may quote the text, which is secret: only the place is told. */
function readYaml(source: KubeconfigText, notes: Notes): Read | undefined {
  const lines = new LineCounter();
  const document = parseDocument(source.text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
  const error = document.errors[0];
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    const what = error.code === "DUPLICATE_KEY" ? "has a key twice" : "is not valid YAML";
    problem(notes, `The kubeconfig ${what} at line ${line}, column ${col}.`, { ...source.place, line, column: col });
    return undefined;
  }
  const content = plain(() => document.toJS() as unknown);
  if (isFields(content) && ["clusters", "contexts", "users"].some((key) => key in content)) {
    return { content, placeOf: (keys) => placeIn(document.getIn(keys, true), source, lines) };
  }
  problem(notes, "The kubeconfig has no clusters, users and contexts in it. Pass the whole file.", source.place);
  return undefined;
}

function placeIn(node: unknown, { place }: KubeconfigText, lines: LineCounter): SourceLocation {
  const start = isNode(node) ? node.range?.[0] : undefined;
  if (start === undefined) return place;
  const { line, col } = lines.linePos(start);
  return { ...place, line, column: col };
}

/** Too many aliases make the parser throw. */
function plain(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function named(
  { content, placeOf }: Read,
  list: string,
  key: string,
  source: KubeconfigText,
  notes: Notes,
): NamedEntry[] {
  const items = content[list] ?? [];
  if (!Array.isArray(items)) {
    problem(notes, `The kubeconfig's "${list}" has to be a list.`, source.place);
    return [];
  }
  const entries = items.flatMap((item: unknown, index) => {
    const name = isFields(item) ? item["name"] : undefined;
    const fields = isFields(item) ? (item[key] ?? {}) : undefined;
    if (typeof name === "string" && name !== "" && isFields(fields)) {
      const file = source.file === undefined ? {} : { file: source.file };
      const within: PlaceOf = (keys) => placeOf([list, index, key, ...keys]);
      return [{ name, fields, folder: source.folder, ...file, placeOf: within }];
    }
    problem(notes, `The kubeconfig's ${list}[${index}] needs a "name" and a "${key}".`, source.place);
    return [];
  });
  const names = entries.map(({ name }) => name);
  for (const name of new Set(names.filter((one, index) => names.indexOf(one) !== index))) {
    problem(notes, `The kubeconfig has the ${key} "${name}" twice. Keep one.`, source.place);
  }
  return entries;
}
