import { expect, test } from "vitest";
import { type Reason, type ReasonCode, reason } from "../../../src/base/reasons/index.ts";
import { verdictReasons } from "../../../src/base/reasons/verdict-reasons.ts";
import { textOf } from "../../../src/text/index.ts";

const at = (minute: number, second = 0) => Date.UTC(2026, 0, 5, 14, minute, second);
const errors = { metric: "errors", counts: [at(0), at(5), 2000, 42, 38_000, 114] } as const;
const few = { ...errors, counts: [at(0), at(5), 572, 1, 10_868, 11] } as const;
const slow = { metric: "latency", boundaryMs: 250, counts: [at(0), at(5), 1000, 61, 19_000, 130] } as const;
const evidence = { logE: Math.log(0.31), alpha: 0.01 };
const refused = reason("metric-status", { source: "Prometheus", status: 503 });
const rate = { check: "success-rate", value: 0.9823, unit: "share", min: 0.99 } as const;
const passing = reason("check-passing", { check: "depth", value: 7, max: 100 });
const margin = { ratio: 1, difference: 0.005 } as const;
const short = reason("too-little-traffic", { ...few, need: 1198, perMinute: 29.3, detectable: 0.041 });

/** One of each code, with its text. */
const told: readonly (readonly [Reason, string])[] = [
  [
    reason("canary-worse", { ...errors, atLeast: 0.0080391, confidence: 0.99, extra: 36 }),
    "The canary failed 2.1% of its requests (42 of 2,000 since 14:00 UTC), stable 0.30%. At least 0.80 percentage points more than stable (99% sure). 36 more requests failed than stable would have failed.",
  ],
  [
    reason("canary-worse", { ...errors, metric: "orders", atLeast: 0.0080391, confidence: 0.99, extra: 36 }),
    "orders: 2.1% of the canary's events were bad (42 of 2,000 since 14:00 UTC), stable 0.30%. At least 0.80 percentage points more than stable (99% sure). 36 more events were bad than of stable.",
  ],
  [
    reason("canary-slower", {
      ...slow,
      atLeast: 0.026,
      confidence: 0.99,
      quantile: { share: 0.99, canaryAbove: 250, canaryUpTo: 500, stableAbove: 100, stableUpTo: 250, move: "proven" },
    }),
    "6.1% of the canary's requests took longer than 250 ms (61 of 1,000 since 14:00 UTC), stable 0.68%. p99 is 250 to 500 ms, stable's 100 to 250 ms. At least 2.6 percentage points more than stable (99% sure).",
  ],
  [
    reason("canary-slower", {
      ...slow,
      atLeast: 0.026,
      confidence: 0.99,
      quantile: { share: 0.99, canaryAbove: 500, stableAbove: 100, stableUpTo: 250, move: "seen" },
    }),
    "6.1% of the canary's requests took longer than 250 ms (61 of 1,000 since 14:00 UTC), stable 0.68%. p99 was seen above 500 ms, stable's 100 to 250 ms. At least 2.6 percentage points more than stable (99% sure).",
  ],
  [
    reason("combined-evidence", { metric: "errors", logE: Math.log(124), alpha: 0.01 }),
    "No single comparison proves harm, all together do (evidence 120, limit 100), mostly errors.",
  ],
  [
    reason("combined-evidence", { metric: "errors", logE: 40, alpha: 0.01 }),
    "No single comparison proves harm, all together do (evidence more than 1 million, limit 100), mostly errors.",
  ],
  [
    reason("passed", {
      weight: 20,
      gates: [
        { ...errors, counts: [at(0), at(5), 5500, 22, 22_000, 66], atMost: 0.00421, confidence: 0.95, ...margin },
      ],
      checks: [passing],
    }),
    "The metrics pass at 20%. The canary failed 0.40% of its requests (22 of 5,500 since 14:00 UTC), stable 0.30%. At most 0.43 percentage points more than stable (95% sure, limit 0.5). Check depth is 7; the limit is at most 100.",
  ],
  [
    reason("passed", {
      weight: 5,
      gates: [
        {
          ...slow,
          counts: [at(0), at(5), 22_000, 0, 418_000, 9000],
          atMost: -0.0209,
          confidence: 0.95,
          ratio: 1.2,
          difference: 0.0025,
        },
      ],
    }),
    "The metrics pass at 5%. None of the canary's requests took longer than 250 ms (22,000 since 14:00 UTC), stable 2.2%. At least 2.0 percentage points less than stable (95% sure, limit x1.2 and 0.25).",
  ],
  [reason("passed", { weight: 5, gates: [] }), "The metrics pass at 5%. No sign of harm."],
  [
    reason("sample-ratio-mismatch", { weight: 5, canary: 0, stable: 1320, since: at(0) }),
    "The canary is set to 5% but received none of 1,320 requests since 14:00 UTC. Check the subset labels.",
  ],
  [
    reason("sample-ratio-mismatch", { weight: 5, canary: 1320, stable: 1320, since: at(0) }),
    "The canary is set to 5% but received 50% of 2,640 requests since 14:00 UTC. Check sticky sessions and other rules.",
  ],
  [
    reason("no-data", { since: at(2, 15), cause: refused, also: [reason("stable-unseen", {})] }),
    "No data since 14:02:15 UTC. Prometheus answered 503. The last interval shows nothing of stable.",
  ],
  [
    reason("no-series", {}),
    "The metric source answers, but has no series of stable. Check the scraping of stable's pods and the labels of its series.",
  ],
  [reason("stable-unseen", {}), "The last interval shows nothing of stable."],
  [
    reason("stable-shift", { logE: Math.log(320), alpha: 0.01 }),
    "The canary looks worse (evidence 320, limit 100), but stable's own rate changed in the same interval; the next intervals decide.",
  ],
  [
    short,
    "The canary has failed 0.17% of its requests (1 of 572 since 14:00 UTC), stable 0.10%. About 1,200 requests are needed; 29 a minute come, about 21 min more. A jump to about 4.1% would have been noticed.",
  ],
  [
    reason("too-little-traffic", { ...errors, counts: [at(0), at(5), 0, 0, 0, 0], need: 798, perMinute: 0 }),
    "The canary has had no requests since 14:00 UTC. About 798 requests are needed. No harm would have been noticed.",
  ],
  [
    reason("too-little-traffic", { ...errors, counts: [at(0), at(5), 691, 0, 0, 0], need: 600, perMinute: 138 }),
    "The canary has failed none of 691 requests since 14:00 UTC, stable had none. About 600 requests are needed; 140 a minute come. No harm would have been noticed.",
  ],
  [
    reason("margin-unprovable", { ...few, ...margin, detectable: 0.041 }),
    "The canary has failed 0.17% of its requests (1 of 572 since 14:00 UTC), stable 0.10%. No number of requests can show the canary within 0.5 percentage points of stable. A jump to about 4.1% would have been noticed. Raise the `margin`.",
  ],
  [
    reason("too-little-per-half", { need: 50, first: 11_000, second: 0 }),
    "The canary needs 50 requests in each half of the phase and has had 11,000 in the first and 0 in the second.",
  ],
  [
    reason("sign-of-harm", { logE: Math.log(12), alpha: 0.01, also: [reason("stable-unseen", {})] }),
    "Suspicious: fewer than 1 of 12 versions no worse than stable would look this bad; the limit is 1 of 100. The last interval shows nothing of stable.",
  ],
  [reason("no-sign-of-harm", evidence), "No sign of harm (evidence 0.31, limit 100)."],
  [
    reason("nothing-judges", { weight: 100 }),
    "Nothing judges the canary at 100%: there is nothing to compare it with, and the plan has no check.",
  ],
  [
    reason("passed-by-checks", { weight: 100, checks: [passing] }),
    "Every check is within its limits at 100%; nothing is compared with stable. Check depth is 7; the limit is at most 100.",
  ],
  [reason("passed-unmeasured", {}), "Nothing is measured, so time alone decides."],
  [
    reason("check-failing", { ...rate, points: 3, at: at(9) }),
    "Check success-rate was 98.23% in 3 measurements in a row, last at 14:09:00 UTC; the limit is at least 99%.",
  ],
  [
    reason("check-failing", { check: "depth", value: 101, min: 1, max: 100, points: 5, of: 10, at: at(9) }),
    "Check depth was 101 in 5 of 10 measurements, last at 14:09:00 UTC; the limit is between 1 and 100.",
  ],
  [
    reason("check-no-data", { check: "checkout", points: 5, at: at(9), policy: "rollback", causes: [refused] }),
    "Check checkout had no value in 5 measurements in a row, last at 14:09:00 UTC (`on-silent: rollback`). Prometheus answered 503.",
  ],
  [
    reason("check-no-data", { check: "checkout", points: 1, at: at(9), policy: "wait", causes: [], also: [passing] }),
    "Check checkout had no value in 1 measurement, last at 14:09:00 UTC. Check depth is 7; the limit is at most 100.",
  ],
  [passing, "Check depth is 7; the limit is at most 100."],
  [
    reason("check-waiting", { check: "depth", values: 2, need: 3 }),
    "Check depth has 2 of the 3 values it needs in this phase.",
  ],
  [
    reason("check-unanswered", { check: "depth", cause: refused }),
    "Check depth could not be asked. Prometheus answered 503.",
  ],
  [
    reason("check-without-value", { check: "depth", cause: reason("point-missing", {}) }),
    "Check depth has no value now. There is no point at this time.",
  ],
  [
    // Four digits would read 300 ms, which is within the limit.
    reason("check-out-of-limits", { check: "p99", value: 300.0001, unit: "ms", max: 300, points: 1 }),
    "Check p99 was 300.0001 ms in 1 measurement; the limit is at most 300 ms.",
  ],
  [
    reason("check-below-pass", { ...rate, value: 0.95212, min: 0.949, passMin: 0.974, need: 3 }),
    "Check success-rate is 95.21%; the limit is at least 94.9%. To pass it needs 97.4% in 3 measurements in a row.",
  ],
  [reason("point-missing", {}), "There is no point at this time."],
  [reason("point-not-finite", { value: "NaN" }), "The value is NaN, which is no finite number."],
  [
    reason("point-too-few-requests", { requests: 19.96, need: 20 }),
    "A point had 19.9 requests, fewer than the 20 it needs.",
  ],
  [reason("request-count-unknown", { cause: refused }), "Number of requests unknown. Prometheus answered 503."],
  [reason("request-count-negative", {}), "The number of requests is negative."],
  [reason("clock-skewed", { offMs: 95_400 }), "The metric source's clock is 95 s off the API server's."],
  [
    reason("counter-impossible", { version: "canary", target: "pod-1", value: "-5" }),
    "A counter of canary on pod-1 shows -5, which no counter can.",
  ],
  [reason("bursts-assumed", { phi: 2 }), "There is no history of errors: bursts of 2 are assumed."],
  [reason("errors-in-bursts", { phi: 6.04 }), "Errors come in bursts (x6), so the evidence counts for less."],
  [reason("counters-reset", { pods: 1 }), "The counters of 1 pod were reset."],
  [reason("counters-reset", { pods: 2 }), "The counters of 2 pods were reset."],
  [reason("single-canary-pod", {}), "The canary has one pod: a bad pod and a bad version cannot be told apart."],
  [
    reason("latency-objective-moved", { quantile: 0.99, objectiveMs: 400, boundaryMs: 500 }),
    "The p99 objective of 400 ms is judged at the next bucket, 500 ms.",
  ],
  [
    reason("latency-objective-unmeasured", { objectiveMs: 900 }),
    "There is no latency bucket at or above 900 ms, so latency gates nothing.",
  ],
  [reason("bucket-missing", { boundaryMs: 250 }), "The canary has no bucket at 250 ms and is not compared there."],
  [
    reason("margin-below-tolerance", { metric: "errors", from: 0.065, to: 0.0665 }),
    "A canary with errors between 6.5% and 6.7% can be neither rolled back nor promoted.",
  ],
  [
    reason("not-compared", { cause: reason("metric-without-series", { metric: "orders" }) }),
    "Canary and stable are not compared, your own checks judge alone. The counter `total` of orders finds no series for stable. Check its labels and the scrape.",
  ],
  [
    reason("comparison-query-failed", { cause: refused }),
    "The comparison's query failed. Prometheus answered 503. Mend it, or see that the source can be reached.",
  ],
  [
    reason("comparison-not-separable", {
      cause: reason("metric-not-offered", { metric: "orders" }),
    }),
    "Nothing can be compared. The metric source has no orders. Use checks with queries of your own, and write `compare: off`.",
  ],
  [
    reason("comparison-without-series", { metric: "istio_requests_total", version: "v1" }),
    "The comparison finds no series of istio_requests_total for stable (v1). Check Telemetry settings, reporter and scrape, or write `compare: off`.",
  ],
  [
    reason("metric-without-series", { metric: "orders" }),
    "The counter `total` of orders finds no series for stable. Check its labels and the scrape.",
  ],
  [
    reason("stable-query-failed", { check: "latency", cause: refused }),
    "Query latency (stable) failed. Prometheus answered 503. It judges at 100%. Mend it, or see that the source can be reached.",
  ],
  [
    reason("phase-forecast", {
      phase: 1,
      weight: 5,
      requests: 6012,
      withinMs: 1_200_000,
      difference: 0.005,
      need: 2918,
      detectable: 0.0102,
    }),
    "Phase 1 (5%): about 2,900 canary requests rule out +0.5 points; about 6,000 can come in 20 min. A jump to about 1.0% would be noticed.",
  ],
  [
    reason("phase-forecast", {
      phase: 1,
      weight: 5,
      requests: 60,
      withinMs: 1_200_000,
      difference: 0.005,
      need: 2918,
      detectable: 0.12,
    }),
    "Phase 1 (5%): too little traffic to rule out +0.5 points: about 60 of 2,900 requests in 20 min. Only a jump to about 12% would be noticed.",
  ],
  [
    reason("phase-forecast", { phase: 2, weight: 95, requests: 60, withinMs: 600_000, difference: 0.005 }),
    "Phase 2 (95%): no number of requests can rule out +0.5 points. No harm would be noticed.",
  ],
  [
    reason("traffic-unknown", {}),
    "There were no requests in the last hour: what a phase can show is not known before it begins.",
  ],
  [
    reason("judged-by-stable", {
      phase: 4,
      weight: 100,
      checks: [
        { check: "success-rate", min: 0.949, unit: "share", stable: 0.99877 },
        { check: "latency", max: 2000, unit: "ms", stable: 500 },
        { check: "connections", min: 0.9, unit: "share" },
      ],
    }),
    "Phase 4 (100%): there is nothing to compare with. Judged by success-rate at least 94.9% (stable's was 99.88% in the hour before) and latency at most 2000 ms (stable's p99 was up to 500 ms in the hour before) and connections at least 90% (stable's is not known).",
  ],
  [
    reason("counted-by-server", {}),
    "The server's own proxy counts the requests (`reporter=destination`), since no caller's proxy does: a canary that cannot be reached reports no failure.",
  ],
  [
    reason("latency-buckets-missing", { metric: "istio_request_duration_milliseconds_bucket" }),
    "Stable has no latency buckets (istio_request_duration_milliseconds_bucket), so latency is not compared.",
  ],
];

test.each(told)("%j", (one, text) => {
  expect(textOf(one)).toBe(text);
});

test("every code of a verdict and of what is measured has its text here", () => {
  const seen = new Set<ReasonCode>(told.map(([{ code }]) => code));
  expect(Object.keys(verdictReasons).filter((code) => !seen.has(code as ReasonCode))).toEqual([]);
});
