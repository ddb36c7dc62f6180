import type { Foreign } from "../base/foreign.ts";
import { asLine, forLog } from "./escape.ts";

/**
 * How a text enters the place where people read it. Sentences are ours and fixed; what is put into them goes through one of these,
 * so that a name or another program's words can neither end a line nor become markup.
 */
export type Style = {
  /** A name, an id, a value of the cluster or the plan. */
  readonly name: (text: string) => string;
  /** Another program's words. */
  readonly words: (words: Foreign) => string;
  /** What people type: a key, a flag, a command. */
  readonly code: (text: string) => string;
};

/** The one place where another program's words become a string again: for a style to print. */
const stringOf = (words: Foreign): string => words as unknown as string;

/** For logs and terminals. */
export const plainStyle: Style = {
  name: (text) => forLog(text, 300),
  words: (words) => asLine(stringOf(words)),
  code: (text) => `\`${forLog(text, 300)}\``,
};
