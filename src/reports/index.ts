import { annotationsReporter } from "./annotations.ts";
import { deploymentReporter } from "./deployment.ts";
import { jsonReporter } from "./json-lines.ts";
import { logReporter } from "./log.ts";
import type { MakeReporter, Means } from "./means.ts";
import { pageReporter } from "./page/reporter.ts";
import { pullRequestReporter } from "./pull-request.ts";
import type { Reporter } from "./reporter.ts";
import { summaryReporter } from "./summary.ts";
import { terminalReporter } from "./terminal.ts";

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
export function makeReporters(names: readonly ReporterName[], means: Means): readonly Reporter[] {
  return names.map((name) => reporters[name](means)).filter((reporter) => reporter !== undefined);
}
