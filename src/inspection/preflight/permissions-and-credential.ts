import type { Finding } from "../../base/reasons/finding.ts";
import type { Millis } from "../../base/units.ts";
import type { CallOptions, Cluster, Credential, ResourceName } from "../../ports/cluster.ts";
import type { ExpectedDuration } from "../../rollout/expected-duration.ts";
import { textOf } from "../../text/index.ts";

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
    answer.kind === "unknown" ? [`the right to ${verb} could not be asked: ${textOf(answer.reason)}`] : [],
  );
  if (refused.length === 0) return { findings: [], skipped };
  const { user } = cluster.credential();
  const message = `${user} may not ${refused.join(" or ")} ${resource.plural} ${resource.name} in ${resource.namespace}. Apply: ${roleFor(resource)}`;
  return { findings: [{ code: "permission-missing", message }], skipped };
}

/** On one line, as every log and comment shows it, and still something that `kubectl apply` takes. */
function roleFor({ group, plural, namespace, name }: ResourceName): string {
  const rule = `{apiGroups: [${group}], resources: [${plural}], resourceNames: [${name}], verbs: [get, patch]}`;
  return `{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: sluice, namespace: ${namespace}}, rules: [${rule}]}`;
}

const date = (ms: Millis) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const remedy =
  "Use a credential that renews itself (a plugin by `exec-allow`, a token file), a longer token, or one job per phase with `until`.";

/** A credential that cannot outlive what this run drives means that a rollback may become impossible. */
export function checkCredential(
  { user, endsAt, renewable }: Credential,
  { plannedMs, longestMs }: ExpectedDuration,
  now: Millis | undefined,
): { readonly findings: readonly Finding[]; readonly notes: readonly string[] } {
  if (renewable || endsAt === undefined || now === undefined) return { findings: [], notes: [] };
  const ends = `Credentials of ${user} end at ${date(endsAt)}, the schedule at`;
  if (endsAt < now + plannedMs) {
    const message = `${ends} ${date(now + plannedMs)}; a rollback could become impossible. ${remedy}`;
    return { findings: [{ code: "credentials-expire", message }], notes: [] };
  }
  if (endsAt >= now + longestMs) return { findings: [], notes: [] };
  const note = `${ends} ${date(now + longestMs)} if every phase waits for its max-hold; a rollback could then become impossible. ${remedy}`;
  return { findings: [], notes: [note] };
}
