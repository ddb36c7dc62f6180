import type { decisionReasons } from "../../base/reasons/decision-reasons.ts";
import { duration, percent } from "../format.ts";
import { rulesListed } from "../listed.ts";
import type { SentencesOf, Telling } from "../sentences-of.ts";
import { listed, withVerb } from "./phrases.ts";

type Added = { readonly canary?: string; readonly addedTo?: readonly string[] };

const added = ({ canary, addedTo }: Added, { name }: Telling): string =>
  canary === undefined || addedTo === undefined ? "" : ` ${name(canary)} is added to ${listed(addedTo.map(name))}.`;

const annotation = "sluice.dev/rollout";

/** How a pause is left. */
const goOn = (code: Telling["code"], ...commands: readonly string[]): string =>
  `To go on run ${commands.map(code).join(" or ")}; to roll back run ${code("rollback")}.`;

export const decisionSentences: SentencesOf<typeof decisionReasons> = {
  "rollout-started": (data, telling) => `The rollout starts.${added(data, telling)}`,
  "taken-over": (data, telling) =>
    `Takes over from rollout ${telling.name(data.rollout)} at ${percent(data.weight)}.${added(data, telling)}`,
  "drives-on": ({ weight }) => `This run drives the rollout from here on, at ${percent(weight)}.`,
  "follower-catching-up": ({ followers, weight }, { name }) =>
    `${withVerb(followers.map(name), "follows", "follow")} to ${percent(weight)}.`,
  "planned-step": ({ weight }) => `The step to ${percent(weight)}.`,

  "rollback-requested": ({ command, run, found = [] }, { code, name }) =>
    `Rolled back by ${code(command)} in run ${name(run)}.${found.length === 0 ? "" : ` The weights found were ${rulesListed(found, name)}.`}`,
  "job-cancelled": () => "The job was cancelled.",
  "stable-recovered": ({ failed }, { sentence }) => `${sentence(failed)} Stable is ready again.`,
  "owner-gone": ({ run }, { name }) =>
    `${run === undefined ? "The run" : `Run ${name(run)}`}, which drove the rollout, has ended without finishing it.`,
  "deadline-passed": ({ phase, weight }) => `Phase ${phase} (${percent(weight)}) was not decided by its deadline.`,
  "pause-expired": ({ weight, limitMs }) =>
    `The pause at ${percent(weight)} expired: it was not ended within ${duration(limitMs)}.`,
  "command-too-late": ({ command, run, late }, { code, name, sentence }) =>
    `${sentence(late)} ${code(command)} in run ${name(run)} came after it, so the traffic goes back.`,
  "step-rejected": ({ says, follower }, { name, sentence }) =>
    `The cluster refused ${follower === undefined ? "the next step" : `the step of ${name(follower)}`}: ${sentence(says)}`,
  "canary-unready": ({ forMs, says }, { sentence }) =>
    `The canary has had no ready endpoint for ${duration(forMs)}: ${sentence(says)}`,
  "follower-restored": ({ follower }, { name }) =>
    `Another run started the rollback: ${name(follower)} has its original weights.`,
  "follower-lost": ({ follower, says }, { name, sentence }) => `${name(follower)} cannot be moved: ${sentence(says)}`,
  "phase-not-in-plan": ({ phase }) => `The record is in phase ${phase}, which the plan does not have.`,
  inconclusive: ({ weight, policy, verdict }, { code, sentence }) =>
    `${sentence(verdict)} Not decided in time at ${percent(weight)} (${code(`on-inconclusive: ${policy}`)}).`,

  "rollback-blocked": ({ weight, failed }, { sentence }) =>
    `${sentence(failed)} Rollback blocked: stable has no ready endpoint, so the canary keeps ${percent(weight)} until it has.`,
  "rollback-blocked-drifted": ({ says }, { code, sentence }) =>
    `Nothing was written: stable has no ready endpoint, and the weights were changed outside Sluice. ${sentence(says)} Start stable, then run ${code("rollback")} again.`,
  "waiting-for-stable": ({ says }, { sentence }) => `Rollback blocked until stable is ready again: ${sentence(says)}`,
  "stable-still-down": ({ failed, says }, { sentence }) =>
    `${sentence(failed)} Stable is still not ready: ${sentence(says)}`,
  "stable-down-past-deadline": ({ failed }, { sentence }) =>
    `${sentence(failed)} Stable was not ready again by the deadline.`,
  "follower-restoring": ({ followers }, { name }) =>
    `${withVerb(followers.map(name), "goes back to its", "go back to their")} original weights first.`,
  "follower-not-restored": ({ followers, says }, { name, sentence }) =>
    `${withVerb(followers.map(name), "does not have its", "do not have their")} original weights yet: ${says.map(sentence).join(" ")}`,
  "not-all-restored": ({ rolledBack, followers = [], says }, { code, name, sentence }) => {
    const which =
      followers.length === 0 ? "every route has its" : withVerb(followers.map(name), "has its", "have their");
    return `${sentence(rolledBack)} It is not known whether ${which} original weights: ${says.map(sentence).join(" ")} Look there, or run ${code("rollback")} again.`;
  },

  approved: ({ weight, command, run }, { code, name }) =>
    `${percent(weight)} was approved by ${code(command)} in run ${name(run)}.`,
  "promoted-unproven": ({ verdict }, { code, sentence }) =>
    `Promoted without proof (${code("on-inconclusive: promote")}): ${sentence(verdict)}`,
  resumed: ({ weight, command, run }, { code, name }) =>
    `Resumed at ${percent(weight)} by ${code(command)} in run ${name(run)}.`,
  "resumed-watching": ({ weight }) => `Goes on watching ${percent(weight)}.`,
  "paused-person": ({ weight, command, run }, { code, name }) =>
    `Paused at ${percent(weight)} by ${code(command)} in run ${name(run)}. Metrics are not checked while paused. ${goOn(code, "resume")}`,
  "paused-schedule": ({ weight, passed }, { code, sentence }) =>
    `The schedule asks for approval after ${percent(weight)}. ${sentence(passed)} ${goOn(code, "promote")}`,
  "paused-until": ({ weight, passed }, { code, sentence }) =>
    `Reached ${percent(weight)}. ${sentence(passed)} ${goOn(code, "run")}`,
  "beyond-until": ({ weight, until }, { code }) =>
    `The rollout is at ${percent(weight)} already, further than until ${percent(until)}. ${goOn(code, "run")}`,
  "paused-inconclusive": ({ weight, policy, verdict }, { code, sentence }) =>
    `${sentence(verdict)} Paused at ${percent(weight)} (${code(`on-inconclusive: ${policy}`)}). Metrics are not checked while paused. ${goOn(code, "promote", "resume")}`,

  "no-server-time": () => "The API server named no time, so nothing is raised.",
  settling: ({ weight }) => `Waiting until ${percent(weight)} has settled.`,
  holding: ({ weight, leftMs, passed }, { sentence }) =>
    passed === undefined || leftMs === undefined
      ? `Watching ${percent(weight)}.`
      : `${sentence(passed)} The hold lasts for another ${Math.ceil(leftMs / 1000)} s.`,
  "no-verdict": ({ phase }) => `Nothing is known of phase ${phase} yet.`,
  "canary-not-ready": ({ says }, { sentence }) => `The canary is not known to be ready: ${sentence(says)}`,
  finding: ({ refusal, says }, { code, sentence }) => `Not raised, ${code(refusal)}: ${sentence(says)}`,
  "selection-unknown": () => "Nothing is known yet of what would be moved.",
  "not-looked-at": () => "It was not looked at.",
  "follower-unread": ({ follower, says }, { name, sentence }) => `${name(follower)} cannot be read: ${sentence(says)}`,
  "follower-behind": ({ followers }, { name }) =>
    `${withVerb(followers.map(name), "does", "do")} not show the present weight yet.`,
  "follower-unknown": ({ rollout, followers }, { name }) =>
    `Rollout ${name(rollout)} moved ${listed(followers.map(name))} too, and what it shows now is not known.`,

  "preflight-findings": ({ findings }, { text }) => findings.map(text).join("\n"),
  "version-not-ready": ({ side, says }, { sentence }) =>
    `The ${side} version has no ready endpoint: ${sentence(says)} Start it before shifting traffic.`,
  "unexpected-start-weight": ({ share, expected, first, follows, follower }, { name, code }) => {
    const where = follower === undefined ? "" : `${name(follower)}: `;
    const leader = follows === undefined ? "" : ` The route was moved along with ${name(follows)}: look there first.`;
    return `${where}The canary already has ${share}%, not the expected ${expected}%; the first phase would change it to ${first}%. Reset the route, or set ${code(`start-weight: ${share}`)}.${leader}`;
  },
  "first-phase-rejected": ({ says }, { sentence }) =>
    `The cluster refused the first phase: ${sentence(says)} This step was not applied.`,
  "plan-needed": ({ command }, { code }) => `${code(command)} needs the rollout's plan.`,

  superseded: ({ rollout }, { name }) => `A newer run took the route over with rollout ${name(rollout)}.`,
  "replaced-meanwhile": ({ rollout, command }, { name, code }) =>
    `Rollout ${name(rollout)} has taken the route over since. Run ${code(command)} again if it is meant.`,
  "rollout-restarted": ({ rollout }, { name }) => `Rollout ${name(rollout)} has ended and was started again since.`,
  "newer-rollout-ended": ({ rollout }, { name }) => `Rollout ${name(rollout)} started later and has ended meanwhile.`,
  "newer-rollout-active": ({ rollout }, { name }) => `Rollout ${name(rollout)} started later and has the route.`,
  "other-rollout-active": ({ rollout }, { name }) =>
    `Another rollout, ${name(rollout)}, is on the route; this run only continues its own.`,
  "other-rollout-found": ({ found, wanted }, { name }) =>
    `The route carries ${found === undefined ? "no rollout" : `rollout ${name(found)}`}, not ${name(wanted)}. Nothing was written.`,
  "begins-nothing": ({ command }, { code }) =>
    `Another rollout is on the route, and ${code(command)} starts none; only ${code("run")} does.`,
  "nothing-left": ({ stands }, { sentence }) => `${sentence(stands)} Nothing is left to continue.`,
  "rolled-back-by": ({ run, rollback }, { name, sentence }) =>
    `${run === undefined ? "Another run" : `Run ${name(run)}`} rolled it back: ${sentence(rollback)}`,
  "record-of-another-object": (_, { code }) =>
    `The record on the route belongs to an object that was deleted. Check the weights, then remove the annotation ${code(annotation)}.`,

  "no-rollout": () => "The route carries no rollout.",
  "no-rollout-for": ({ command }, { code }) =>
    `There is no rollout on the route to ${command}.${command === "pause" ? "" : ` Start one with ${code("run")}.`}`,
  "nothing-to-roll-back": ({ rollout, revision }, { name }) =>
    `Nothing to roll back: the route carries ${rollout === undefined ? "no rollout" : `rollout ${name(rollout)} of revision ${name(revision ?? "")}`}.`,
  "nothing-to-sweep": ({ stands }, { sentence }) => `Nothing to sweep: ${sentence(stands)}`,
  "no-owner": ({ weight }, { code }) =>
    `No run drives the rollout now; it is left at ${percent(weight)} until a later run goes on (${code("on-cancel: leave")}).`,
  "pause-ended-since": ({ stands }, { sentence }) =>
    `The pause was written, and has been ended since: ${sentence(stands)}`,
  "wrong-status": ({ command, status }, { name }) =>
    command === "pause"
      ? `Only a rollout in progress can be paused; this one is ${name(status)}.`
      : `Only a paused rollout can be resumed; this one is ${name(status)}.`,
  "phase-passed-before-pause": ({ phase, weight }, { code }) =>
    `Phase ${phase} had passed before the pause could be written; the rollout is at ${percent(weight)}. Run ${code("pause")} again.`,
  "phase-just-entered": ({ phase, weight }) =>
    `Phase ${phase} (${percent(weight)}) was entered only just now. Look at it first, then promote again.`,
  "plan-differs": ({ command }, { code }) =>
    `The rollout on the route was started with another plan. ${code(command)} needs the same route, phases, checks and policies.`,
  "command-done": ({ command }, { code }) => `${code(command)} is done; the run that drives the rollout goes on.`,
  "already-promoted": () => "The rollout is promoted already.",
  "already-progressing": () => "The rollout is in progress already.",
  "failed-before": ({ failed }, { code, sentence }) =>
    `The rollout has failed: ${sentence(failed)} It cannot be promoted; start it again with ${code("run")}.`,
  "cannot-go-on": ({ lost }, { code, sentence }) =>
    `The rollout cannot go on: ${sentence(lost)} Roll it back with ${code("rollback")}.`,

  cancelled: (data, { name }) => {
    const whiles = {
      "not-begun": "no rollout of this run has started",
      "another-rollout": `the route carries rollout ${name(data.rollout ?? "")}, not this run's`,
      paused: "the rollout is paused",
      "not-owner": "another run drives the rollout",
      "nothing-written": "this run had not written anything",
    };
    return `Cancelled: ${whiles[data.while]}. Nothing was written.`;
  },
  "cancelled-blocked": ({ failed }, { sentence }) => `Cancelled, but not rolled back: ${sentence(failed)}`,
  "left-on-cancel": (_, { code }) => `Cancelled. The rollout is left as it is (${code("on-cancel: leave")}).`,
  "cancel-time-over": () => "The time after the cancellation was used up.",
  "cancelled-unseen": ({ says }, { sentence }) =>
    `Cancelled before the API server answered: ${sentence(says)} This run wrote nothing.`,
  ready: ({ canary, stable, rules = [], followers = [], rollout, weight }, { name }) => {
    const along = followers.map(
      (one) => `; ${name(one.title)} moves along from ${name(one.stable)} to ${name(one.canary)}`,
    );
    const what =
      canary === undefined || stable === undefined
        ? "nothing stands in the way"
        : `${name(canary)} can take over from ${name(stable)} in ${listed(rules.map(name))}${along.join("")}`;
    const now =
      rollout === undefined || weight === undefined ? "" : `; rollout ${name(rollout)} is at ${percent(weight)} now`;
    return `Ready: ${what}${now}.`;
  },
  "dry-run-waits": ({ says }, { sentence }) => `Dry run: nothing would be written now. ${sentence(says)}`,
  "dry-run-accepted": ({ weight, step }, { sentence }) =>
    `Dry run: the cluster would accept ${percent(weight)}. Nothing was written. ${sentence(step)}`,
  "dry-run-refused": ({ weight, says }, { sentence }) =>
    `The cluster would refuse ${percent(weight)}: ${sentence(says)}`,
  "max-reconciles": ({ says }, { sentence }) =>
    `The turns were used up before the rollout could begin: ${sentence(says)}`,

  "route-absent": ({ title, served }, { name }) =>
    `${name(title)} was not found. Check name and namespace; the cluster serves: ${name(served)}.`,
  "route-gone": ({ says }, { sentence }) => `The route is gone: ${sentence(says)}`,
  "route-deleting": ({ route }, { name }) => `${name(route)} is being deleted. Nothing was written.`,
  "route-unreachable": () => "The route cannot be reached from here.",
  "route-unread": ({ says }, { sentence }) => sentence(says),
  "state-unknown": ({ says }, { code, sentence }) =>
    `Current weights unknown: ${sentence(says)} Run ${code("status")}, then ${code("rollback")} if need be.`,
  "stale-read": () => "The API server answered with an older version of the route.",
  "routes-written-meanwhile": () => "The routes were being written while they were read.",
  "write-rejected": ({ says, weight, triedMs }, { sentence }) => {
    const tried = triedMs === undefined ? "" : ` The rollback was tried for ${duration(triedMs)}.`;
    const stays = weight === undefined ? "" : ` The canary stays at ${percent(weight)}.`;
    return `The cluster refused the step: ${sentence(says)} It was not applied.${tried}${stays}`;
  },
  "too-many-patches": ({ patches, phase, follower, last }, { name, sentence }) => {
    const where = follower === undefined ? ` in phase ${phase ?? ""}` : ` to ${name(follower)}`;
    return `${patches} patches were sent${where}.${last === undefined ? "" : ` The last answer was: ${sentence(last)}`}`;
  },
  "step-altered": ({ says }, { sentence }) =>
    `The cluster changed what was written: ${sentence(says)} An admission webhook may be in the way.`,
  "on-follower": ({ follower, says }, { name, sentence }) => `${name(follower)}: ${sentence(says)}`,
  several: ({ reasons }, { sentence }) => reasons.map(sentence).join(" "),

  "record-unreadable": ({ route, says, weights }, { name, code, sentence }) =>
    `The record on ${name(route)} cannot be read. ${sentence(says)} Check the weights (${rulesListed(weights, name)}), then remove the annotation ${code(annotation)} by hand.`,
  "record-malformed": ({ part }, { code }) => `Its ${code(part)} is not what it should be.`,
  "record-oversized": ({ limitBytes }) => `It is larger than ${limitBytes} bytes.`,
  "record-not-ours": ({ how }) => {
    const hows = {
      "not-json": "It is no JSON.",
      "not-an-object": "It is no JSON object.",
      "forbidden-key": "It holds a forbidden key.",
      rewritten: "It was not written by Sluice.",
    };
    return hows[how];
  },
  "record-format": ({ found, format }, { name }) => `Its format is ${name(found)}, not ${format}.`,
  "record-too-large": ({ limitBytes }, { code }) =>
    `The record would be larger than ${limitBytes} bytes. Select fewer rules with ${code("rule")}, or move fewer routes together.`,
  "newer-reason": ({ reasonCode }, { code }) => `Reason ${code(reasonCode)}, written by a newer version of Sluice.`,
  "details-dropped": ({ reasonCode }, { code }) => `Reason ${code(reasonCode)}; the record has no details of it.`,

  "canary-was-added": ({ canary, rules, rollout }, { name, code }) => {
    const stays = rollout === "rolled-back" ? "and stays there with its original weight" : "and stays there";
    return `${name(canary)} was added to ${listed(rules.map(name))} by this rollout, ${stays} (${code("create-destination")}).`;
  },
  "others-kept": ({ destinations }, { name, code }) =>
    `${withVerb(destinations.map(name), "keeps its weight", "keep their weights")}; stable alone makes room for the canary (${code("others: fixed")}).`,
  "flux-paused": ({ rollout }, { code }) =>
    rollout === "runs"
      ? `Flux is kept from the route until the rollout ends (${code("gitops: pause-flux")}).`
      : `Flux was kept from the route while the rollout ran (${code("gitops: pause-flux")}).`,
  "dry-run-patch": ({ follower }, { name }) =>
    `This patch would be sent${follower === undefined ? "" : ` to ${name(follower)}`}:`,
  "restore-by-hand": () => "To restore what is left, and to remove the record:",

  said: ({ text }, { words }) => words(text),
};
