import type { Counts, Speech } from "../contract.ts";
import type { Seen } from "../prometheus/servers.ts";

/** What an endpoint of format 1 was asked, with its times in milliseconds. */
export function askedOf({ body }: Pick<Seen, "body">): { from: number; to: number; stepMs: number } {
  const { from, to, bucket } = JSON.parse(body) as { from: string; to: string; bucket: number };
  return { from: Date.parse(from), to: Date.parse(to), stepMs: bucket * 1000 };
}

export const written = (at: number): string => new Date(at).toISOString().replace(".000", "");

/** What an endpoint says that counts in buckets of a minute. */
export const countsSpeech: Speech = {
  settings: { scrapeIntervalMs: 60_000, bucketMs: 60_000 },
  answer(seen, served, oddity) {
    const { from, to, stepMs } = askedOf(seen);
    const all = Array.from({ length: Math.round((to - from) / stepMs) }, (_, k) => from + k * stepMs);
    const between = (version: "canary" | "stable", at: number) => {
      const [before, after] = [served(at)[version], served(at + stepMs)[version]];
      const grown = (key: keyof Counts) => after[key] - before[key];
      return [grown("n"), oddity === "NaN" ? "NaN" : grown("x")];
    };
    const errors = all.map((at) => ({
      ...{ from: written(at), stable: between("stable", at) },
      ...(oddity === "an absent version" ? {} : { canary: between("canary", at) }),
    }));
    // The last bucket is there, and still growing.
    const until = written(oddity === "half a bucket" ? to - stepMs / 2 : to);
    return { format: 1, until, counts: { errors: oddity === "empty" ? [] : errors } };
  },
  refusal: (words) => ({ error: words }),
  cannot: {
    "two series": "an answer has one place for each version",
    "a reset": "a bucket is counted by itself, and nothing runs on from one to the next",
  },
};
