import type { CallOptions, Cluster, Credential, ResourceName } from "../cluster/cluster.ts";
import type { Finding } from "../rollout/observation.ts";
import type { Millis, Plan } from "../rollout/plan.ts";

/** `get` and `patch` on the route are hard needs; a rollback needs the same right as a promotion. */
export async function checkRights(
  cluster: Cluster,
  resource: ResourceName,
  options: CallOptions,
): Promise<{ findings: readonly Finding[]; skipped: readonly string[] }> {
  const verbs = ["get", "patch"] as const;
  const answers = await Promise.all(
    verbs.map(async (verb) => ({ verb, answer: await cluster.may(verb, resource, options) })),
  );
  const refused = answers.flatMap(({ verb, answer }) => (answer.kind === "denied" ? [verb] : []));
  const skipped = answers.flatMap(({ verb, answer }) =>
    answer.kind === "unknown" ? [`the right to ${verb} could not be asked: ${answer.because}`] : [],
  );
  if (refused.length === 0) return { findings: [], skipped };
  const { user } = cluster.credential();
  const message = `${user} may not ${refused.join(" or ")} ${resource.plural} ${resource.name} in ${resource.namespace}. Apply:\n${roleFor(resource)}`;
  return { findings: [{ code: "permission-missing", message }], skipped };
}

function roleFor({ group, plural, namespace, name }: ResourceName): string {
  return [
    "apiVersion: rbac.authorization.k8s.io/v1",
    "kind: Role",
    `metadata: {name: sluice, namespace: ${namespace}}`,
    "rules:",
    `- {apiGroups: [${group}], resources: [${plural}], resourceNames: [${name}], verbs: [get, patch]}`,
  ].join("\n");
}

/** The whole schedule at its planned pace: for each phase the allowance, the settling and the hold. */
export const scheduleMs = (plan: Plan, fromPhase: number): Millis =>
  plan.phases
    .slice(fromPhase)
    .reduce((sum, phase) => sum + plan.policy.allowanceMs + plan.policy.settleMs + phase.holdMs, 0);

/** A credential that cannot outlive the schedule means that a rollback may become impossible. */
export function checkCredential(
  credential: Credential,
  plan: Plan,
  fromPhase: number,
  now: Millis | undefined,
): readonly Finding[] {
  if (credential.renewable || credential.endsAt === undefined || now === undefined) return [];
  const end = now + scheduleMs(plan, fromPhase);
  if (credential.endsAt >= end) return [];
  const at = (ms: Millis) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
  const message =
    `Credentials of ${credential.user} end at ${at(credential.endsAt)}, the schedule at ${at(end)}; a rollback could become impossible. ` +
    "Use a credential that renews itself (a plugin by `exec-allow`, a token file), a longer token, or one job per phase with `until`.";
  return [{ code: "credentials-expire", message }];
}
