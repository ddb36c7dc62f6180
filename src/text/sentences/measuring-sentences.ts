import type { CalibrationCode, CaveatCode, ForecastCode, verdictReasons } from "../../base/reasons/verdict-reasons.ts";
import { percent as weightOf } from "../format.ts";
import { about, count, nearest, percent, span } from "../rounded-numbers.ts";
import { joined } from "../sentence.ts";
import type { SentencesOf } from "../sentences-of.ts";
import { inUnit, limitsOf } from "./check-sentences.ts";

const two = (value: number): number => Number(value.toPrecision(2));
const remedy = "Mend it, or see that the source can be reached.";

/** What is worth knowing beside a verdict, before the first write and before a phase begins. */
export const measuringSentences: SentencesOf<Pick<typeof verdictReasons, CaveatCode | CalibrationCode | ForecastCode>> =
  {
    "bursts-assumed": ({ phi }) => `There is no history of errors: bursts of ${two(phi)} are assumed.`,
    "errors-in-bursts": ({ phi }) => `Errors come in bursts (x${two(phi)}), so the evidence counts for less.`,
    "counters-reset": ({ pods }) => `The counters of ${pods === 1 ? "1 pod" : `${pods} pods`} were reset.`,
    "single-canary-pod": () => "The canary has one pod: a bad pod and a bad version cannot be told apart.",
    "latency-objective-moved": ({ quantile, objectiveMs, boundaryMs }) =>
      `The p${nearest(quantile * 100)} objective of ${objectiveMs} ms is judged at the next bucket, ${boundaryMs} ms.`,
    "latency-objective-unmeasured": ({ objectiveMs }) =>
      `There is no latency bucket at or above ${objectiveMs} ms, so latency gates nothing.`,
    "bucket-missing": ({ boundaryMs }) => `The canary has no bucket at ${boundaryMs} ms and is not compared there.`,
    "margin-below-tolerance": ({ metric, from, to }, { name }) =>
      `A canary with ${name(metric)} between ${percent(from)} and ${percent(to)} can be neither rolled back nor promoted.`,
    "not-compared": ({ cause }, { sentence }) =>
      `Canary and stable are not compared, your own checks judge alone. ${sentence(cause)}`,
    "comparison-query-failed": ({ cause }, { sentence }) =>
      joined("The comparison's query failed.", sentence(cause), remedy),
    "comparison-not-separable": ({ cause }, { sentence, code }) => {
      const instead = `Use checks with queries of your own, and write ${code("compare: off")}.`;
      return joined("Nothing can be compared.", sentence(cause), instead);
    },
    "comparison-without-series": ({ metric, version }, { name, code }) => {
      const none = `The comparison finds no series of ${name(metric)} for stable (${name(version)}).`;
      return `${none} Check Telemetry settings, reporter and scrape, or write ${code("compare: off")}.`;
    },
    "metric-without-series": ({ metric }, { name, code }) =>
      `The counter ${code("total")} of ${name(metric)} finds no series for stable. Check its labels and the scrape.`,
    "stable-query-failed": ({ check, cause }, { name, sentence }) =>
      joined(`Query ${name(check)} (stable) failed.`, sentence(cause), "It judges at 100%.", remedy),
    "phase-forecast": ({ phase, weight, requests, withinMs, difference, need, detectable }) => {
      const margin = `+${Number((difference * 100).toPrecision(6))} points`;
      const where = `Phase ${phase} (${weightOf(weight)}):`;
      const isShort = need === undefined || requests < need;
      const jump = detectable === undefined ? undefined : `jump to about ${percent(detectable)} would be noticed.`;
      const noticed = jump === undefined ? "No harm would be noticed." : `${isShort ? "Only a" : "A"} ${jump}`;
      if (need === undefined) return `${where} no number of requests can rule out ${margin}. ${noticed}`;
      if (isShort) {
        const come = `about ${count(requests)} of ${about(need, 2)} requests in ${span(withinMs)}`;
        return `${where} too little traffic to rule out ${margin}: ${come}. ${noticed}`;
      }
      const come = `about ${about(requests, 2)} can come in ${span(withinMs)}`;
      return `${where} about ${about(need, 2)} canary requests rule out ${margin}; ${come}. ${noticed}`;
    },
    "traffic-unknown": () =>
      "There were no requests in the last hour: what a phase can show is not known before it begins.",
    "judged-by-stable": ({ phase, weight, checks }, { name }) => {
      const limits = checks.map((check) => {
        const { stable, unit } = check;
        const before =
          unit === "ms"
            ? `stable's p99 was up to ${stable} ms`
            : `stable's was ${inUnit(check, stable && four(stable))}`;
        const known = stable === undefined ? "stable's is not known" : `${before} in the hour before`;
        return `${name(check.check)} ${limitsOf(check)} (${known})`;
      });
      return `Phase ${phase} (${weightOf(weight)}): there is nothing to compare with. Judged by ${limits.join(" and ")}.`;
    },
    "counted-by-server": (_, { code }) =>
      `The server's own proxy counts the requests (${code("reporter=destination")}), since no caller's proxy does: a canary that cannot be reached reports no failure.`,
    "latency-buckets-missing": ({ metric }, { name }) =>
      `Stable has no latency buckets (${name(metric)}), so latency is not compared.`,
  };

function four(share: number): number {
  return Number(share.toPrecision(4));
}
