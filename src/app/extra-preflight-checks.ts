import type { FurtherCheck } from "../inspection/preflight/index.ts";
import type { tryChecks } from "../metrics/prometheus/probe-queries.ts";
import type { MetricSource, VersionTargets } from "../ports/metric-source.ts";
import type { VersionPair } from "../ports/run-ports.ts";
import { othersAtWork } from "../routes/gitops-tools.ts";

type FindArms = (versions: VersionPair, options: { signal: AbortSignal }) => Promise<VersionTargets>;

type Try = typeof tryChecks;

/**
 * What is checked before the first write besides what the cluster alone can tell. A rehearsal checks the same. The trial of
 * the metrics comes along loaded: in virtual time nothing may wait for a file.
 */
export const extraPreflightChecks =
  (trial: Try | undefined) =>
  (source: MetricSource | undefined, findArms: FindArms, signal: AbortSignal): readonly FurtherCheck[] => [
    owners,
    ...(source === undefined || trial === undefined ? [] : [metricTrial(trial, source, findArms, signal)]),
  ];

/** Who else writes this object: a controller is refused, a GitOps tool gets its snippet printed. */
const owners: FurtherCheck = async (object, { rollout, target }, selection) =>
  othersAtWork(object, selection.rules, target.pauseFlux === true ? { rollout } : undefined);

/** Every query once, before anything is written: an error now would be an error in every turn. */
const metricTrial =
  (trial: Try, source: MetricSource, findArms: FindArms, signal: AbortSignal): FurtherCheck =>
  async (_object, plan, selection, now) => {
    if (now === undefined || plan.checks.length === 0) return { findings: [], notes: [] };
    const arms = await findArms(selection, { signal });
    return { findings: await trial(source, plan.checks, arms, now, signal), notes: [] };
  };
