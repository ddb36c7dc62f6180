import type { JsonPatch, KubeObject } from "../base/kube-object.ts";
import type { ClusterCode } from "../base/reasons/api-reasons.ts";
import type { Reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";

/** A named object, or with `name` left out the collection. `group` is empty for the core API. */
export type Resource = {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace: string;
};
export type ResourceName = Resource & { readonly name: string };

/** Server time as one answer gave it: the `Date` header, and when this process received it by its own monotonic clock. */
export type ServerTime = { readonly dateMs: Millis; readonly receivedAt: Millis };

export type ApiError = {
  readonly kind: "failed";
  /** Holds no secret. */
  readonly reason: Reason<ClusterCode>;
  readonly status?: number;
  readonly retryAfterMs?: Millis;
};

export type ReadResult =
  | { readonly kind: "found"; readonly object: KubeObject; readonly time: ServerTime | undefined }
  | {
      readonly kind: "absent";
      readonly reason: Reason<"api-not-found" | "api-version-not-served">;
      readonly time: ServerTime | undefined;
    }
  | ApiError;

export type PatchResult =
  | { readonly kind: "applied"; readonly object: KubeObject; readonly warnings: readonly string[] }
  /** The server answered with a 4xx: nothing is inferred from which. */
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly reason: Reason<ClusterCode>;
      readonly retryAfterMs?: Millis;
    }
  /** Everything else: it may have landed. */
  | { readonly kind: "unknown"; readonly reason: Reason<ClusterCode> };

export type ListResult =
  | { readonly kind: "listed"; readonly items: readonly KubeObject[] }
  | { readonly kind: "forbidden"; readonly reason: Reason<ClusterCode> }
  | ApiError;
export type VersionsResult =
  | { readonly kind: "served"; readonly versions: readonly string[] }
  | { readonly kind: "absent" }
  | ApiError;
export type AccessResult =
  | { readonly kind: "allowed" }
  | { readonly kind: "denied"; readonly reason: Reason<"api-access-denied"> }
  | { readonly kind: "unknown"; readonly reason: Reason<ClusterCode> };

export type Verb = "get" | "list" | "patch";

/** How long the credential lives, as far as anyone can tell from outside. */
export type Credential = { readonly user: string; readonly endsAt?: Millis; readonly renewable: boolean };

export type CallOptions = { readonly signal?: AbortSignal; readonly deadlineMs?: Millis };

/** The API server. Every method returns data and never throws; nothing is retried here: the next turn is the retry. */
export interface Cluster {
  read(resource: ResourceName, options?: CallOptions): Promise<ReadResult>;
  patch(
    resource: ResourceName,
    operations: JsonPatch,
    options: CallOptions & { readonly dryRun: boolean; readonly timeoutMs?: Millis },
  ): Promise<PatchResult>;
  list(
    resource: Resource,
    options?: CallOptions & { readonly labelSelector?: string; readonly fieldSelector?: string },
  ): Promise<ListResult>;
  /** The versions that the server serves of a group; with `plural` those in which it serves that kind, which may be none. */
  versions(group: string, options?: CallOptions & { readonly plural?: string }): Promise<VersionsResult>;
  /** A SelfSubjectAccessReview. */
  may(verb: Verb, resource: Resource & { readonly name?: string }, options?: CallOptions): Promise<AccessResult>;
  credential(): Credential;
  close(): void;
}
