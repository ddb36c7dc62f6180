import type { Clock } from "../base/clock.ts";
import { sameReason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import type { Progress, Reporter, TimelineEntry } from "../ports/reporter.ts";
import { saying } from "../text/escape.ts";
import { readsBack, verdictWord } from "./status-text.ts";

/** The longest that one telling may take, and the longest that the last one is waited for. */
const tellLimitMs = 20_000;
/** When the run ends, a telling that is still under way has this long before the last one takes its place. */
const lingerMs = 5_000;
/** A run of six hours that changes its mind every turn stays within this many moments. */
const mostMoments = 500;

export type ReporterDispatcher = {
  /** Tells every reporter, beside whatever comes next. Never throws, never waits. */
  tell(progress: Progress): void;
  /**
   * Tells the last word and waits for it, `limitMs` at most. `only`: the reporters by name, where time is short. Returns
   * what was told, with all that the office keeps.
   */
  finish(
    progress: Progress,
    options?: { readonly only?: readonly string[]; readonly limitMs?: Millis },
  ): Promise<Progress>;
  /** What this run has seen so far. */
  timeline(): readonly TimelineEntry[];
};

type DispatcherOptions = {
  readonly clock: Clock;
  /** One line of the log. */
  readonly log: (line: string) => void;
};

/** What one telling is in a timeline. */
function momentOf(progress: Progress): TimelineEntry {
  const record = progress.state;
  // A turn that saw nothing knows of no weight: what the record said last may have changed.
  const isBlind = progress.kind === "trouble" && progress.outcome === undefined;
  return {
    at: progress.at,
    phase: progress.outcome?.phase ?? record?.phase ?? null,
    weight: isBlind ? null : (progress.outcome?.weight ?? record?.weight ?? null),
    verdict: verdictWord(progress),
    reason: (progress.outcome ?? progress).reason,
    committed: progress.kind === "commit",
  };
}

/** A step, an end, or a change of what is known: not every look that found the same. */
function isNews(progress: Progress, moment: TimelineEntry, last: TimelineEntry | undefined): boolean {
  if (last === undefined || progress.kind === "commit") return true;
  const same = moment.phase === last.phase && moment.weight === last.weight && moment.verdict === last.verdict;
  return !same || (progress.kind === "finish" && !sameReason(moment.reason, last.reason));
}

/** Why a wait or a telling is called off. One for all: an error of its own for every turn is work for nobody. */
const settled = new Error("this update has been told");

/** One reporter's desk: at most one telling at a time, and of what waits only the newest. */
function deskOf(reporter: Reporter, { clock, log }: DispatcherOptions) {
  let waiting: Progress | undefined;
  let current: { readonly done: Promise<void>; readonly drop: AbortController } | undefined;

  async function tellOne(progress: Progress, drop: AbortController): Promise<void> {
    const over = new AbortController();
    const telling = (async () => reporter.tell(progress, drop.signal))().then(
      () => undefined,
      // What a dropped telling has to say comes too late for anyone.
      (error: unknown) => (drop.signal.aborted ? undefined : log(`${reporter.name}: ${saying(error)}`)),
    );
    const late = clock.sleep(tellLimitMs, over.signal).then(() => {
      if (over.signal.aborted || drop.signal.aborted) return;
      log(`${reporter.name}: not done within ${tellLimitMs / 1000} s; this update is dropped`);
    });
    const dropped = new Promise<void>((resolve) =>
      drop.signal.addEventListener("abort", () => resolve(), { once: true }),
    );
    await Promise.race([telling, late, dropped]);
    over.abort(settled);
    drop.abort(settled);
  }

  function next(): void {
    if (current !== undefined || waiting === undefined) return;
    const progress = waiting;
    waiting = undefined;
    const drop = new AbortController();
    const done = tellOne(progress, drop).then(() => {
      current = undefined;
      next();
    });
    current = { done, drop };
  }

  return {
    name: reporter.name,
    tell(progress: Progress): void {
      waiting = progress;
      next();
    },
    async finish(progress: Progress): Promise<void> {
      waiting = progress;
      if (current === undefined) {
        next();
      } else {
        const under = current;
        const over = new AbortController();
        await Promise.race([under.done, clock.sleep(lingerMs, over.signal)]);
        over.abort();
        under.drop.abort();
        await under.done;
      }
      await current?.done;
    },
    drop(): void {
      waiting = undefined;
      current?.drop.abort();
    },
  };
}

/** Tells all reporters beside the loop. Nothing that a reporter does, or fails to do, reaches whoever tells. */
export function openDispatcher(reporters: readonly Reporter[], options: DispatcherOptions): ReporterDispatcher {
  const desks = reporters.map((reporter) => deskOf(reporter, options));
  const moments: TimelineEntry[] = [];
  let lastSeen: Progress["lastSeen"];
  let sight: Progress["sight"];
  let step: Progress | undefined;

  function completed(progress: Progress): Progress {
    if (progress.kind === "commit") step = progress;
    // A run reads its last step back before it ends, and measures nothing then: the step's own judgement is the end's.
    const isReadBack = readsBack(progress, step);
    const judged = progress.judged ?? (isReadBack ? step?.judged : undefined);
    sight = progress.sight ?? sight;
    if (progress.state !== undefined) lastSeen = { state: progress.state, at: progress.at };
    const moment = momentOf(progress);
    if (!isReadBack && isNews(progress, moment, moments.at(-1))) moments.push(moment);
    // The first moment is where the rollout began: it stays.
    if (moments.length > mostMoments) moments.splice(1, 1);
    return {
      ...progress,
      timeline: [...moments],
      ...(lastSeen === undefined ? {} : { lastSeen }),
      ...(sight === undefined ? {} : { sight }),
      ...(judged === undefined ? {} : { judged }),
    };
  }

  return {
    tell(progress) {
      const told = completed(progress);
      for (const desk of desks) desk.tell(told);
    },
    async finish(progress, { only, limitMs = tellLimitMs } = {}) {
      const told = completed(progress);
      const chosen = desks.filter((desk) => only === undefined || only.includes(desk.name));
      for (const desk of desks) if (!chosen.includes(desk)) desk.drop();
      const open = new Set(chosen);
      const over = new AbortController();
      const late = options.clock.sleep(limitMs, over.signal).then(() => {
        if (over.signal.aborted) return;
        const missing = [...open].map((desk) => desk.name).join(", ");
        options.log(`${missing}: not done within ${limitMs / 1000} s of the end; the last update is dropped`);
        for (const desk of open) desk.drop();
      });
      const all = chosen.map((desk) => desk.finish(told).then(() => open.delete(desk)));
      await Promise.race([Promise.all(all), late]);
      over.abort();
      return told;
    },
    timeline: () => [...moments],
  };
}
