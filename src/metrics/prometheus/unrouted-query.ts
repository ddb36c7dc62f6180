import type { Millis } from "../../base/units.ts";
import type { VersionTargets } from "../../ports/metric-source.ts";
import { familiesOf } from "./data-planes/index.ts";
import { unrouted } from "./presets.ts";
import { areTwoServices } from "./version-selectors.ts";

/** Whether requests that reach neither version are counted under the names of both. */
export const hasUnrouted = (versions: VersionTargets): boolean =>
  (versions.protocol === undefined || versions.protocol === "http") && familiesOf(versions).countsUnrouted;

export function unroutedQuery(versions: VersionTargets, windowMs: Millis): string {
  const { canary, stable, reporter = "source" } = versions;
  // Of two Services each is charged with its own requests for which there was no endpoint.
  const flags = areTwoServices(versions) && reporter !== "destination" ? ["NC", "NR"] : ["NC", "NR", "UH", "UF"];
  // Every host would also be every other route's.
  const served = (versions.hosts ?? []).filter((host) => host !== "*");
  return unrouted(reporter, [...new Set([canary.host, stable.host, ...served])].sort(), flags, windowMs);
}
