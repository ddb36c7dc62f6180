import type { Problem } from "../base/problem.ts";
import type { Command } from "../rollout/command-names.ts";
import { broken } from "../schema/shape.ts";
import type { Tell } from "../schema/source-value.ts";
import { planKeys, type StepFields } from "./input-schema.ts";

/** These may raise the canary or say whether one could, so they need to know all of the plan. */
export function needsPlan(command: Command): boolean {
  return command === "run" || drives(command) || command === "preflight";
}

function drives(command: Command): boolean {
  return command === "run" || command === "promote" || command === "resume";
}

/** Some inputs mean something to some commands only. Given to another they are a mistake, and are never ignored. */
export function checkCommand(command: Command, step: StepFields, tell: Tell): void {
  if (step.command?.value === broken) return;
  const { until, turns, "dry-run": dryRun } = step;
  for (const [name, stated] of [["until", until] as const, ["turns", turns] as const]) {
    if (stated === undefined || drives(command)) continue;
    tell(stated.at, `${name} goes with run, promote and resume, not with ${command}. Remove it.`);
  }
  if (dryRun?.value === true && command !== "run") {
    tell(
      dryRun.at,
      `dry-run goes with run, not with ${command}. Remove it; \`preflight\` and \`status\` write nothing anyway.`,
    );
  }
}

/** Commands that take traffic back. What is to rescue is not held up by a mistake that has nothing to do with it. */
export function rescues(command: Command): boolean {
  return command === "rollback" || command === "sweep";
}

/** The problems that stop a rescue: all but those of plan keys that say nothing about which route is meant. */
export function stopsRescue({ place }: Problem, step: StepFields): boolean {
  if (place?.file === undefined) return true;
  const { route, namespace } = step;
  const named = route !== undefined && route.value !== broken ? route.value : [];
  const isNamed = named.length > 0 && (namespace !== undefined || named.every((one) => one.namespace !== undefined));
  if (isNamed) return false;
  const key = /^[\w-]+/.exec(place.path ?? "")?.[0] ?? "";
  return key === "route" || key === "namespace" || !Object.hasOwn(planKeys, key);
}
