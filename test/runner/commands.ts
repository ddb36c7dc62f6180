/** One workflow command as the runner finds it in a line of output. */
export type Command = {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
};

export type Annotation = {
  readonly level: "error" | "warning" | "notice";
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly col?: number;
  readonly endLine?: number;
  readonly endColumn?: number;
  readonly title?: string;
};

/** What the runner knows by name; a line with any other name is ordinary output. */
const known = new Set([
  "add-mask",
  "add-matcher",
  "add-path",
  "debug",
  "echo",
  "endgroup",
  "error",
  "group",
  "notice",
  "remove-matcher",
  "save-state",
  "set-env",
  "set-output",
  "stop-commands",
  "warning",
]);

/** `::name key=value::data` after spaces, or `##[name key=value]data` anywhere in the line. */
export function commandIn(line: string, resumeToken?: string): Command | undefined {
  return present(line, resumeToken) ?? legacy(line);
}

function present(line: string, resumeToken: string | undefined): Command | undefined {
  const text = line.trimStart();
  if (!text.startsWith("::")) return undefined;
  const end = text.indexOf("::", 2);
  if (end < 0) return undefined;
  const { name, rest } = head(text.slice(2, end));
  if (!known.has(name) && name !== resumeToken) return undefined;
  return { name, properties: properties(rest, ",", unescaped), data: unescaped(text.slice(end + 2)) };
}

function legacy(line: string): Command | undefined {
  const start = line.indexOf("##[");
  const end = line.indexOf("]", start);
  if (start < 0 || end < 0) return undefined;
  const { name, rest } = head(line.slice(start + 3, end));
  if (!known.has(name)) return undefined;
  const plain = (text: string) => unescaped(text).replaceAll("%3B", ";").replaceAll("%5D", "]");
  return { name, properties: properties(rest, ";", plain), data: plain(line.slice(end + 1)) };
}

function head(text: string): { readonly name: string; readonly rest: string } {
  const space = text.indexOf(" ");
  return space < 0 ? { name: text, rest: "" } : { name: text.slice(0, space), rest: text.slice(space + 1) };
}

function properties(text: string, separator: string, read: (text: string) => string): Record<string, string> {
  const pairs = text
    .split(separator)
    .map((pair) => pair.split(/=(.*)/s))
    .filter(([name = "", value = ""]) => name.trim() !== "" && value !== "");
  return Object.fromEntries(pairs.map(([name = "", value = ""]) => [name.trim(), read(value)]));
}

function unescaped(text: string): string {
  return text
    .replaceAll("%0D", "\r")
    .replaceAll("%0A", "\n")
    .replaceAll("%3A", ":")
    .replaceAll("%2C", ",")
    .replaceAll("%25", "%");
}

/** Everything that one process printed, as the runner shows it and what it took from it. */
export type Reading = {
  /** The log as people see it. */
  readonly lines: readonly string[];
  readonly annotations: readonly Annotation[];
  /** By the old commands, which the runner still obeys. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
};

export type Reader = {
  /** One line of output, without its end. */
  line(text: string): void;
  mask(secret: string): void;
  readonly reading: Reading;
};

const masked = "***";

/** Reads output as the runner does, line by line. Masks hold for what comes after them. */
export function createReader(masks: Set<string>, debug: boolean): Reader {
  const lines: string[] = [];
  const annotations: Annotation[] = [];
  const outputs: Record<string, string> = {};
  const state: Record<string, string> = {};
  let resumeToken: string | undefined;

  const hidden = (text: string) =>
    [...masks].sort((a, b) => b.length - a.length).reduce((shown, secret) => shown.replaceAll(secret, masked), text);
  const print = (text: string) => lines.push(hidden(text));
  const mask = (secret: string) => {
    // A secret of several lines is masked whole and line by line.
    for (const part of [secret, ...secret.split(/\r?\n/)]) if (part.trim() !== "") masks.add(part);
  };

  const obey = (command: Command) => {
    const { name, data, properties: given } = command;
    switch (name) {
      case "add-mask":
        mask(data);
        return;
      case "error":
      case "warning":
      case "notice":
        annotations.push(annotation(name, hidden(data), given));
        print(`##[${name}]${data}`);
        return;
      case "debug":
        if (debug) print(`##[debug]${data}`);
        return;
      case "group":
      case "endgroup":
        print(`##[${name}]${data}`);
        return;
      case "set-output":
        outputs[given["name"] ?? ""] = data;
        return;
      case "save-state":
        state[given["name"] ?? ""] = data;
        return;
      case "stop-commands":
        resumeToken = data;
        return;
      default:
        print(`##[${name}]${data}`);
    }
  };

  return {
    mask,
    reading: { lines, annotations, outputs, state },
    line(text) {
      const command = commandIn(text, resumeToken);
      if (resumeToken !== undefined) {
        if (command?.name === resumeToken) resumeToken = undefined;
        else print(text);
      } else if (command === undefined) print(text);
      else obey(command);
    },
  };
}

function annotation(level: Annotation["level"], message: string, given: Readonly<Record<string, string>>): Annotation {
  const number = (name: string) => (given[name] === undefined ? undefined : Number(given[name]));
  const found = {
    file: given["file"],
    line: number("line"),
    col: number("col"),
    endLine: number("endLine"),
    endColumn: number("endColumn"),
    title: given["title"],
  };
  const present = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
  return { level, message, ...present };
}
