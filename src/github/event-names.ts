/** Events on which a command may write by themselves: what starts them needs the right to write to this repository. */
const trustedEvents = [
  "push",
  "workflow_dispatch",
  "repository_dispatch",
  "schedule",
  "release",
  "deployment",
  "merge_group",
  "pull_request",
] as const;

/** Events on which a command may write where the step says so. No other event can be allowed. */
export const allowableEvents = ["check_suite", "registry_package", "create", "deployment_status"] as const;
export type AllowableEvent = (typeof allowableEvents)[number];

export const isTrusted = (event: string): boolean => trustedEvents.some((one) => one === event);
export const isAllowable = (event: string): event is AllowableEvent => allowableEvents.some((one) => one === event);
