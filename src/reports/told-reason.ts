import type { Problem } from "../base/problem.ts";
import type { Progress } from "../ports/reporter.ts";
import type { Outcome } from "../rollout/outcome.ts";
import { textOf } from "../text/index.ts";

/** Why it stands, or ended, as it does. */
export const whyLine = ({ outcome, reason }: Progress): string => textOf((outcome ?? { reason }).reason);

/** A refusal as a problem, which is how every refusal is told. */
export function refusalOf({ name, code, reason }: Outcome): { readonly problems?: readonly Problem[] } {
  return name !== "refused" || code === undefined ? {} : { problems: [{ code, message: textOf(reason) }] };
}
