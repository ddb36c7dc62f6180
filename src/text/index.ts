import type { Reason, ReasonCode } from "../base/reasons/index.ts";
import type { Notice } from "../base/reasons/notice.ts";
import { sentence } from "./escape.ts";
import { apiSentences } from "./sentences/api-sentences.ts";
import { decisionSentences } from "./sentences/decision-sentences.ts";
import { driftSentences } from "./sentences/drift-sentences.ts";
import { metricSentences } from "./sentences/metric-sentences.ts";
import { verdictSentences } from "./sentences/verdict-sentences.ts";
import type { Telling } from "./sentences-of.ts";
import { plainStyle, type Style } from "./style.ts";

type Sentence = (data: never, telling: Telling) => string;

const sentences: { readonly [C in ReasonCode]: Sentence } = {
  ...decisionSentences,
  ...apiSentences,
  ...driftSentences,
  ...verdictSentences,
  ...metricSentences,
};

/** The text of a reason: the only place where one is made. */
export function textOf(reason: Reason, style: Style = plainStyle): string {
  const text = (inner: Reason) => textOf(inner, style);
  const telling: Telling = { ...style, text, sentence: (inner) => sentence(text(inner)) };
  return sentences[reason.code](reason.data as never, telling);
}

/** Without its full stop, for rooms that still put a reason into a sentence of their own. */
export const clauseOf = (reason: Reason): string => textOf(reason).replace(/\.$/, "");
/** A notice as people read it: which route it is about, what it says, and the lines to copy below. */
export function noticeText({ reason, route, snippet }: Notice, style: Style = plainStyle): string {
  const where = route === undefined ? "" : `${style.name(`${route.namespace}/${route.kind}/${route.name}`)}: `;
  return `${where}${textOf(reason, style)}${snippet === undefined ? "" : `\n${snippet}`}`;
}
