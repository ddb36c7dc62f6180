import type { Plan } from "../rollout/plan.ts";

/** What is asked for, without the ids that are made from it. */
export type Unsigned = Omit<Plan, "rollout" | "digest" | "revision">;

/**
 * The plan with its ids. The digest is that of the plan as it was resolved: how it was written, and in which order, makes
 * no difference. The rollout's id is this plan for this revision, short enough to be read out.
 */
export async function sign(plan: Unsigned, revision: string): Promise<Plan> {
  // Loaded late: a refusal needs no digest, and should come at once.
  const { createHash } = await import("node:crypto");
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  // What a person overrides or allows says nothing of what is rolled out: a run that was refused once goes on as the same rollout.
  const { force: _, createDestination: __, pauseFlux: ___, ...target } = plan.target;
  const digest = hash(canonicalPlan({ ...plan, target }));
  return { rollout: hash(`${digest}\n${revision}`).slice(0, 12), digest, revision, ...plan };
}

/** JSON with sorted keys and without the keys that hold nothing. */
export function canonicalPlan(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalPlan).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalPlan(inner)}`).join(",")}}`;
}
