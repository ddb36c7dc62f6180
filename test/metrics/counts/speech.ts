import type { Counts, Speech } from "../contract.ts";

/** What an endpoint says that counts in intervals of a minute. */
export const countsSpeech: Speech = {
  settings: { scrapeIntervalMs: 60_000, bucketMs: 60_000 },
  answer(seen, served, oddity) {
    const [from = 0, to = 0, interval = 1] = ["from", "to", "interval"].map((name) => Number(seen.form.get(name)));
    if (oddity === "empty") return { intervals: [] };
    const all = Array.from({ length: Math.round((to - from) / interval) }, (_, k) => from + k * interval);
    // What is not complete yet is left out.
    const begun = oddity === "half a bucket" ? all.slice(0, -1) : all;
    const between = (version: "canary" | "stable", at: number) => {
      const [before, after] = [served(at * 1000)[version], served((at + interval) * 1000)[version]];
      const grown = (key: keyof Counts) => after[key] - before[key];
      return { total: grown("n"), bad: oddity === "NaN" ? "NaN" : grown("x") };
    };
    return {
      intervals: begun.map((at) => ({
        ...{ from: at, to: at + interval, stable: between("stable", at) },
        ...(oddity === "an absent version" ? {} : { canary: between("canary", at) }),
      })),
    };
  },
  refusal: (words) => ({ error: words }),
  cannot: {
    "two series": "an answer has one place for each version",
    "a reset": "an interval is counted by itself, and nothing runs on from one to the next",
  },
};
