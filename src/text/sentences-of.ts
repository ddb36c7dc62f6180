import type { Reason } from "../base/reasons/index.ts";
import type { DataOf } from "../base/reasons/reason-shape.ts";
import type { Style } from "./style.ts";

/** A style, and what a reason says that stands within another. */
export type Telling = Style & {
  /** With its full stop. */
  readonly sentence: (reason: Reason) => string;
  /** As it is: some end with lines to copy. */
  readonly text: (reason: Reason) => string;
};

/** A sentence for each code of one origin: none may be missing, and none is left over. */
export type SentencesOf<Shapes> = {
  readonly [C in keyof Shapes]: (data: DataOf<Shapes[C]>, telling: Telling) => string;
};
