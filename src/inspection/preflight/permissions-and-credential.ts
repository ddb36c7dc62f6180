import { type Finding, finding } from "../../base/reasons/finding.ts";
import { type Notice, notice } from "../../base/reasons/notice.ts";
import type { Millis } from "../../base/units.ts";
import type { CallOptions, Cluster, Credential, ResourceName } from "../../ports/cluster.ts";
import type { ExpectedDuration } from "../../rollout/expected-duration.ts";

type Checked = { readonly findings: readonly Finding[]; readonly notices: readonly Notice[] };

/** `get` and `patch` on the route are hard needs; a rollback needs the same right as a promotion. */
export async function checkRights(cluster: Cluster, resource: ResourceName, options: CallOptions): Promise<Checked> {
  const verbs = ["get", "patch"] as const;
  const answers = await Promise.all(
    verbs.map(async (verb) => ({ verb, answer: await cluster.may(verb, resource, options) })),
  );
  const refused = answers.flatMap(({ verb, answer }) => (answer.kind === "denied" ? [verb] : []));
  const notices = answers.flatMap(({ verb, answer }) => {
    if (answer.kind !== "unknown") return [];
    return [notice("check-skipped", { check: "right", object: verb, because: answer.reason })];
  });
  if (refused.length === 0) return { findings: [], notices };
  const { group, plural, namespace, name: object } = resource;
  const { user } = cluster.credential();
  const about = { object, user, verbs: refused, group, plural, namespace };
  return { findings: [finding("permission-missing", { asked: "rights", ...about })], notices };
}

/** A credential that cannot outlive what this run drives means that a rollback may become impossible. */
export function checkCredential(
  { user, endsAt, renewable }: Credential,
  { plannedMs, longestMs }: ExpectedDuration,
  now: Millis | undefined,
): Checked {
  if (renewable || endsAt === undefined || now === undefined) return { findings: [], notices: [] };
  const planned = now + plannedMs;
  if (endsAt < planned)
    return { findings: [finding("credentials-expire", { user, endsAt, until: planned })], notices: [] };
  const longest = now + longestMs;
  if (endsAt >= longest) return { findings: [], notices: [] };
  return { findings: [], notices: [notice("credentials-may-expire", { user, endsAt, until: longest })] };
}
