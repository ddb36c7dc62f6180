import { type Reason, reason } from "../../base/reasons/index.ts";
import type { MetricCode } from "../../base/reasons/metric-reasons.ts";
import type { Millis } from "../../base/units.ts";
import type { ValueQuestion, VersionTargets } from "../../ports/metric-source.ts";
import { nameOf } from "../version-name.ts";
import type { DataPlaneMetrics } from "./data-planes/data-plane-metrics.ts";
import { familiesOf, selectorsOf } from "./data-planes/index.ts";
import { render } from "./placeholders.ts";
import { anyOf, endedWell, latency, type PresetQueries, successRate } from "./presets.ts";
import { unroutedQuery } from "./unrouted-query.ts";
import { spellingsOf } from "./version-selectors.ts";

/** A question as a query, or why there is none. */
type ValueQuery =
  | { readonly kind: "query"; readonly query: string }
  | { readonly kind: "refused"; readonly reason: Reason<MetricCode> };

type Preset = Extract<ValueQuestion["ask"], { readonly requestsOf: unknown }>["requestsOf"];

const refused = (why: Reason<MetricCode>): ValueQuery => ({ kind: "refused", reason: why });

/** `{{window}}` is one step, so that no point reads data from before the phase. */
export function valueQuery({ name, versions, windowMs, ask }: ValueQuestion): ValueQuery {
  if ("query" in ask) return ownQuery({ metric: name, part: "query" }, ask.query, versions, windowMs);
  if ("count" in ask) return ownQuery({ metric: name, part: "count" }, ask.count, versions, windowMs);
  if ("requestsOf" in ask) return presetQuery(name, ask.requestsOf, "count", versions, windowMs);
  if (ask.preset === "unrouted") return { kind: "query", query: unroutedQuery(versions, windowMs) };
  return presetQuery(name, ask, "value", versions, windowMs);
}

function presetQuery(
  check: string,
  asked: Preset,
  which: keyof PresetQueries,
  versions: VersionTargets,
  windowMs: Millis,
): ValueQuery {
  const { preset } = asked;
  const plane = familiesOf(versions);
  const wrong = mismatch(preset, check, versions, plane);
  if (wrong !== undefined) return refused(wrong);
  const selectors = selectorsOf(versions);
  if (selectors.kind === "refused") {
    return refused(reason("versions-not-separable", { check, preset, cause: selectors.reason }));
  }
  const queries = spellingsOf(selectors, "canary").map((by) => queriesOf(asked, plane, versions, by, windowMs));
  return { kind: "query", query: anyOf(queries.map((one) => one[which])) };
}

/** Why a preset has no meaning for what the moved rules carry; undefined where it has. */
function mismatch(
  preset: Preset["preset"],
  check: string,
  versions: VersionTargets,
  plane: DataPlaneMetrics,
): Reason<MetricCode> | undefined {
  const { protocol = "http" } = versions;
  const no = (of: typeof protocol | "grpc", cause?: Reason<MetricCode>) =>
    reason("preset-protocol-mismatch", { check, preset, protocol: of, ...(cause === undefined ? {} : { cause }) });
  if (preset === "connections") {
    if (protocol === "http") return no(protocol);
    if (plane.connections !== undefined) return undefined;
    return no(protocol, reason("metric-connections-unseen", { counter: plane.title }));
  }
  if (protocol !== "http") return no(protocol);
  const { unseen } = plane.requests(versions);
  return preset === "latency" || unseen === undefined ? undefined : no("grpc", unseen);
}

function queriesOf(
  preset: Preset,
  plane: DataPlaneMetrics,
  versions: VersionTargets,
  selector: string,
  windowMs: Millis,
): PresetQueries {
  const { connections } = plane;
  if (preset.preset === "connections" && connections !== undefined) return endedWell(connections, selector, windowMs);
  const counter = plane.requests(versions);
  if (preset.preset !== "latency") return successRate(counter, selector, windowMs);
  return latency(plane.durations(versions), counter, selector, preset.quantile, windowMs);
}

function ownQuery(
  asked: { readonly metric: string; readonly part: "query" | "count" },
  query: string,
  versions: VersionTargets,
  windowMs: Millis,
): ValueQuery {
  const values = {
    canary: nameOf(versions.canary),
    stable: nameOf(versions.stable),
    namespace: versions.namespace,
    windowMs,
  };
  const rendered = render(query, values);
  if (rendered.kind === "query") return rendered;
  return refused(reason("metric-query-invalid", { ...asked, ...rendered.why }));
}
