import { createHash } from "node:crypto";
import type { Plan } from "../rollout/plan.ts";

/** What is asked for, without the ids that are made from it. */
export type Unsigned = Omit<Plan, "rollout" | "digest" | "revision">;

/** A digest of the plan as it was resolved: how it was written, and in which order, makes no difference. */
export function digestOf(plan: Unsigned): string {
  return createHash("sha256").update(canonical(plan)).digest("hex");
}

/** The rollout's id: this plan for this revision, short enough to be read out. */
export function rolloutOf(digest: string, revision: string): string {
  return createHash("sha256").update(`${digest}\n${revision}`).digest("hex").slice(0, 12);
}

/** JSON with sorted keys and without the keys that hold nothing. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(",")}}`;
}
