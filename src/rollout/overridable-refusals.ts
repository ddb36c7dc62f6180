import type { Finding } from "../base/reasons/finding.ts";
import { type Notice, notice } from "../base/reasons/notice.ts";
import type { Forcible } from "./forcible.ts";

/** Whether a notice tells of a refusal that a person has overridden: all who are told of the rollout have to read it. */
export const isOverride = ({ reason }: Notice): boolean => reason.code === "overridden";

/** What is left of findings when some of their codes are overridden, and a notice for each one that was. */
export function withoutForced(
  findings: readonly Finding[],
  force: readonly Forcible[] = [],
): { readonly left: readonly Finding[]; readonly notices: readonly Notice[] } {
  const isForced = ({ reason }: Finding) => force.some((one) => one === reason.code);
  return {
    left: findings.filter((one) => !isForced(one)),
    notices: findings.filter(isForced).map(({ reason, route }) => ({
      ...notice("overridden", { finding: reason }),
      ...(route === undefined ? {} : { route }),
    })),
  };
}
