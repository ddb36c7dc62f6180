import type { Speech } from "../contract.ts";
import { matrix, type Series } from "./servers.ts";

/** What a Prometheus says that scrapes one proxy. */
export const prometheusSpeech: Speech = {
  settings: {},
  answer(seen, served, oddity) {
    const [start = 0, end = 0, step = 1] = ["start", "end", "step"].map((name) => 1000 * Number(seen.form.get(name)));
    const times = Array.from({ length: Math.round((end - start) / step) + 1 }, (_, k) => start + k * step);
    const query = seen.form.get("query") ?? "";
    if (oddity === "empty") return matrix();
    const number = (value: number) => (oddity === "NaN" ? "NaN" : String(value));
    if (!query.startsWith("last_over_time")) {
      const values = times.map((at) => {
        const [now, before] = [served(at).canary, served(at - step).canary];
        return [at / 1000, number(1 - (now.x - before.x) / (now.n - before.n))] as const;
      });
      const pods = oddity === "two series" ? ["a", "b"] : ["a"];
      return matrix(...pods.map((pod) => ({ metric: { pod }, values })));
    }
    const restart = times[Math.floor(times.length / 2)] ?? 0;
    const counter = (version: "canary" | "stable", code: "200" | "503"): Series => ({
      metric: {
        ...{ instance: "gateway:15020", reporter: "source", response_code: code },
        destination_service_name: version === "canary" ? "web-v2" : "web-v1",
        destination_service_namespace: "shop",
      },
      values: times.map((at) => {
        const count = (time: number) => {
          const { n, x } = served(time)[version];
          return code === "503" ? x : n - x;
        };
        const since = oddity === "a reset" && at >= restart ? count(at) - count(restart - step) : count(at);
        return [at / 1000, number(since)] as const;
      }),
    });
    const versions = oddity === "an absent version" ? (["stable"] as const) : (["canary", "stable"] as const);
    return matrix(...versions.flatMap((version) => [counter(version, "200"), counter(version, "503")]));
  },
  refusal: (words) => ({ status: "error", errorType: "bad_data", error: words }),
  cannot: { "half a bucket": "a counter that was scraped is whole" },
};
