import { routeTitle } from "../base/kube-object.ts";
import type { Problem } from "../base/problem.ts";
import type { Finding } from "../base/reasons/finding.ts";
import type { Reason, ReasonCode } from "../base/reasons/index.ts";
import type { Notice } from "../base/reasons/notice.ts";
import type { RuleWeights } from "../base/reasons/route-shapes.ts";
import { sentence } from "./escape.ts";
import { rulesListed } from "./listed.ts";
import { apiSentences } from "./sentences/api-sentences.ts";
import { decisionSentences } from "./sentences/decision-sentences.ts";
import { driftSentences } from "./sentences/drift-sentences.ts";
import { findingSentences } from "./sentences/finding-sentences.ts";
import { metricSentences } from "./sentences/metric-sentences.ts";
import { noticeSentences } from "./sentences/notice-sentences.ts";
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
  ...findingSentences,
  ...noticeSentences,
};

/** The text of a reason: the only place where one is made. */
export function textOf(reason: Reason, style: Style = plainStyle): string {
  const text = (inner: Reason) => textOf(inner, style);
  const telling: Telling = { ...style, text, sentence: (inner) => sentence(text(inner)) };
  return sentences[reason.code](reason.data as never, telling);
}

/** A finding or a notice in one sentence, which begins with the route that it is about where it is not the first. */
export function toldOf({ reason, route }: Finding | Notice, style: Style = plainStyle): string {
  const told = textOf(reason, style);
  return route === undefined ? told : `${style.name(routeTitle(route))}: ${told}`;
}

/** A notice as people read it: which route it is about, what it says, and the lines to copy below. */
export const noticeText = (notice: Notice, style: Style = plainStyle): string =>
  notice.snippet === undefined ? toldOf(notice, style) : `${toldOf(notice, style)}\n${notice.snippet}`;

/** A finding as a refusal tells it, beside problems of bad input. */
export const problemOf = (finding: Finding): Problem => ({ code: finding.reason.code, message: toldOf(finding) });

/** As `http/main: v1 95, v2 5`. */
export const weightsText = (rules: readonly RuleWeights[]): string => rulesListed(rules, plainStyle.name);
