export const commands = ["run", "promote", "rollback", "pause", "resume", "status", "preflight", "sweep"] as const;

export type Command = (typeof commands)[number];
