import type { Reporter } from "../ports/reporter.ts";
import { deploymentReporter } from "./deployment-reporter.ts";
import { summaryReporter } from "./job-summary-reporter.ts";
import { jsonReporter } from "./json-lines-reporter.ts";
import { logReporter } from "./log-reporter.ts";
import { pageReporter } from "./page/page-reporter.ts";
import { pullRequestReporter } from "./pull-request-reporter.ts";
import type { MakeReporter, ReporterContext } from "./reporter-context.ts";
import { terminalReporter } from "./terminal-reporter.ts";
import { annotationsReporter } from "./workflow-annotations.ts";

/** Every place where progress is told. A new one is a file and a line here. */
export const reporters = {
  log: logReporter,
  terminal: terminalReporter,
  json: jsonReporter,
  annotations: annotationsReporter,
  summary: summaryReporter,
  "pull-request": pullRequestReporter,
  deployment: deploymentReporter,
  page: pageReporter,
} satisfies Record<string, MakeReporter>;

export type ReporterName = keyof typeof reporters;

/** Those of the named reporters that have something to report to. */
export function makeReporters(names: readonly ReporterName[], means: ReporterContext): readonly Reporter[] {
  return names.map((name) => reporters[name](means)).filter((reporter) => reporter !== undefined);
}
