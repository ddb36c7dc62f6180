import type { decisionReasons } from "../../base/reasons/decision-reasons.ts";
import { percent } from "../format.ts";
import type { SentencesOf } from "../sentences-of.ts";

export const decisionSentences: SentencesOf<typeof decisionReasons> = {
  "rollout-started": (data, { name }) =>
    data.canary === undefined || data.addedTo === undefined
      ? "The rollout starts."
      : `The rollout starts; ${name(data.canary)} is added to ${data.addedTo.map(name).join(", ")}.`,
  "taken-over": (data, { name }) => `Takes over from rollout ${name(data.rollout)} at ${percent(data.weight)}.`,
  "deadline-passed": ({ phase, weight }) => `Phase ${phase} (${percent(weight)}) was not decided by its deadline.`,
  "pause-expired": ({ weight, limitMs }) => `The pause at ${percent(weight)} expired after ${limitMs / 86_400_000} d.`,
  "paused-inconclusive": ({ weight, policy, verdict }, { code, sentence }) =>
    `${sentence(verdict)} Paused at ${percent(weight)} (${code(`on-inconclusive: ${policy}`)}). Metrics are not checked while paused.`,
  "newer-reason": ({ reasonCode }, { code }) => `Reason ${code(reasonCode)}, written by a newer version of Sluice.`,
};
