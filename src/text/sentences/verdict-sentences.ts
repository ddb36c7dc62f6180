import type { Reason } from "../../base/reasons/index.ts";
import type { CountWindow } from "../../base/reasons/reason-shape.ts";
import type { verdictReasons } from "../../base/reasons/verdict-reasons.ts";
import { percent as weightOf } from "../format.ts";
import { about, count, lowered, minuteOf, nearest, percent, raised, secondOf, span } from "../rounded-numbers.ts";
import { asSentence, joined } from "../sentence.ts";
import type { SentencesOf, Telling } from "../sentences-of.ts";
import { checkSentences, pointSentences } from "./check-sentences.ts";
import { measuringSentences } from "./measuring-sentences.ts";

type Compared = { readonly metric: string; readonly boundaryMs?: number; readonly counts: CountWindow };
type Others = { readonly also?: readonly Reason[] };

const sureness = (confidence: number): string => `${Number((confidence * 100).toPrecision(6))}% sure`;
const points = (difference: number): string => String(Number((difference * 100).toPrecision(6)));
const others = ({ also = [] }: Others, { sentence }: Telling): string => joined(...also.map(sentence));

/** The rates of both versions, the canary's with what it was counted from. */
function rates({ metric, boundaryMs, counts }: Compared, { name }: Telling, verb = "failed"): string {
  const [from, , n, x, stableN, stableX] = counts;
  const since = `since ${minuteOf(from)} UTC`;
  if (n === 0) return `The canary has had no requests ${since}.`;
  const [told, all] = [x === 0 ? "none" : percent(x / n), count(n)];
  const stable = stableN === 0 ? "had none" : stableX === 0 ? `none of ${count(stableN)}` : percent(stableX / stableN);
  if (boundaryMs === undefined && metric === "errors") {
    const failed =
      x === 0 ? `none of ${all} requests ${since}` : `${told} of its requests (${count(x)} of ${all} ${since})`;
    return `The canary ${verb} ${failed}, stable ${stable}.`;
  }
  const counted = x === 0 ? `(${all} ${since})` : `(${count(x)} of ${all} ${since})`;
  if (boundaryMs !== undefined) {
    return asSentence(
      `${told} of the canary's requests took longer than ${boundaryMs} ms ${counted}, stable ${stable}`,
    );
  }
  return `${name(metric)}: ${told} of the canary's events were bad ${counted}, stable ${stable}.`;
}

type Worse = Compared & { readonly atLeast: number; readonly confidence: number };
const atLeast = (worse: Worse): string =>
  `At least ${lowered(worse.atLeast * 100)} percentage points more than stable (${sureness(worse.confidence)}).`;

type Quantile = NonNullable<Reason<"canary-slower">["data"]["quantile"]>;
function quantileMove({ share, canaryAbove, canaryUpTo, stableAbove, stableUpTo, move }: Quantile): string {
  const canary = canaryUpTo === undefined ? `above ${canaryAbove} ms` : `${canaryAbove} to ${canaryUpTo} ms`;
  const verb = move === "proven" ? "is" : "was seen";
  return `p${nearest(share * 100)} ${verb} ${canary}, stable's ${stableAbove} to ${stableUpTo} ms.`;
}

type Gate = Compared & {
  readonly atMost: number;
  readonly confidence: number;
  readonly ratio: number;
  readonly difference: number;
};
function withinMargin({ atMost, confidence, ratio, difference }: Gate): string {
  const most = atMost * 100;
  const bound =
    most < 0 ? `At least ${lowered(-most)} percentage points less` : `At most ${raised(most)} percentage points more`;
  const limit = `${ratio === 1 ? "" : `x${ratio} and `}${points(difference)}`;
  return `${bound} than stable (${sureness(confidence)}, limit ${limit}).`;
}

/** What the requests so far would have shown. */
const noticed = (detectable: number | undefined): string =>
  detectable === undefined
    ? "No harm would have been noticed."
    : `A jump to about ${percent(detectable)} would have been noticed.`;

function stillNeeded({ counts: [, , n], need, perMinute }: Reason<"too-little-traffic">["data"]): string {
  const needed = `About ${about(need, 3)} requests are needed`;
  if (!(perMinute > 0)) return `${needed}.`;
  const left = need > n ? `, about ${span(((need - n) / perMinute) * 60_000)} more` : "";
  return `${needed}; ${about(perMinute, 2)} a minute come${left}.`;
}

const sinceOf = (since: number | undefined): string => (since === undefined ? "" : ` since ${secondOf(since)} UTC`);
/** What is beyond a million is as good as certain. */
const oddsOf = (logE: number): string =>
  logE > Math.log(1e6)
    ? "more than 1 million"
    : logE < Math.log(10)
      ? nearest(Math.exp(logE))
      : about(Math.exp(logE), 2);
const evidence = ({ logE, alpha }: { readonly logE: number; readonly alpha: number }): string =>
  `evidence ${oddsOf(logE)}, limit ${count(1 / alpha)}`;

export const verdictSentences: SentencesOf<typeof verdictReasons> = {
  ...checkSentences,
  ...pointSentences,
  ...measuringSentences,
  "canary-worse": (data, telling) => {
    const more =
      data.metric === "errors" ? "requests failed than stable would have failed" : "events were bad than of stable";
    return joined(rates(data, telling), atLeast(data), `${count(data.extra)} more ${more}.`);
  },
  "canary-slower": (data, telling) =>
    joined(rates(data, telling), data.quantile === undefined ? "" : quantileMove(data.quantile), atLeast(data)),
  "combined-evidence": ({ metric, ...data }, { name }) =>
    `No single comparison proves harm, all together do (${evidence(data)}), mostly ${name(metric)}.`,
  passed: ({ weight, gates, checks = [] }, telling) => {
    const shown = gates.map((gate) => joined(rates(gate, telling), withinMargin(gate)));
    const said = shown.length === 0 ? "No sign of harm." : joined(...shown);
    return joined(`The metrics pass at ${weightOf(weight)}.`, said, ...checks.map(telling.sentence));
  },
  "sample-ratio-mismatch": ({ weight, canary, stable, since }) => {
    const share = canary / Math.max(1, canary + stable);
    const received = `${canary === 0 ? "none" : percent(share)} of ${count(canary + stable)} requests`;
    const remedy = share * 100 < weight ? "Check the subset labels." : "Check sticky sessions and other rules.";
    return `The canary is set to ${weightOf(weight)} but received ${received} since ${minuteOf(since)} UTC. ${remedy}`;
  },
  "no-data": (data, telling) =>
    joined(`No data${sinceOf(data.since)}.`, telling.sentence(data.cause), others(data, telling)),
  "no-series": (data, telling) => {
    const none = `The metric source answers, but has no series of stable${sinceOf(data.since)}.`;
    return joined(none, "Check the scraping of stable's pods and the labels of its series.", others(data, telling));
  },
  "stable-unseen": (data, telling) => joined("The last interval shows nothing of stable.", others(data, telling)),
  "stable-shift": (data, telling) => {
    const moved = "but stable's own rate changed in the same interval; the next intervals decide";
    return joined(`The canary looks worse (${evidence(data)}), ${moved}.`, others(data, telling));
  },
  "too-little-traffic": (data, telling) =>
    joined(rates(data, telling, "has failed"), stillNeeded(data), noticed(data.detectable), others(data, telling)),
  "margin-unprovable": (data, telling) => {
    const unprovable = `No number of requests can show the canary within ${points(data.difference)} percentage points of stable.`;
    return joined(
      rates(data, telling, "has failed"),
      unprovable,
      noticed(data.detectable),
      "Raise the `margin`.",
      others(data, telling),
    );
  },
  "too-little-per-half": (data, telling) => {
    const { need, first, second } = data;
    const had = `${count(first)} in the first and ${count(second)} in the second`;
    const words = `The canary needs ${count(need)} requests in each half of the phase and has had ${had}.`;
    return joined(words, others(data, telling));
  },
  "sign-of-harm": (data, telling) => {
    const [odds, limit] = [oddsOf(data.logE), count(1 / data.alpha)];
    const words = `Suspicious: fewer than 1 of ${odds} versions no worse than stable would look this bad; the limit is 1 of ${limit}.`;
    return joined(words, others(data, telling));
  },
  "no-sign-of-harm": (data) => `No sign of harm (${evidence(data)}).`,
  "nothing-judges": (data, telling) => {
    const words = `Nothing judges the canary at ${weightOf(data.weight)}: there is nothing to compare it with, and the plan has no check.`;
    return joined(words, others(data, telling));
  },
};
