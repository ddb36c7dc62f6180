import { valueOr } from "../../schema/shape.ts";
import type { Provider } from "../provider.ts";
import { type CountsBlock, countsBlock } from "./block.ts";

/** An endpoint of the user's own that says how many requests of each version there were, and how many failed. */
export const counts: Provider<CountsBlock> = {
  title: "The endpoint of counts",
  description:
    "A metric source of your own: the URL of an endpoint that counts requests of both versions, or a block with URL, credentials and details. By default none.",
  block: countsBlock,
  comparison: "increments",
  presets: ["success-rate"],
  hasQueries: false,
  pace({ interval, lag }) {
    const everyMs = valueOr(interval, 60_000);
    const every = { key: "interval", word: "interval", remedy: "Write how long each interval is, as 1m." };
    return {
      everyMs,
      lagMs: valueOr(lag, 60_000),
      leastWindowMs: everyMs,
      bucketMs: everyMs,
      every: interval === undefined ? every : { ...every, stated: interval },
    };
  },
  settings: () => ({}),
  async open(plan, wiring) {
    const { countsSource } = await import("./counts-source.ts");
    return countsSource(plan, wiring);
  },
};
