import type { driftReasons } from "../../base/reasons/drift-reasons.ts";
import { duration, percent } from "../format.ts";
import type { SentencesOf } from "../sentences-of.ts";
import { restored } from "./phrases.ts";

const byHand = "Sluice has stopped and changes nothing. Check the weights, and set them by hand if need be.";

export const driftSentences: SentencesOf<typeof driftReasons> = {
  drifted: ({ found }, { code, sentence }) =>
    `${sentence(found)} Sluice has stopped and changes nothing. To go back to the original weights run ${code("rollback")}; to keep these weights remove the annotation ${code("sluice.dev/rollout")}.`,
  "weights-reverted": ({ found, tools, afterMs }, { name, sentence }) =>
    `${sentence(found)} That was within ${duration(afterMs)} of the last patch of Sluice: ${restored(tools.map(name))}.`,
  "record-came-back": ({ rollout }, { name }) => `The record of the earlier rollout ${name(rollout)} has come back.`,
  "first-write-unsure": ({ rollout, status }, { name }) => {
    const there = rollout === undefined ? "no record" : `the record of rollout ${name(rollout)}`;
    const ended = status === undefined ? "" : `, which is ${name(status)}`;
    return `The answer to this run's first write was lost, and the route has changed since and carries ${there}${ended}: it is not known whether that write landed. Nothing is started a second time. Check the weights, and start the rollout again.`;
  },
  "record-missing": ({ found }, { sentence }) => sentence(found),
  "record-removed": ({ weight, decided }, { sentence }) =>
    `${decided === undefined ? "" : `${sentence(decided)} `}The record was removed from the route at ${percent(weight)}, and this run still knows the original weights.`,
  "record-not-restored": ({ says }, { sentence, code }) =>
    `The record was removed from the route, and could not be put back with the original weights: ${sentence(says)} Run ${code("status")} to see what the route shows.`,
  "record-vanished": ({ shows, tools = [] }, { name }) => {
    switch (shows) {
      case "original": {
        const by = tools.length === 0 ? "" : `: ${restored(tools.map(name))}`;
        return `The record has vanished from the route, which shows the original weights${by}. There is nothing left to roll back, and nothing was written.`;
      }
      case "other":
        return `The record has vanished from the route, and its weights are not the recorded ones, so Sluice does not know whose they are. ${byHand}`;
      case "unknown":
        return `The record has vanished from the route, so Sluice does not know its original weights. ${byHand}`;
    }
  },
  "follower-gone": ({ follower, says }, { name, sentence }) => `${name(follower)} is gone: ${sentence(says)}`,
  "follower-recreated": ({ follower }, { name }) =>
    `${name(follower)} is gone: it was deleted and created again since the rollout started.`,
  "follower-taken": ({ follower, holder }, { name }) =>
    `${name(follower)} follows ${name(holder.route)} now (rollout ${name(holder.rollout)}).`,
  "follower-in-other-phase": ({ follower, phase, recordPhase }, { name }) =>
    `${name(follower)} shows the weights of another phase (${phase}, the record is in ${recordPhase}).`,
  "follower-unstamped": ({ follower }, { name, code }) =>
    `${name(follower)} has the weights of this rollout, and not its annotation ${code("sluice.dev/follows")}.`,
};
