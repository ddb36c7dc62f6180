import type { Problem } from "../base/problem.ts";
import type { Finding } from "../base/reasons/finding.ts";
import type { Reason } from "../base/reasons/index.ts";
import type { Progress } from "../ports/reporter.ts";
import type { Outcome } from "../rollout/outcome.ts";
import { problemOf, textOf } from "../text/index.ts";

/** Why something outside a rollout went as it did, as a line. */
export const reasonLine = (reason: Reason): string => textOf(reason);

/** Why it stands, or ended, as it does. */
export const whyLine = ({ outcome, reason }: Progress): string => textOf((outcome ?? { reason }).reason);

/** What stands in the way of a rollout, as problems of bad input are told. */
export const problemsIn = (findings: readonly Finding[] | undefined): { readonly problems?: readonly Problem[] } =>
  findings === undefined ? {} : { problems: findings.map(problemOf) };

/** A refusal as a problem, which is how every refusal is told. */
export function refusalOf({ name, code, reason }: Outcome): { readonly problems?: readonly Problem[] } {
  return name !== "refused" || code === undefined ? {} : { problems: [{ code, message: textOf(reason) }] };
}
