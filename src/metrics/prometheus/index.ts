import { valueOr } from "../../schema/shape.ts";
import type { Provider } from "../provider.ts";
import { prometheus as block, type PrometheusBlock } from "./config-schema.ts";

const defaultScrapeMs = 15_000;
/** A rate over fewer scrapes than these swings with each that is late. */
const scrapesPerWindow = 4;

/** Prometheus, and whatever speaks its HTTP API: Thanos, Mimir, VictoriaMetrics and their relatives. */
export const prometheus: Provider<PrometheusBlock> = {
  title: "Prometheus",
  description:
    "The metric source: the base URL of Prometheus, or a block with URL, credentials and details. By default none: phases then pass by time alone.",
  block,
  comparison: "counters",
  presets: ["success-rate", "latency", "connections"],
  hasQueries: true,
  pace({ "scrape-interval": stated, lag }) {
    const everyMs = valueOr(stated, defaultScrapeMs);
    const every = { key: "scrape-interval", word: "scrape", remedy: "Write how often Prometheus scrapes, as 15s." };
    return {
      everyMs,
      lagMs: valueOr(lag, everyMs + 15_000),
      leastWindowMs: scrapesPerWindow * everyMs,
      every: stated === undefined ? every : { ...every, stated },
    };
  },
  settings({ "data-plane": plane, reporter }) {
    const [dataPlane, counts] = [valueOr(plane, undefined), valueOr(reporter, undefined)];
    return {
      ...(dataPlane === undefined ? {} : { dataPlane }),
      ...(counts === undefined ? {} : { reporter: counts }),
    };
  },
  async open({ url, hosts, allowHttp, lagMs }, { headers, agents, clock }) {
    const [{ rangeClient }, { sourceOver }] = await Promise.all([import("./range-client.ts"), import("./source.ts")]);
    return sourceOver(rangeClient({ url, hosts, allowHttp, credentials: { headers }, agents, clock }), { lagMs });
  },
};
