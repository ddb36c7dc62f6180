import type { Code } from "./reasons/codes.ts";

/** Where a problem stands: in a file, in an action input or flag, or nowhere in particular. */
export type SourceLocation = {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** The path of the key in the plan file, as `phases[2].weight`. */
  readonly path?: string;
  /** The name of the action input or flag, as `hold`. */
  readonly input?: string;
};

/** How inputs are called where they were given: an input of a step, or a flag in a terminal. */
export type Surface = "action" | "cli";

/** One thing that is wrong, with the remedy in the sentence. Problems are collected and told together. */
export type Problem = { readonly code: Code; readonly message: string; readonly place?: SourceLocation };

/** The one error class. Thrown where a run cannot begin; everything that may happen later is data. */
export class SluiceError extends Error {
  readonly code: Code;
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], cause?: unknown) {
    super(problems.map((problem) => problem.message).join("\n"), cause === undefined ? undefined : { cause });
    this.name = "SluiceError";
    this.code = problems[0]?.code ?? "internal";
    this.problems = problems;
  }
}
