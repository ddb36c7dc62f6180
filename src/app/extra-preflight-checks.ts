import { eachOnce } from "../base/reasons/notice.ts";
import { trialOf } from "../evidence/measure-checks.ts";
import { metricFinding } from "../evidence/metric-finding.ts";
import type { FurtherCheck } from "../inspection/preflight/index.ts";
import type { MetricSource, VersionTargets } from "../ports/metric-source.ts";
import type { VersionPair } from "../ports/run-ports.ts";
import { othersAtWork } from "../routes/gitops-tools.ts";

type FindArms = (versions: VersionPair, options: { signal: AbortSignal }) => Promise<VersionTargets>;

/** What is checked before the first write besides what the cluster alone can tell. A rehearsal checks the same. */
export const extraPreflightChecks = (
  source: MetricSource | undefined,
  findArms: FindArms,
  signal: AbortSignal,
): readonly FurtherCheck[] => [owners, ...(source === undefined ? [] : [metricTrial(source, findArms, signal)])];

/** Who else writes this object: a controller is refused, a GitOps tool gets its snippet printed. */
const owners: FurtherCheck = async (object, { rollout, target }, selection) =>
  othersAtWork(object, selection.rules, target.pauseFlux === true ? { rollout } : undefined);

/** Every query once, before anything is written: an error now would be an error in every turn. */
const metricTrial =
  (source: MetricSource, findArms: FindArms, signal: AbortSignal): FurtherCheck =>
  async (_object, plan, selection, now) => {
    if (now === undefined || plan.checks.length === 0) return { findings: [], notices: [] };
    const arms = await findArms(selection, { signal });
    const trials = plan.checks.map((check) => trialOf(check, arms));
    const found = await source.probe(trials, now, signal);
    // A value and the number of requests behind it cannot be asked for one and the same reason.
    return { findings: eachOnce(found.map(metricFinding)), notices: [] };
  };
