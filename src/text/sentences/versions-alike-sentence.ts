import type { metricReasons } from "../../base/reasons/metric-reasons.ts";
import type { SentencesOf } from "../sentences-of.ts";

/** Why the metrics of both versions cannot be told apart. */
export const alikeSentence: SentencesOf<typeof metricReasons>["versions-alike"] = (data, { name, code }) => {
  const { problem, service = "", others = [] } = data;
  const [both, named] = [`Both are the Service ${name(service)}`, others.map(name)];
  const [first = "", second = ""] = named;
  switch (problem) {
    case "one-service":
      return `${both}, and ${first} knows no subsets.`;
    case "one-cluster":
      return (
        `${first} makes one cluster of all backends of a rule. With a filter on one of its backendRefs, as a ` +
        "ResponseHeaderModifier, it makes one of each."
      );
    case "several-data-planes": {
      const remedy = `Write the one whose metrics count as ${code("prometheus.data-plane")}`;
      return `The route has parents of ${named.join(" and ")}, which count apart. ${remedy}.`;
    }
    case "counts-in-total":
      return `${first} counts requests in total only.`;
    case "counts-by-workload":
      return `${first} counts by workload, with labels that each cluster chooses.`;
    case "counts-elsewhere":
      return `${first} tells ${second} alone.`;
    case "no-service":
      return `${name(service)} is a ${first} and no Service, and metrics are counted by Service.`;
    case "shared-workload":
      return `Workload ${first} stands behind both versions.`;
    case "waypoint-names-no-version":
      return `${both}, a waypoint names no version, and the workloads behind them are not known.`;
    case "service-unreliable":
      return `Reporter ${first} does not name the Service reliably, and the workloads behind the versions are not known.`;
    case "subset-without-version":
      return `${both}, ${first} has no subset with a ${code("version")} label, and the workloads behind it are not known.`;
    case "subsets-of-one-version":
      return `${both}, and both subsets select the same version.`;
    case "same-series":
      return `${first} does not tell them apart: the same series stand on both sides.`;
  }
};
