import { saveState } from "@actions/core";

/** What main leaves for post. Identifiers only, never a secret: the runner keeps it in a file. */
export type PostState = {
  /** Main came to an end that it had decided on: post has nothing to do. */
  readonly ended: boolean;
  /** The rollout that main had in hands. */
  readonly rollout: string | undefined;
};

type Env = Readonly<Record<string, string | undefined>>;

export const isAfterMain = (env: Env): boolean => env["STATE_isPost"] === "true";

export function readPostState(env: Env): PostState {
  const rollout = env["STATE_rollout"];
  return {
    ended: env["STATE_ended"] === "true",
    rollout: rollout === undefined || rollout === "" ? undefined : rollout,
  };
}

/** Written at once: a process that is killed in the next moment has still said it. */
export function leaveForPost(
  env: Env,
  left: { readonly isPost?: boolean; readonly ended?: boolean; readonly rollout?: string },
): void {
  if (env["GITHUB_STATE"] === undefined) return;
  for (const [name, value] of Object.entries(left)) saveState(name, String(value));
}
