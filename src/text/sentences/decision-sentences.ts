import type { decisionReasons } from "../../base/reasons/decision-reasons.ts";
import type { SentencesOf } from "../sentences-of.ts";

const share = (weight: number): string => `${Number(weight.toFixed(1))}%`;

export const decisionSentences: SentencesOf<typeof decisionReasons> = {
  "rollout-started": (data, { name }) =>
    data.canary === undefined || data.addedTo === undefined
      ? "The rollout starts."
      : `The rollout starts; ${name(data.canary)} is added to ${data.addedTo.map(name).join(", ")}.`,
  "taken-over": (data, { name }) => `Takes over from rollout ${name(data.rollout)} at ${share(data.weight)}.`,
  "deadline-passed": ({ phase, weight }) => `Phase ${phase} (${share(weight)}) was not decided by its deadline.`,
  "pause-expired": ({ weight, limitMs }) => `The pause at ${share(weight)} expired after ${limitMs / 86_400_000} d.`,
  "paused-inconclusive": ({ weight, policy, verdict }, { code, sentence }) =>
    `${sentence(verdict)} Paused at ${share(weight)} (${code(`on-inconclusive: ${policy}`)}). Metrics are not checked while paused.`,
  "newer-reason": ({ reasonCode }, { code }) => `Reason ${code(reasonCode)}, written by a newer version of Sluice.`,
};
