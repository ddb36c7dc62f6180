import type { Document, Node, Pair, ParsedNode, YAMLError } from "yaml";
import type { SourceLocation } from "../base/problem.ts";
import { type Form, type Found, type MappingEntry, quoted, type Refused, subject, type Tell } from "./source-value.ts";

/** Where a YAML text came from; `root` is the path of its top value, empty for a plan file. */
type YamlSource = { readonly file?: string; readonly input?: string; readonly root: string };

const mostBytes = 256 * 1024;
/** The deepest plan is six levels; a tower of brackets must not become a tower of calls. */
const deepest = 16;
const mostErrors = 10;

/** Reads YAML 1.2 into places and plain values. What cannot be read is told, and comes back as refused. */
export async function readYaml(text: string, source: YamlSource, tell: Tell): Promise<Found> {
  const top = placeOf(source, source.root);
  const refused: Refused = { kind: "refused", at: top };
  const name = source.file === undefined ? subject(top) : "The plan file";
  if (Buffer.byteLength(text) > mostBytes) {
    tell(top, `${name} is larger than 256 KiB. Shorten it.`);
    return refused;
  }
  // The parser is loaded only when there is something to parse: most of the time to the first error would be its own.
  const yaml = await import("yaml");
  const lines = new yaml.LineCounter();
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false, merge: false, version: "1.2" } as const;
  const document = yaml.parseDocument(text, options);
  const at = (offset: number, path: string): SourceLocation => {
    const { line, col } = lines.linePos(offset);
    return { ...placeOf(source, path), line, column: col };
  };
  if (tellErrors(document, (offset) => at(offset, source.root), tell)) return refused;
  if (document.contents === null) {
    tell(top, `${name} is empty. Write at least one key, or leave it out.`);
    return refused;
  }
  const reader: Reader = { yaml, at, tell };
  return foundOf(reader, document.contents, source.root, 0);
}

type Reader = {
  readonly yaml: typeof import("yaml");
  readonly at: (offset: number, path: string) => SourceLocation;
  readonly tell: Tell;
};

function placeOf({ file, input }: YamlSource, path: string): SourceLocation {
  return {
    ...(file === undefined ? {} : { file }),
    ...(input === undefined ? {} : { input }),
    ...(path === "" ? {} : { path }),
  };
}

function tellErrors(document: Document.Parsed, at: (offset: number) => SourceLocation, tell: Tell): boolean {
  const told = new Set<number>();
  for (const { code, pos } of document.errors) {
    if (told.has(pos[0]) || told.size === mostErrors) continue;
    told.add(pos[0]);
    tell(at(pos[0]), sentences[code] ?? "This is not valid YAML. Correct it.");
  }
  const directive = document.directives.yaml;
  if (directive.explicit === true && directive.version !== "1.2") {
    tell(
      at(0),
      "The file asks for another version of YAML. Remove the line that begins with %YAML: it is read as 1.2.",
    );
    return true;
  }
  return document.errors.length > 0;
}

// The parser's own messages quote the text, which may hold a secret that somebody wrote into the file.
const sentences: Partial<Record<YAMLError["code"], string>> = {
  BAD_INDENT: "The indentation does not fit what stands above it, or a bracket is not closed. Correct it.",
  TAB_AS_INDENT: "A tab indents this line, which YAML does not allow. Use spaces.",
  MISSING_CHAR: "A quote, bracket, comma or colon is missing here. Add it.",
  BLOCK_AS_IMPLICIT_KEY: "A key holds a second key on its line. Put the text in quotes, or begin a new line.",
  MULTILINE_IMPLICIT_KEY: "This line is no key with a value. Write `key: value`.",
  BAD_SCALAR_START: "Text cannot begin with this sign. Put it in quotes.",
  BAD_DQ_ESCAPE: "This escape is unknown in double quotes. Use single quotes, or double the backslash.",
  MULTIPLE_DOCS: "A second document begins here. A plan is one document: remove what follows `---`.",
  RESOURCE_EXHAUSTION: "Lists or mappings are nested too deeply here. A plan never needs that.",
};

function foundOf(reader: Reader, node: ParsedNode | Node | null, path: string, depth: number): Found {
  const { yaml, tell } = reader;
  const at = reader.at(node?.range?.[0] ?? 0, path);
  const refuse = (message: string): Refused => {
    tell(at, message);
    return { kind: "refused", at };
  };
  const name = subject(at);
  if (yaml.isAlias(node)) return refuse(`${name} is an alias. Aliases are not read: write the value out.`);
  if (yaml.isNode(node) && "anchor" in node && node.anchor !== undefined) {
    return refuse(`${name} has an anchor. Anchors are not read: remove the word that begins with &.`);
  }
  if (yaml.isNode(node) && node.tag !== undefined) {
    return refuse(`${name} has a tag. Tags are not read: remove the word that begins with !.`);
  }
  if (depth > deepest) return refuse(`${name} is nested too deeply. A plan never needs that.`);
  if (yaml.isSeq(node)) {
    const items = node.items.map((item, index) => foundOf(reader, item as Node, `${path}[${index}]`, depth + 1));
    return { kind: "list", at, items };
  }
  if (yaml.isMap(node)) {
    return { kind: "mapping", at, entries: entriesOf(reader, node.items as Pair<Node, Node | null>[], path, depth) };
  }
  if (!yaml.isScalar(node)) return refuse(`${name} cannot be read. Write a value.`);
  return { kind: "scalar", at, ...scalarOf(node.value, node.source) };
}

function scalarOf(value: unknown, source: string | undefined): { form: Form; text: string } {
  if (typeof value === "string") return { form: "text", text: value };
  if (value === null) return { form: "null", text: "" };
  // The words of the file, not the value that the parser made of them: `0x10` must not become 16.
  const form = typeof value === "boolean" ? "boolean" : "number";
  return { form, text: source ?? String(value) };
}

function entriesOf(
  reader: Reader,
  pairs: readonly Pair<Node, Node | null>[],
  path: string,
  depth: number,
): MappingEntry[] {
  const { yaml, tell } = reader;
  const first = new Map<string, SourceLocation>();
  const entries: MappingEntry[] = [];
  for (const { key, value } of pairs) {
    const offset = key.range?.[0] ?? 0;
    const marked = ("anchor" in key && key.anchor !== undefined) || key.tag !== undefined;
    if (!yaml.isScalar(key) || marked) {
      tell(reader.at(offset, path), "A key must be a plain word, without anchor or tag. Correct it.");
      continue;
    }
    const name = typeof key.value === "string" ? key.value : (key.source ?? "");
    const inner = pathTo(path, name);
    const at = reader.at(offset, inner);
    const before = first.get(name);
    if (name === "<<") tell(at, "`<<` merges another mapping. Merge keys are not read: write the keys out.");
    else if (before !== undefined) tell(at, `${inner} stands here and in line ${before.line}. Remove one of them.`);
    else {
      first.set(name, at);
      // A key without a value, as `{a}`, has no node: it stands where its key stands.
      const empty: Found = { kind: "scalar", at, form: "null", text: "" };
      entries.push({ name, at, value: value === null ? empty : foundOf(reader, value, inner, depth + 1) });
    }
  }
  return entries;
}

function pathTo(path: string, name: string): string {
  if (!/^[\w-]+$/.test(name) || name.length > 80) return `${path}[${quoted(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}
