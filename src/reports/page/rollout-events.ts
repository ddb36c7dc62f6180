import type { Millis, Percent } from "../../base/units.ts";
import type { Progress, TimelineEntry } from "../../ports/reporter.ts";
import type { OutcomeName } from "../../rollout/outcome.ts";
import type { Note } from "../../rollout/rollout-state.ts";
import { textOf } from "../../text/index.ts";
import { isUnknown, recordOf } from "../status-text.ts";

/** A moment as a rehearsal tells it: it knows who acted. */
export type Happening = TimelineEntry & { readonly who?: string; readonly said?: string };

export type EventKind = "step" | "command" | "pause" | "back" | "end" | "drift" | "unseen" | "world" | "verdict";

/** One thing that happened, as it stands in the list of decisions and as a mark in the charts. */
export type PageEvent = {
  readonly at: Millis;
  /** Where it lasted. */
  readonly until?: Millis;
  readonly kind: EventKind;
  readonly title: string;
  readonly because: string;
  readonly phase: number | null;
  readonly weight: Percent | null;
};

/** Where the weight went, and when. */
export type WeightStep = { readonly at: Millis; readonly weight: Percent };

const verdictTitles: Readonly<Record<TimelineEntry["verdict"], string>> = {
  pass: "The metrics pass",
  fail: "The metrics fail",
  undecided: "Undecided",
  none: "Watching",
};

const percent = (weight: number) => `${Number(weight.toFixed(1))}%`;

type Titled = { readonly kind: EventKind; readonly title: string };

/** What a note of the record says was done: how it differs from the note before it. */
function stepOf(note: Note, before: Note | undefined): Titled {
  switch (note.status) {
    case "rolled-back":
      return { kind: "back", title: "Taken back" };
    case "promoted":
      return { kind: "end", title: "Promoted" };
    case "held":
      return { kind: "back", title: `Failed, held at ${percent(note.weight)}` };
    case "paused":
      return { kind: "pause", title: `Paused at ${percent(note.weight)}` };
    case "progressing":
      if (before === undefined || before.status === "rolled-back" || before.status === "promoted")
        return { kind: "step", title: `Begun with ${percent(note.weight)}` };
      if (note.weight !== before.weight) return { kind: "step", title: `On to ${percent(note.weight)}` };
      return { kind: "command", title: `Resumed at ${percent(note.weight)}` };
  }
}

/** The same decision is in the record and in the run's own timeline: a second apart at most, since servers count in whole ones. */
const isTold = (moment: Happening, notes: readonly Note[]): boolean =>
  moment.committed && notes.some(({ at }) => moment.at !== undefined && Math.abs(at - moment.at) <= 2_000);

function happened(moment: Happening): Titled {
  if (moment.who === "world") return { kind: "world", title: "From outside" };
  if (moment.said !== undefined) return { kind: "command", title: `Command: ${moment.said}` };
  if (moment.weight === null) return { kind: "unseen", title: "The route could not be read" };
  return { kind: "verdict", title: verdictTitles[moment.verdict] };
}

/** Stretches in which the source showed nothing of stable: each is one failed look, however many steps of the grid it took. */
function unseenStretches({ judged }: Progress): PageEvent[] {
  const events: PageEvent[] = [];
  let last: { from: Millis; to: Millis; phase: number; weight: number } | undefined;
  const close = () => {
    if (last === undefined) return;
    const { from, to, phase, weight } = last;
    const because = "the metric source showed no series of the stable version; without data nothing passes";
    events.push({ at: from, until: to, kind: "unseen", title: "No data", because, phase, weight });
    last = undefined;
  };
  for (const look of judged?.numbers?.looks ?? []) {
    // Where all traffic is on the canary nothing of stable is to be seen.
    if (look.seen || look.settling || look.weight >= 100) close();
    else last = { from: last?.from ?? look.from, to: look.to, phase: look.phase, weight: look.weight };
  }
  close();
  return events;
}

const endings: Partial<Record<OutcomeName, Titled>> = {
  drifted: { kind: "drift", title: "Somebody else moved the weights" },
  superseded: { kind: "end", title: "A newer rollout has taken over" },
  failed: { kind: "drift", title: "Stopped with an error" },
  cancelled: { kind: "command", title: "Cancelled" },
};

const recordMissing: Titled = { kind: "drift", title: "The record of the rollout is gone" };

/** Ends that stand in no record. */
function ending({ outcome, at }: Progress): PageEvent[] {
  const titled = outcome?.code === "record-missing" ? recordMissing : endings[outcome?.name ?? "none"];
  if (outcome === undefined || titled === undefined || at === undefined) return [];
  const { reason, phase = null, weight = null } = outcome;
  return [{ at, ...titled, because: textOf(reason), phase, weight }];
}

/** Everything that happened, oldest first: the record's decisions, what this run saw besides, and how it ended. */
export function eventsOf(
  progress: Progress,
  moments: readonly Happening[] = progress.timeline ?? [],
): readonly PageEvent[] {
  const notes = recordOf(progress)?.notes ?? [];
  const steps = notes.map((note, i): PageEvent => {
    const { at, phase, weight, reason } = note;
    const said = moments.find((moment) => isTold(moment, [note]))?.said;
    const step = stepOf(note, notes[i - 1]);
    const titled = said === undefined ? step : { kind: "command" as const, title: `${step.title}, by ${said}` };
    return { at, ...titled, because: textOf(reason), phase, weight };
  });
  const others = moments.flatMap((moment): PageEvent[] => {
    const { at, phase, weight, reason, verdict, who } = moment;
    if (at === undefined || isTold(moment, notes)) return [];
    // Right after a step a turn only says that it settles.
    if (verdict === "none" && who !== "world" && moment.said === undefined && weight !== null) return [];
    return [{ at, ...happened(moment), because: textOf(reason), phase, weight }];
  });
  const end = ending(progress);
  const isEnd = (event: PageEvent) =>
    end.some(({ at, because }) => event.kind === "verdict" && event.at === at && event.because === because);
  const all = [...steps, ...others.filter((event) => !isEnd(event)), ...unseenStretches(progress), ...end];
  return fewer(all.filter((event) => !isEcho(event, all)).toSorted((a, b) => a.at - b.at));
}

/** A command that is told by what it did need not be told as given. */
const isEcho = ({ kind, at, because }: PageEvent, all: readonly PageEvent[]): boolean =>
  kind === "world" &&
  because.startsWith("somebody gives the command") &&
  all.some((other) => other.kind === "command" && Math.abs(other.at - at) <= 2_000);

/** A run of six hours that changes its mind at every look has too much to tell: what was done stays, and the newest of what was thought. */
const mostEvents = 160;

function fewer(all: readonly PageEvent[]): readonly PageEvent[] {
  const thoughts = all.filter(({ kind }) => kind === "verdict");
  const dropped = new Set(thoughts.slice(0, Math.max(0, all.length - mostEvents)));
  return all.filter((event) => !dropped.has(event)).slice(-mostEvents);
}

/** The weight over time, as far as record and run know it. */
export function weightsOf(
  progress: Progress,
  moments: readonly Happening[] = progress.timeline ?? [],
): readonly WeightStep[] {
  const state = recordOf(progress);
  if (state === undefined) return [];
  const entered = state.entered.map((at, i) => ({ at, weight: progress.plan?.phases[i]?.weight ?? null }));
  const seen = [...state.notes, ...moments].map(({ at, weight }) => ({ at, weight }));
  const known = [...entered, ...seen].filter(
    (one): one is WeightStep => one.at !== undefined && one.weight !== null && one.at >= state.startedAt,
  );
  const steps: WeightStep[] = [{ at: state.startedAt, weight: 0 }];
  for (const { at, weight } of known.toSorted((a, b) => a.at - b.at)) {
    if (steps.at(-1)?.weight !== weight) steps.push({ at, weight });
  }
  const end = endOf(progress);
  const last = steps.at(-1);
  if (last !== undefined && end > last.at && !isUnknown(progress)) steps.push({ at: end, weight: last.weight });
  return steps;
}

/** The last moment that the page speaks of. */
export function endOf(progress: Progress): Millis {
  const state = recordOf(progress);
  const ended = state?.status === "promoted" || state?.status === "rolled-back" ? state.endedAt : undefined;
  return ended ?? progress.at ?? progress.lastSeen?.at ?? state?.entered.at(-1) ?? 0;
}
