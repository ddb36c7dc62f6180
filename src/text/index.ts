import type { Reason, ReasonCode } from "../base/reasons/index.ts";
import { apiSentences } from "./sentences/api-sentences.ts";
import { decisionSentences } from "./sentences/decision-sentences.ts";
import type { Telling } from "./sentences-of.ts";
import { plainStyle, type Style } from "./style.ts";

type Sentence = (data: never, telling: Telling) => string;

const sentences: { readonly [C in ReasonCode]: Sentence } = {
  ...decisionSentences,
  ...apiSentences,
};

/** The text of a reason: the only place where one is made. */
export function textOf(reason: Reason, style: Style = plainStyle): string {
  const telling: Telling = { ...style, sentence: (inner) => textOf(inner, style) };
  return sentences[reason.code](reason.data as never, telling);
}

/** Without its full stop, for rooms that still put a reason into a sentence of their own. */
export const clauseOf = (reason: Reason): string => textOf(reason).replace(/\.$/, "");
