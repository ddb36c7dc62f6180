import { dataPlanes, reporters } from "../../rollout/data-planes-and-reporters.ts";
import { choice, duration } from "../../schema/scalars.ts";
import { mapping, type ReadOf, type Shape, said } from "../../schema/shape.ts";
import { httpFields, urlOr } from "../http/http-block.ts";

const spoken = {
  url: "https://prometheus.example.com",
  variable: "PROMETHEUS_TOKEN",
  words:
    "Base URL of Prometheus, the part before /api/v1. Plain http is allowed for loopback and names inside the cluster.",
};

const block = mapping({
  ...httpFields(spoken),
  "data-plane": said(
    choice(dataPlanes),
    "The proxies whose metrics presets and comparison read. By default those of the controller that answers for the route.",
  ),
  reporter: said(
    choice(reporters),
    "Which proxy counts in Istio: the caller's, a waypoint, or the server's. By default source, and waypoint in ambient mode.",
  ),
  "scrape-interval": said(duration, "How often Prometheus scrapes.", "15s"),
  lag: said(duration, "How long a value may take to become visible. By default the scrape interval plus 15s."),
});
export type PrometheusBlock = ReadOf<typeof block>;

/** The block of the plan file, or its URL alone. */
export const prometheus: Shape<PrometheusBlock> = urlOr(spoken, block);
