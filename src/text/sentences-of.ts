import type { Reason } from "../base/reasons/index.ts";
import type { DataOf } from "../base/reasons/reason-shape.ts";
import type { Style } from "./style.ts";

/** A style, and the sentence of a reason that stands within another. */
export type Telling = Style & { readonly sentence: (reason: Reason) => string };

/** A sentence for each code of one origin: none may be missing, and none is left over. */
export type SentencesOf<Shapes> = {
  readonly [C in keyof Shapes]: (data: DataOf<Shapes[C]>, telling: Telling) => string;
};
