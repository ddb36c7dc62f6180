import { describe, expect, it } from "vitest";
import { SluiceError } from "../../src/base/problem.ts";
import { type SourceName, sourceNamed, sources } from "../../src/metrics/index.ts";
import { metricSourceContract, type Speech } from "./contract.ts";
import { everywhere, matrix } from "./prometheus/servers.ts";

const speeches: Record<SourceName, Speech> = {
  prometheus: {
    query: "up",
    series: (seen, value, second) => {
      const pods = second === true ? ["a", "b"] : ["a"];
      return matrix(...pods.map((pod) => ({ metric: { pod }, values: everywhere(seen, value) })));
    },
    empty: () => matrix(),
    refusal: (words) => ({ status: "error", errorType: "bad_data", error: words }),
  },
};

for (const name of Object.keys(sources) as SourceName[]) metricSourceContract(name, sources[name], speeches[name]);

describe("the registry of metric sources", () => {
  it("finds a source by its name", () => {
    expect(sourceNamed("prometheus")).toBe(sources.prometheus);
  });

  it.each(["datadog", "", "toString", "__proto__"])("refuses %j with the list of known ones", (name) => {
    expect(() => sourceNamed(name)).toThrow(SluiceError);
    expect(() => sourceNamed(name)).toThrow(`The metric source ${name} is unknown. Known: prometheus.`);
  });
});
