import type { Problem } from "../base/problem.ts";
import type { Progress, TimelineEntry, VerdictWord } from "../ports/reporter.ts";
import type { DestinationId, State } from "../rollout/rollout-state.ts";
import { forLog } from "../text/escape.ts";
import { clockTime, columns, duration, percent } from "../text/format.ts";
import { textOf } from "../text/index.ts";

/** How a foreign string enters a text: one way for the log, another for Markdown. */
export type Say = (foreign: string, cap?: number) => string;

/** The record that a text can speak of: the one just read, else the last one that was. */
export const recordOf = (progress: Progress): State | undefined => progress.state ?? progress.lastSeen?.state;

/** The shortest word that tells a destination apart: its subset, else its host's first label. */
function shortName(id: DestinationId, withPort: boolean): string {
  const [, host = id, subset, port] = /^([^/:]*)(?:\/([^:]*))?(?::(\d+))?$/.exec(id) ?? [];
  const name = subset ?? host.split(".")[0] ?? host;
  return withPort && port !== undefined ? `${name}:${port}` : name;
}

/** A short name for each destination that no other one of them has. */
export function shortNames(ids: readonly DestinationId[]): ReadonlyMap<DestinationId, string> {
  const ways = [(id: string) => shortName(id, false), (id: string) => shortName(id, true)];
  const all = [...new Set(ids)];
  return new Map(
    all.map((id) => {
      const way = ways.find((short) => all.every((other) => other === id || short(other) !== short(id)));
      return [id, way?.(id) ?? id];
    }),
  );
}

export function names(progress: Progress): { readonly stable: string; readonly canary: string } {
  const record = recordOf(progress);
  const target = progress.plan?.target;
  const stable = record?.stable ?? target?.stable ?? "stable";
  const canary = record?.canary ?? target?.canary ?? "canary";
  const alike = shortName(stable, false) === shortName(canary, false);
  return { stable: shortName(stable, alike), canary: shortName(canary, alike) };
}

export function verdictWord(progress: Progress): VerdictWord {
  switch (progress.judged?.kind) {
    case "fail":
      return "fail";
    case "pass":
      return "pass";
    case "inconclusive":
      return "undecided";
    case undefined:
      return "none";
  }
}

/** One word for where a turn stands: how it ended, what became of the rollout, or what the metrics say. */
export function stands(progress: Progress): string {
  if (progress.outcome !== undefined) return progress.outcome.name;
  if (progress.kind === "trouble") return "unknown";
  const status = progress.state?.status ?? "progressing";
  if (status !== "progressing") return status;
  const verdict = verdictWord(progress);
  return verdict === "none" ? "watching" : verdict;
}

/** Nobody knows what serves: the last read of the route failed. */
export function isUnknown(progress: Progress): boolean {
  const { outcome } = progress;
  if (outcome === undefined) return progress.kind === "trouble";
  if (outcome.weight !== undefined || progress.state !== undefined) return false;
  switch (outcome.name) {
    case "none":
    case "ready":
    case "refused":
    case "drifted":
      return false;
    case "cancelled":
      return progress.lastSeen !== undefined;
    default:
      return outcome.code !== "route-gone";
  }
}

function shares(progress: Progress, state: State, weight: number, say: Say): string {
  const { stable, canary } = names(progress);
  const others = Math.max(0, ...state.rules.filter((rule) => !rule.atHome).map((rule) => rule.destinations.length - 2));
  const rest = percent(100 - weight);
  if (others === 0) return `${say(canary)} (canary) serves ${percent(weight)}, ${say(stable)} (stable) serves ${rest}`;
  const more = others === 1 ? "1 further destination" : `${others} further destinations`;
  return `${say(canary)} (canary) serves ${percent(weight)}; ${say(stable)} (stable) and ${more} share the other ${rest}`;
}

/** The one statement of what serves how much now. */
export function serving(progress: Progress, say: Say): string {
  const { outcome, lastSeen } = progress;
  if (isUnknown(progress)) {
    const before =
      lastSeen === undefined
        ? ""
        : ` Last seen at ${clockTime(lastSeen.at)} UTC: ${shares(progress, lastSeen.state, lastSeen.state.weight, say)}.`;
    return `Nobody knows what serves now: the last read of the route failed.${before}`;
  }
  if (outcome?.code === "route-gone") return "The route is gone, so nothing is served through it.";
  if (outcome?.code === "record-missing")
    return "The weights of a rollout serve that no record names any more; Sluice wrote nothing over them.";
  if (outcome?.name === "drifted")
    return "Somebody else has moved the weights. What they set is what serves now; Sluice wrote nothing over it.";
  const state = progress.state;
  if (state === undefined) return "Sluice has moved nothing: the route serves as it did.";
  const now = shares(progress, state, outcome?.weight ?? state.weight, say);
  if (outcome?.name === "superseded") return `Rollout ${say(state.rollout)} drives the route now: ${now}.`;
  return `Now ${now}.`;
}

/** Ends that stand in the record. Whatever else ends a run, as weights that somebody moved, is news. */
const recordedEnds: readonly string[] = ["promoted", "rolled-back", "paused", "reached", "held"];

/** Whether an end only reads back the step that this run took last. */
export function readsBack(end: Progress, step: Progress | undefined): boolean {
  const [now, then] = [end.state, step?.state];
  if (end.outcome === undefined || now === undefined || then === undefined) return false;
  if (!recordedEnds.includes(end.outcome.name)) return false;
  const same = now.rollout === then.rollout && now.phase === then.phase && now.status === then.status;
  // A record keeps only so much of a reason: read back, a long one says less.
  return same && then.reason.code === now.reason.code;
}

/** As `phase 2 of 4`. */
export function phaseWords(progress: Progress): string {
  const phase = progress.outcome?.phase ?? recordOf(progress)?.phase;
  if (phase === undefined) return "no phase";
  const count = progress.plan?.phases.length;
  return count === undefined || count < phase ? `phase ${phase}` : `phase ${phase} of ${count}`;
}

/** One line a turn: time, phase, weight, verdict, reason. */
export function turnLine(progress: Progress, because = textOf(progress.reason)): string {
  const weight = isUnknown(progress) ? undefined : (progress.outcome?.weight ?? progress.state?.weight);
  const next =
    progress.kind === "wait" && progress.waitMs !== undefined ? ` (next turn in ${duration(progress.waitMs)})` : "";
  const [line = ""] = columns([
    [
      `${clockTime(progress.at)} UTC`,
      phaseWords(progress),
      (weight === undefined ? "?" : percent(weight)).padStart(4),
      stands(progress).padEnd(11),
      forLog(because, 600) + next,
    ],
  ]);
  return line;
}

/** What a group of the log is called. */
export function groupTitle(progress: Progress): string {
  const state = progress.state;
  if (state === undefined) return "Before the first phase";
  const phase = progress.plan?.phases[state.phase - 1];
  const hold = phase === undefined ? "" : `, watched for at least ${duration(phase.holdMs)}`;
  const words = phaseWords(progress);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}: ${percent(phase?.weight ?? state.weight)}${hold}`;
}

/** The timeline of a run as a table. Empty where nothing happened. */
export function timelineLines(moments: readonly TimelineEntry[]): string[] {
  if (moments.length === 0) return [];
  const rows = moments.map((moment) => [
    clockTime(moment.at),
    moment.phase === null ? "–" : String(moment.phase),
    moment.weight === null ? "?" : percent(moment.weight),
    moment.verdict === "none" ? "–" : moment.verdict,
    forLog(textOf(moment.reason), 300),
  ]);
  return columns([["time UTC", "phase", "weight", "verdict", "reason"], ...rows]);
}

function placeOf({ place, code }: Problem): string {
  if (place?.file !== undefined) {
    const line =
      place.line === undefined ? "" : `:${place.line}${place.column === undefined ? "" : `:${place.column}`}`;
    return forLog(place.file, 200) + line;
  }
  if (place?.input !== undefined) return `input ${forLog(place.input, 80)}`;
  return place?.path === undefined ? code : forLog(place.path, 120);
}

/** All problems at once, each with its place and its remedy. */
export function problemLines(problems: readonly Problem[]): string[] {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const rows = problems.map((problem, at) => [`  ${at + 1}. ${placeOf(problem)}`, forLog(problem.message, 2000)]);
  return [`Sluice cannot start: ${count}. Nothing was written.`, ...columns(rows)];
}

/** A route as the input `route` takes it, as `shop/virtualservice/reviews`. */
