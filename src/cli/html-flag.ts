import type { Problem } from "../base/problem.ts";

type WithPage = {
  readonly words: readonly string[];
  readonly html?: string;
  readonly problems: readonly Problem[];
};

/** Takes `--html FILE` out of the words: it is no input of the action, which chooses the place itself. */
export function withoutHtml(words: readonly string[]): WithPage {
  const at = words.findIndex((word) => word === "--html" || word.startsWith("--html="));
  if (at < 0) return { words, problems: [] };
  const isWritten = words[at]?.includes("=") === true;
  const html = isWritten ? words[at]?.slice("--html=".length) : words[at + 1];
  const rest = [...words.slice(0, at), ...words.slice(at + (isWritten ? 1 : 2))];
  if (html === undefined || html === "" || html.startsWith("--")) {
    const message = "--html needs a value, as --html report.html.";
    return { words: rest, problems: [{ code: "input", message, place: { input: "html" } }] };
  }
  return { words: rest, html, problems: [] };
}
