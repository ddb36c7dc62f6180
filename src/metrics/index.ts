import { SluiceError } from "../base/problem.ts";
import type { MetricSource } from "../ports/metric-source.ts";
import { type PrometheusOptions, prometheus } from "./prometheus/index.ts";

/** Makes a source, or throws a `SluiceError` when it cannot be asked as it is configured. */
export type SourceFactory = (options: PrometheusOptions) => MetricSource;

/** Every metric source that Sluice knows: a new one is a file beside this one and a line here. */
export const sources = { prometheus } satisfies Record<string, SourceFactory>;

export type SourceName = keyof typeof sources;

export function sourceNamed(name: string): SourceFactory {
  const known = Object.entries(sources).find(([one]) => one === name);
  if (known !== undefined) return known[1];
  const message = `The metric source ${name} is unknown. Known: ${Object.keys(sources).join(", ")}.`;
  throw new SluiceError([{ code: "input", message }]);
}
