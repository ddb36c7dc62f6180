// Text from the cluster, from metrics or from people is foreign: it may hold anything. It is made safe here, and only here.

import { invisible, visibleLine } from "../base/foreign.ts";

/** Breaks a mention or a reference without showing. */
const zeroWidthSpace = "\u200b";

/**
 * A whole line as it may stand in the log, its spaces kept: `::` at its start and `##[` anywhere in it are commands to
 * the runner, so both are broken.
 */
export function asLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ")
    .replace(invisible, "")
    .replaceAll("##[", "## [")
    .replace(/^\s*::/, ": :");
}

/** For the log: a foreign string inside a line. */
export function forLog(text: string, cap = 1000): string {
  return asLine(visibleLine(text, cap));
}

/**
 * For Markdown: a code span that its content cannot leave. Nothing inside is markup, a mention or a reference.
 * Entities and backslashes show as they are in a code span, so look-alikes stand for the characters that mean something
 * to HTML and to tables.
 */
export function forMarkdown(text: string, cap = 300): string {
  const content = visibleLine(text, cap)
    .replaceAll("->", "→")
    .replaceAll("<", "‹")
    .replaceAll(">", "›")
    .replaceAll("|", "¦")
    .replace(/[@#]/g, (sign) => sign + zeroWidthSpace);
  if (content === "") return "–";
  const runs = content.match(/`+/g) ?? [];
  const fence = "`".repeat(Math.max(0, ...runs.map((run) => run.length)) + 1);
  const pad = content.startsWith("`") || content.endsWith("`") ? " " : "";
  return fence + pad + content + pad + fence;
}

/** With a full stop, where it has none. */
export const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** Lines as they stand, in a block that none of them can end. */
export function inBlock(lines: readonly string[], language = "text"): string {
  const longest = Math.max(2, ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)));
  const fence = "`".repeat(longest + 1);
  return [`${fence}${language}`, ...lines, fence].join("\n");
}

/** For a shell command that people copy: quoted unless every character is harmless. */
export function forShell(word: string): string {
  const safe = visibleLine(word, 300);
  return /^[\w./:@%+=,-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", `'\\''`)}'`;
}

/** For the value of a workflow command, as `::error title=…::…`: the runner undoes these escapes and no others. */
export function forCommand(text: string, cap = 1000): string {
  return forLog(text, cap).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** For a property of a workflow command: there a colon and a comma end the value as well. */
export function forProperty(text: string, cap = 300): string {
  return forCommand(text, cap).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** For a hidden marker in a comment: a word without any character that could end the marker. */
export function forMarker(word: string): string {
  const cut = visibleLine(word, 200).replace(/[^\w./:-]/g, "_");
  return cut.replace(/--+/g, (run) => "-".padEnd(run.length, "_")).replace(/-$/, "_");
}

/** What an error has to say, in one line: never the object itself, which may hold headers and bodies. */
export function saying(error: unknown): string {
  try {
    const text = error instanceof Error ? error.message : String(error);
    return forLog(text, 300) || "no words";
  } catch {
    return "something that cannot be shown";
  }
}
