import type { driftReasons } from "../../base/reasons/drift-reasons.ts";
import { duration, instant, percent } from "../format.ts";
import { listed, rulesListed, weightsListed } from "../listed.ts";
import type { SentencesOf } from "../sentences-of.ts";
import { restored } from "./phrases.ts";

const byHand = "Sluice has stopped and changes nothing. Check the weights, and set them by hand if need be.";

export const driftSentences: SentencesOf<typeof driftReasons> = {
  "rollout-drifted": ({ found }, { code, sentence }) =>
    `${sentence(found)} Sluice has stopped and changes nothing. To go back to the original weights run ${code("rollback")}; to keep these weights remove the annotation ${code("sluice.dev/rollout")}.`,
  "weights-reverted": ({ found, tools, afterMs }, { name, sentence }) =>
    `${sentence(found)} That was within ${duration(afterMs)} of the last patch of Sluice: ${restored(tools.map(name))}.`,
  "record-came-back": ({ rollout }, { name }) => `The record of the earlier rollout ${name(rollout)} has come back.`,
  "first-write-unsure": ({ rollout, status }, { name }) => {
    const there = rollout === undefined ? "no record" : `the record of rollout ${name(rollout)}`;
    const ended = status === undefined ? "" : `, which is ${name(status)}`;
    return `The answer to this run's first write was lost, and the route has changed since and carries ${there}${ended}: it is not known whether that write landed. Nothing is started a second time. Check the weights, and start the rollout again.`;
  },
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
  "route-changed": ({ object, managers, differences, keptBy }, { name, sentence }) => {
    const who = managers.length === 0 ? "an unknown field manager" : listed(managers.map(name));
    const kept = keptBy.length === 0 ? "" : ` It is kept by ${keptBy.join(" and ")}: see the notes.`;
    return `${name(object)} was changed by ${who}: ${differences.slice(0, shown).map(sentence).join(" ")}${kept}`;
  },
  "written-differently": ({ object, differences }, { name, sentence }) =>
    `${name(object)} is not what was written: ${differences.slice(0, shown).map(sentence).join(" ")}`,
  "rules-gone": ({ object, rules }, { name }) =>
    `${listed(rules.map(name))} of ${name(object)} no longer ${rules.length === 1 ? "exists" : "exist"}.`,
  "rule-weights-differ": ({ rule, wanted, shown: found }, { name }) =>
    `${name(rule)} should show ${weightsListed(wanted, name)} and shows ${weightsListed(found, name)}.`,
  "rule-destinations-changed": ({ rule, gone, gained, unreadable }, { name }) => {
    const parts = [
      ...(gone.length === 0 ? [] : [`no longer sends to ${listed(gone.map(name))}`]),
      ...(unreadable === undefined ? [] : ["holds a destination that cannot be read"]),
      ...(gained.length === 0 ? [] : [`sends to ${listed(gained.map(name))}, which the record does not know`]),
    ];
    return `${name(rule)} ${parts.join(" and ")}.`;
  },
  "canary-not-added": ({ rule, canary }, { name }) => `${name(rule)} does not send to ${name(canary)}.`,
  "annotation-altered": ({ annotation, found }, { name }) =>
    `The annotation ${name(annotation)} ${found === "nothing" ? "is missing" : "is not the one that was written"}.`,
  "record-missing": ({ object, writtenAt, rules }, { name }) =>
    `The record of a rollout is gone from ${name(object)}, which still splits traffic as Sluice wrote it at ${instant(writtenAt)}: ${rulesListed(rules, name)}. ` +
    "Without the record the original weights are not known, so nothing was written. Send all traffic to the version that is to stay, or apply these weights with another field manager to keep them: the notes have the commands, and each of them ends this message.",
};

/** More differences than this say no more. */
const shown = 20;
