import type { Problem } from "../base/problem.ts";
import type { Millis } from "../base/units.ts";
import type { Compare, Plan } from "../rollout/plan.ts";
import { broken, valueOr } from "../schema/shape.ts";
import { subject, type Tell } from "../schema/source-value.ts";
import type { WrittenCompare } from "./compare-schema.ts";
import { readPlanFile } from "./plan-file.ts";
import { comparisonOf } from "./resolve-comparison.ts";
import { namedSource, paceOf } from "./resolve-metric-source.ts";
import { resolvePhases } from "./resolve-phases.ts";
import { resolvePolicy, writtenSchedule } from "./resolve-plan.ts";
import type { FileText } from "./text-file-reader.ts";

/** The part of a plan that judges counters, wherever they come from. */
type Judging =
  | {
      readonly kind: "judging";
      readonly plan: Pick<Plan, "phases" | "checks" | "policy">;
      readonly compare: Compare;
      readonly pace: { readonly scrapeIntervalMs: Millis; readonly lagMs: Millis };
      readonly warnings: readonly string[];
    }
  | { readonly kind: "refused"; readonly problems: readonly Problem[]; readonly warnings: readonly string[] };

const paceByDefault = { scrapeMs: 15_000, lagMs: 30_000 };

/** Reads schedule, policy and comparison of a plan file. Route, revision, secrets and the metric source play no part. */
export async function readJudging(file: string, readFile: (path: string) => FileText): Promise<Judging> {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  const tell: Tell = (place, message, code = "input") => void problems.push({ code, message, place });
  const warn = (message: string) => void warnings.push(message);
  const { fields } = await readPlanFile({ at: { input: "plan" }, value: file }, readFile, tell);
  const pace = paceOf(namedSource(undefined, fields, tell), tell);
  const { scrapeMs, lagMs } = pace ?? paceByDefault;
  const phases = resolvePhases(writtenSchedule(fields), tell);
  const policy = resolvePolicy(fields, pace, warn);
  const written = valueOr<"off" | WrittenCompare>(fields.compare, {});
  if (fields.compare !== undefined && fields.compare.value !== broken && written === "off") {
    tell(fields.compare.at, `${subject(fields.compare.at)} is off: there is nothing to judge counters by. Remove it.`);
  }
  const compare = comparisonOf(written === "off" ? {} : written, pace ?? { scrapeMs, word: "scrape" }, { tell, warn });
  if (problems.length > 0) return { kind: "refused", problems, warnings };
  const plan = {
    phases: phases.timed.map(({ weight, holdMs, maxHoldMs, thenPause }) => ({ weight, holdMs, maxHoldMs, thenPause })),
    checks: [],
    policy,
  };
  return { kind: "judging", plan, compare, pace: { scrapeIntervalMs: scrapeMs, lagMs }, warnings };
}
