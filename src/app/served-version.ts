import { type Reason, reason } from "../base/reasons/index.ts";
import type { CallOptions, Cluster } from "../ports/cluster.ts";
import type { RouteAdapter } from "../ports/route-adapter.ts";

export type ServedVersion =
  | { readonly kind: "version"; readonly version: string }
  | { readonly kind: "not-served"; readonly reason: Reason<"kind-not-served"> }
  | { readonly kind: "failed"; readonly reason: Reason; readonly status?: number };

const forbidden = 403;

/** In which version that Sluice reads the cluster serves a kind of route. */
export async function servedVersion(
  cluster: Cluster,
  { group, plural, kubeKind, versions, versionsByKind }: RouteAdapter,
  options: CallOptions,
): Promise<ServedVersion> {
  const answer = await cluster.versions(group, { ...options, ...(versionsByKind === true ? { plural } : {}) });
  const lacks = (lacking: Reason<"kind-not-served">["data"]["lacking"], served: readonly string[] = []) =>
    reason("kind-not-served", { lacking, group, kind: kubeKind, plural, served, known: versions });
  switch (answer.kind) {
    case "absent":
      return { kind: "not-served", reason: lacks("group") };
    case "served": {
      const version = versions.find((one) => answer.versions.includes(one));
      if (version !== undefined) return { kind: "version", version };
      const lacking = answer.versions.length === 0 ? "kind" : "version";
      return { kind: "not-served", reason: lacks(lacking, answer.versions) };
    }
    case "failed": {
      // Reading API groups is open to every user, but a cluster may close it; the route's own read then says what is wrong.
      if (answer.status === forbidden) return { kind: "version", version: versions[0] ?? "v1" };
      const status = answer.status === undefined ? {} : { status: answer.status };
      return { kind: "failed", reason: answer.reason, ...status };
    }
  }
}
