import type { RouteRef } from "../base/kube-object.ts";
import type { SourceLocation } from "../base/problem.ts";
import type { Millis } from "../base/units.ts";
import type { ProviderName } from "../metrics/index.ts";
import type { Forcible } from "../rollout/forcible.ts";
import type { Plan, Policy, RolloutTarget } from "../rollout/plan.ts";
import { formatDuration } from "../schema/duration.ts";
import { broken, valueOr } from "../schema/shape.ts";
import { subject, type Tell } from "../schema/source-value.ts";
import type { Secrets } from "./collected-secrets.ts";
import type { PlanFields, StepFields } from "./input-schema.ts";
import { resolveHeaders } from "./resolve-auth-headers.ts";
import { checkFullWeight, defaultChecks, resolveChecks } from "./resolve-checks.ts";
import { resolveCompare } from "./resolve-comparison.ts";
import { type CheckUrl, namedSource, paceOf, resolveMetrics, type SourcePace } from "./resolve-metric-source.ts";
import { checkHolds, checkTotal, checkUntil, type Phases, resolvePhases, type Timed } from "./resolve-phases.ts";
import type { Unsigned } from "./rollout-id.ts";
import { checkDestinations } from "./routes-and-destinations.ts";
import { checkFractions } from "./schedule-schema.ts";

export type Settings = Omit<PlanFields, ProviderName>;

/** An input beats the same key of the plan file. The metric source is no case of it: there only the URL is replaced. */
export function overlay(step: StepFields, plan: PlanFields): Settings {
  const rest: Settings = plan;
  const { route, namespace, stable, canary, rule, phases, hold, checks } = step;
  return {
    ...rest,
    ...(route === undefined ? {} : { route }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(stable === undefined ? {} : { stable }),
    ...(canary === undefined ? {} : { canary }),
    ...(rule === undefined ? {} : { rule }),
    ...(phases === undefined ? {} : { phases }),
    ...(hold === undefined ? {} : { hold }),
    ...(checks === undefined ? {} : { checks }),
    ...(step["max-hold"] === undefined ? {} : { "max-hold": step["max-hold"] }),
    ...(step["on-inconclusive"] === undefined ? {} : { "on-inconclusive": step["on-inconclusive"] }),
    ...(step["on-cancel"] === undefined ? {} : { "on-cancel": step["on-cancel"] }),
    ...(step["start-weight"] === undefined ? {} : { "start-weight": step["start-weight"] }),
    ...(step.others === undefined ? {} : { others: step.others }),
    ...(step["create-destination"] === undefined ? {} : { "create-destination": step["create-destination"] }),
    ...(step["follow-delegates"] === undefined ? {} : { "follow-delegates": step["follow-delegates"] }),
    ...(step.gitops === undefined ? {} : { gitops: step.gitops }),
    ...(step["allow-fault"] === undefined ? {} : { "allow-fault": step["allow-fault"] }),
    ...(step.force === undefined ? {} : { force: step.force }),
  };
}

type ResolveRequest = {
  readonly settings: Settings;
  readonly step: StepFields;
  readonly plan: PlanFields;
  readonly routes: readonly RouteRef[] | undefined;
  readonly revision: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly checkUrl: CheckUrl;
  readonly hostedRunner: boolean;
  readonly secrets: Secrets;
};
export type Resolved = {
  readonly plan: Unsigned;
  readonly revision: string;
  readonly metricHeaders: Readonly<Record<string, string>>;
};
type Warn = (message: string) => void;

/**
 * The plan with every default filled in. Each part is checked as far as the parts that it rests on could be read, and a
 * part that was refused has been told: whoever calls this builds nothing from the result once anything was told.
 */
export async function resolvePlan(sought: ResolveRequest, tell: Tell, warn: Warn): Promise<Resolved | undefined> {
  const { settings, step, plan: file, routes, revision, checkUrl, secrets } = sought;
  const source = namedSource(step.prometheus, file, tell);
  const metricHeaders = resolveHeaders(source?.plan, sought.env, secrets, tell);
  const pace = paceOf(source, tell);
  const metrics =
    source === undefined || pace === undefined
      ? undefined
      : await resolveMetrics(source, pace, checkUrl, secrets, tell);
  const phases = resolvePhases(writtenSchedule(settings), tell);
  const policy = resolvePolicy(settings, pace, warn);
  const kinds = (routes ?? []).map(({ kind }) => kind);
  checkFractions(valueOr(settings.phases, { steps: [], complete: false }), kinds, tell);
  checkDestinations(settings.stable, settings.canary, tell);
  checkSchedule(phases, policy, pace, sought, tell, warn);
  const hasChecks = settings.checks !== undefined;
  // The comparison judges errors and latency already, and against stable instead of against a number out of the air.
  const compare = resolveCompare(settings.compare, { pace, routes, hasChecks }, { tell, warn });
  const byDefault = compare === "off" && pace !== undefined ? defaultChecks(pace, areConnections(settings, kinds)) : [];
  const checks = findChecks(settings, pace, byDefault, phases.timed, tell, warn);
  if (compare !== "off" && pace !== undefined && settings.checks === undefined) {
    checkFullWeight({ ...pace, phases: phases.timed }, warn);
  }
  if (revision === undefined && step.revision === undefined) {
    tell({ input: "revision" }, "No revision is known here. Set `revision` to the commit that is rolled out.");
  }
  // Nothing is made of a part that was refused: a plan without the source that it names would be promoted by time.
  const unread = !phases.complete || (pace !== undefined && metrics === undefined);
  if (routes === undefined || revision === undefined || unread) return undefined;
  const plan: Unsigned = {
    target: targetOf(settings, routes),
    phases: phases.timed.map(({ weight, holdMs, maxHoldMs, thenPause }) => ({ weight, holdMs, maxHoldMs, thenPause })),
    ...(metrics === undefined ? {} : { metrics }),
    checks,
    compare,
    policy,
  };
  return { plan, revision, metricHeaders };
}

/** The schedule as it was written. */
export function writtenSchedule({ phases, hold, "max-hold": maxHold }: Settings) {
  return {
    ...(phases === undefined ? {} : { phases }),
    ...(hold === undefined ? {} : { hold }),
    ...(maxHold === undefined ? {} : { maxHold }),
  };
}

const defaultSettleMs: Millis = 15_000;

/** How long each phase is left to settle, and what becomes of one that is undecided. */
export function resolvePolicy(settings: Settings, pace: SourcePace | undefined, warn: Warn): Policy {
  const scrapeMs = pace?.scrapeMs ?? 0;
  const settleMs = valueOr(settings.settle, Math.max(defaultSettleMs, scrapeMs));
  if (settleMs < scrapeMs) {
    warn(
      `settle is ${formatDuration(settleMs)}, shorter than one ${pace?.word} of ${formatDuration(scrapeMs)}: the first values ` +
        "of a phase may still show the traffic before it.",
    );
  }
  return {
    settleMs,
    allowanceMs: valueOr(settings["write-allowance"], 15_000),
    onInconclusive: valueOr<Policy["onInconclusive"]>(settings["on-inconclusive"], "pause"),
    onCancel: valueOr<Policy["onCancel"]>(settings["on-cancel"], "rollback"),
  };
}

function checkSchedule(
  { timed, complete }: Phases,
  { settleMs, allowanceMs }: Policy,
  pace: SourcePace | undefined,
  { settings, step, hostedRunner }: ResolveRequest,
  tell: Tell,
  warn: Warn,
): void {
  if (pace !== undefined) checkHolds(timed, pace, tell);
  if (!complete) return;
  const weights = timed.map(({ weight }) => weight);
  checkUntil(step.until, weights, tell);
  const at: SourceLocation = settings.phases?.at ?? settings.hold?.at ?? { input: "phases" };
  const oneJob = hostedRunner && step.turns === undefined && step.until === undefined;
  checkTotal(timed, { settleMs, allowanceMs, oneJob, at }, tell, warn);
  const start = settings["start-weight"];
  const [first = 100] = weights;
  if (start === undefined || start.value === broken || start.value <= first) return;
  const remedy = `Weights must rise: begin at ${start.value} or above.`;
  tell(start.at, `${subject(start.at)} is ${start.value}, and the schedule begins at ${first}. ${remedy}`);
}

/** Whether what is moved is connections alone, of which neither failed requests nor their times can be counted. */
function areConnections({ rule }: Settings, kinds: readonly string[]): boolean {
  const rules = valueOr(rule, []);
  if (kinds.length > 0 && kinds.every((kind) => kind === "tcproute" || kind === "tlsroute")) return true;
  return rules.length > 0 && rules.every((word) => /^(tcp|tls)\//.test(word));
}

function findChecks(
  { checks }: Settings,
  pace: SourcePace | undefined,
  byDefault: ReturnType<typeof defaultChecks>,
  phases: readonly Timed[],
  tell: Tell,
  warn: Warn,
): Plan["checks"] {
  if (pace !== undefined) {
    const written = checks === undefined ? byDefault : valueOr(checks, []);
    return resolveChecks(written, { ...pace, phases }, tell, warn);
  }
  if (checks === undefined) {
    warn("Nothing is measured: the canary is promoted by time, not judged. Set `prometheus` to have it judged.");
  } else if (checks.value !== broken) {
    tell(checks.at, "There are checks, and no metric source to ask. Set `prometheus`, or remove the checks.");
  }
  return [];
}

function targetOf(settings: Settings, routes: readonly RouteRef[]): RolloutTarget {
  const stable = valueOr<string | undefined>(settings.stable, undefined);
  const canary = valueOr<string | undefined>(settings.canary, undefined);
  const faulty: readonly Forcible[] = valueOr(settings["allow-fault"], false) ? ["fault-injected"] : [];
  const force = [...new Set([...valueOr<readonly Forcible[]>(settings.force, []), ...faulty])].sort();
  return {
    routes,
    ...(stable === undefined ? {} : { stable }),
    ...(canary === undefined ? {} : { canary }),
    rules: [...new Set(valueOr(settings.rule, []))],
    startWeight: valueOr(settings["start-weight"], 0),
    ...(valueOr<string>(settings.others, "scale") === "fixed" ? { others: "fixed" as const } : {}),
    ...(valueOr(settings["create-destination"], false) ? { createDestination: true as const } : {}),
    ...(valueOr<string>(settings.gitops, "warn") === "pause-flux" ? { pauseFlux: true as const } : {}),
    ...(force.length === 0 ? {} : { force }),
  };
}
