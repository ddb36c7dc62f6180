import type { metricReasons } from "../../base/reasons/metric-reasons.ts";
import type { SentencesOf } from "../sentences-of.ts";
import { alikeSentence } from "./versions-alike-sentence.ts";

const mebibyte = 1_048_576;
const hints: ReadonlyMap<number, string> = new Map([
  [401, ", it does not accept the credentials"],
  [403, ", the credentials do not allow this question"],
  [404, ", there is no such API below the URL"],
  [429, ", it is asked too often"],
]);

/** What another program said, after a colon; its own full stop goes. */
const saying = (text: string | undefined): string =>
  text === undefined || text === "" ? "" : `: ${text.replace(/\.+$/, "")}`;

/** In UTC, with the day where it is not the same, and with milliseconds where there are any. */
function timesOfDay(...both: readonly [number, number]): readonly string[] {
  const written = both.map((at) =>
    Math.abs(at) <= 8.64e15 ? new Date(Math.round(at)).toISOString() : "no time at all",
  );
  const [day, other] = written.map((text) => text.split("T")[0]);
  return written.map((text) => (day === other ? text.split("T")[1] : text)?.replace(/(\.000)?Z$/, "") ?? text);
}

const clock = (at: number): string => timesOfDay(at, at)[0] ?? "";
const remedy = "Mend it, or see that the source can be reached.";

export const metricSentences: SentencesOf<typeof metricReasons> = {
  "metric-url-refused": ({ source, host, problem, address }, { name, code }) => {
    if (problem === "not-listed") return `${name(host)} is not asked: it is not listed under ${code("hosts")}.`;
    if (problem === "rule" || address === undefined)
      return `${name(source)} is not asked: the rules for URLs refuse ${name(host)}.`;
    return `The name ${name(host)} leads to ${name(address)}, a link-local or metadata address, which is never asked. If it is meant, list it under ${code("hosts")}.`;
  },
  "metric-unreachable": ({ source, cause }, { name, sentence }) => `${name(source)} gave no answer. ${sentence(cause)}`,
  "metric-no-answer": ({ source, withinMs }, { name }) => `${name(source)} did not answer within ${withinMs / 1000} s.`,
  "metric-cancelled": ({ source }, { name }) => `The question to ${name(source)} was cancelled.`,
  "metric-reply-too-large": ({ source, limitBytes }, { name }) =>
    `${name(source)} sent more than ${limitBytes / mebibyte} MiB, which is not read.`,
  "metric-reply-broken": ({ source, how }, { name }) => {
    if (how === "json") return `${name(source)} sent JSON that is broken or cut off.`;
    if (how === "compressed") return `${name(source)} sent a compressed answer that cannot be unpacked.`;
    return `${name(source)} broke off in the middle of its answer.`;
  },
  "metric-redirected": ({ source, status }, { name }) =>
    `${name(source)} redirected to another place (${status}), which is not followed. Give the final address as the URL.`,
  "metric-status": ({ source, status, says }, { name, words }) =>
    `${name(source)} answered ${status}${hints.get(status) ?? ""}${saying(says && words(says))}.`,
  "metric-web-page": ({ source }, { name }) =>
    `${name(source)} sent a web page instead of JSON. Is a login page in front of it?`,
  "metric-not-json": ({ source, type }, { name, words }) =>
    `${name(source)} sent ${type === undefined ? "an answer without a content type" : words(type)} instead of JSON.`,

  "metric-reply-malformed": ({ source }, { name }) => `${name(source)} sent JSON that is not an answer to a query.`,
  "metric-format-unknown": ({ source, format, known }, { name, words, code }) =>
    format === undefined
      ? `${name(source)} does not say in which format it answers. Answer with ${code(`"format": ${known}`)}.`
      : `${name(source)} answered in format ${words(format)}. Sluice reads format ${known} alone.`,
  "metric-source-error": ({ source, says }, { name, words }) =>
    `${name(source)} answered with an error${saying(says === undefined ? "it does not say which" : words(says))}.`,
  "metric-partial": ({ source, says }, { name, words }) =>
    `${name(source)} gave only part of an answer${saying(says === undefined ? "it says so itself" : words(says))}.`,
  "metric-wrong-type": ({ type, wanted }, { words }) =>
    `The answer is a ${words(type)}, not ${wanted === "numbers" ? "numbers" : "counters"} over time.`,
  "metric-off-grid": ({ asked, answered }) => {
    const [wanted, given] = timesOfDay(asked, answered);
    const moved = `asked for a point at ${wanted}, it answered at ${given}, and at none of the times that were asked for`;
    return `The source moved the grid: ${moved}. Name the store itself as the source, not what rounds its answers.`;
  },
  "metric-range-empty": () => "The range to measure is empty.",
  "metric-range-too-long": ({ steps }) => `A range of ${steps} steps is too long to be asked for. Use longer steps.`,
  "clock-skewed": ({ offMs }) => `The metric source's clock is ${Math.round(offMs / 1000)} s off the API server's.`,

  "metric-no-series": () => "There is no series: nothing matches the query.",
  "point-missing": () => "There is no point at this time.",
  "metric-several-series": ({ count, labels }, { words }) => {
    const differing = labels.map(({ label, one, other, more }) => {
      return `${words(label)} ("${words(one)}", "${words(other)}"${more > 0 ? ", …" : ""})`;
    });
    const apart = differing.length === 0 ? "with the same labels" : `that differ in ${differing.join(" and ")}`;
    return `There are several series, ${count} ${apart}: one is needed, so aggregate them, as with sum(…).`;
  },
  "metric-histogram": () => "The point is a histogram, not a number.",
  "metric-nan": () => "The value is NaN, as when nothing is divided by nothing.",
  "metric-infinite": ({ sign }) => `The value is ${sign}Inf.`,
  "metric-not-a-number": ({ says }, { words }) =>
    says === undefined
      ? "The value is not written as a text with a number in it."
      : `The value is not a finite decimal number: "${words(says)}".`,

  "metric-series-twice": () => "The counters cannot be used: the same series stands in the answer twice.",
  "metric-histogram-counters": () => "The counters cannot be used: the answer holds histograms.",
  "metric-counter-not-a-number": (data, { sentence }) =>
    `The counters cannot be used: one has no number. ${sentence(data.cause)}`,
  "metric-counter-negative": () => "The counters cannot be used: one is negative.",
  "metric-count-impossible": ({ version, at, problem }) => {
    const where = `The counts of ${version} from ${clock(at)}`;
    if (problem === "bad-above-total") return `${where} cannot be used: more requests are bad than there are.`;
    return `${where} cannot be used: they are ${problem === "negative" ? "negative" : "no whole numbers"}.`;
  },
  "metric-interval-unasked": ({ from, to }) => {
    const [begin, end] = timesOfDay(from, to);
    return `The source answered for ${begin} to ${end}, an interval that it was not asked for. Answer with the intervals that the question names.`;
  },
  "metric-interval-twice": ({ from }) => `The source answered twice for the interval from ${clock(from)}.`,
  "metric-interval-unordered": ({ from, after }) => {
    const [begin, previous] = timesOfDay(from, after);
    return `The source answered for the interval from ${begin} after the one from ${previous}. Answer in the order of time.`;
  },
  "metric-source-behind": ({ until, asked }, { code }) => {
    const [end, wanted] = timesOfDay(until, asked);
    return `The source is complete up to ${end} alone, and was asked up to ${wanted}. Raise ${code("lag")} until its counts have arrived by then.`;
  },
  "metric-version-absent": ({ version, at }, { code }) =>
    `The source says nothing of ${version} in the interval to ${clock(at)}. Where it had no requests, answer ${code("[0, 0]")}.`,

  "versions-alike": alikeSentence,
  "versions-not-separable": (data, telling) => {
    const { check, preset, cause } = data;
    if (preset === undefined) return `Canary and stable cannot be told apart. ${telling.sentence(cause)}`;
    const of = check === undefined || check === preset ? "" : ` of check ${telling.name(check)}`;
    const why = `${telling.name(preset)}${of} cannot tell canary from stable here. ${telling.sentence(cause)}`;
    return `${why} Use application metrics or your own query.`;
  },
  "metric-grpc-unseen": ({ counter }, { name }) =>
    `${name(counter)} counts HTTP statuses, and gRPC answers 200 even to a failure.`,
  "metric-connections-unseen": ({ counter }, { name }) => `${name(counter)} does not count connections by version.`,
  "preset-protocol-mismatch": (data, { name, code, sentence }) => {
    const { check, preset, protocol, cause } = data;
    const where = check === preset ? "" : ` (check ${name(check)})`;
    const why = cause === undefined ? "" : ` ${sentence(cause)}`;
    if (preset === "connections") {
      if (cause !== undefined)
        return `${name(preset)}${where} needs counters of connections by version.${why} Use your own query.`;
      return `${name(preset)}${where} counts connections; this is ${protocol}. Use ${code("success-rate")} or your own query.`;
    }
    if (protocol === "grpc") return `${name(preset)}${where} needs HTTP; this is gRPC.${why} Use your own query.`;
    return `${name(preset)}${where} needs HTTP; this is ${protocol}. Use the TCP preset, ${code("connections")}, or your own query.`;
  },
  "metric-query-invalid": ({ metric, part, problem, placeholder = "" }, { name }) => {
    const known = "{{canary}}, {{stable}}, {{namespace}}, {{window}}";
    const [shown, elsewhere] = [name(placeholder), "where its value would be read as something else"];
    const what = {
      "string-open": `A string that begins with ${shown} is not closed.`,
      "placeholder-open": `A {{ is not closed. Placeholders are ${known}.`,
      "placeholder-unknown": `{{${shown}}} is not a placeholder. Known: ${known}.`,
      "placeholder-unquoted": `{{${shown}}} must stand inside quotes, as in version="{{${shown}}}".`,
      "placeholder-escaped": `{{${shown}}} stands after a backslash, ${elsewhere}.`,
      "placeholder-in-class": `{{${shown}}} stands inside [ ], ${elsewhere}.`,
      "name-unsafe": `{{${shown}}} would stand for a name that is not a Kubernetes name (DNS-1123), so it is not put into a query.`,
    }[problem];
    return `${name(metric)}, ${part}: ${what}`;
  },
  "metric-not-offered": ({ metric }, { name }) => `The metric source has no ${name(metric)}.`,

  "query-failed": ({ check, asked, cause }, { name, sentence }) =>
    `Query ${name(check)}${asked === undefined ? "" : ` (${asked})`} failed. ${sentence(cause)} ${remedy}`,
  "query-unfit": ({ check, asked, cause }, { name, sentence }) =>
    `Query ${name(check)}${asked === undefined ? "" : ` (${asked})`} does not give one number. ${sentence(cause)}`,
  "query-without-series": ({ check, label, plane, counter, strangers }, { name, code }) => {
    const none = `Query ${name(check)} finds no series for ${name(label)}.`;
    if (plane !== undefined && counter !== undefined) {
      return `${none} Check that ${name(plane)} is scraped: its counter is ${name(counter)}.`;
    }
    const general = `${none} Check Telemetry settings, reporter and scrape.`;
    if (strangers === undefined || strangers.length === 0) return general;
    const who = strangers.map(name).join(", ");
    return `${general} The route is served by ${who}: if that is no Istio, write ${code("prometheus.data-plane")} or use your own query.`;
  },
};
