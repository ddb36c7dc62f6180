import type { GitHubCode } from "../base/reasons/api-reasons.ts";
import type { Reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";

/** GitHub as the reports see it. It answers with data, never with an exception, and always within its time. */
export interface GitHub {
  /** `creates`: the call makes something new, so it is sent once, whatever becomes of it. */
  ask(route: string, parameters: Parameters, options?: AskOptions): Promise<GitHubResponse>;
  /** All pages of a list, until `enough` says that what was looked for has been found. */
  list(route: string, parameters: Parameters, options?: ListOptions): Promise<Listed>;
  /** Whose token this is. An installation's token may not ask `/user`, so GraphQL is asked. */
  viewer(signal?: AbortSignal): Promise<Viewer>;
}

export type Parameters = Readonly<Record<string, unknown>>;

type AskOptions = { readonly creates?: boolean; readonly signal?: AbortSignal };

type ListOptions = { readonly signal?: AbortSignal; readonly enough?: (items: readonly unknown[]) => boolean };

export type GitHubError = {
  readonly kind: "failed";
  readonly status?: number;
  /** Holds no header. */
  readonly reason: Reason<GitHubCode>;
  /** Too many requests: how long to stay silent. */
  readonly limitedMs?: Millis;
};

export type GitHubResponse =
  | { readonly kind: "ok"; readonly status: number; readonly data: unknown; readonly next: boolean }
  | GitHubError;

type Listed = { readonly kind: "ok"; readonly items: readonly unknown[] } | GitHubError;

export type Viewer = { readonly kind: "ok"; readonly login: string } | GitHubError;
