import type { Millis } from "../../base/units.ts";
import { freeze } from "../calibrate.ts";
import {
  type Columns,
  columnsOf,
  firstPoint,
  isStableSeen,
  nextPoint,
  pairsOf,
  type ScrapeKnowledge,
} from "../counter-increments.ts";
import { addToLedger, enterPhase, type Ledger, openLedger } from "../evidence-ledger.ts";
import { lookAt, processesOf } from "../intervals-from-counters.ts";
import { type JudgePlan, latencyName } from "../judge-plan.ts";
import { evidenceFromOf, type PhaseGrid, watchFromOf } from "../phase-grid.ts";
import type { Calibration, Interval, JudgeRecord, JudgeVerdict } from "../types.ts";
import { verdictOf } from "../verdict.ts";
import { countMinutes, type Minutes, podsOf } from "./calibration-minutes.ts";
import { figuresOf, type GroupFigures } from "./comparison-figures.ts";
import { type CounterState, forget, newTape, showAt, stableEdges, takeDown } from "./counter-state.ts";
import { type CountsInput, type KnownEdges, readCounts } from "./recording-line.ts";

const HOUR = 3_600_000;
/** A longer silence is a slip in the recording, and would be answered with a line for every look in it. */
const LONGEST_SILENCE = 31 * 24 * HOUR;

/** The verdict at the end of one look, with counts over all looks so far. */
export type CountsLine = {
  readonly t: Millis;
  readonly phase: number;
  readonly weight: number;
  /** When the phase was entered. */
  readonly enteredAt: Millis;
  readonly verdict: JudgeVerdict["kind"];
  readonly reason: JudgeVerdict["reason"];
  readonly lacking: "traffic" | "data" | null;
  readonly culprit: string | null;
  readonly evidence: Readonly<Record<string, GroupFigures>>;
};

type StreamLine =
  | { readonly kind: "look"; readonly line: CountsLine }
  /** Nothing that follows is read. `line` counts from 1. */
  | { readonly kind: "malformed"; readonly line: number; readonly because: string };

/** Judges a recording line by line. What is fed must be drained before the next line; blank lines are passed over. */
export type CountsJudge = {
  feed(text: string): Generator<StreamLine, void>;
  /** The recording is over: the looks that end with its last moment. */
  end(): Generator<StreamLine, void>;
};

/** The looks that lie wholly in one phase, as far as they have been walked: the one that holds its entry is not told. */
type Run = {
  readonly grid: Omit<PhaseGrid, "from" | "to" | "points">;
  /** The next point of the grid. */
  next: Millis;
  known: ScrapeKnowledge;
  /** When the next phase was entered. */
  until: Millis;
};

type Opened = { readonly frozen: Calibration; readonly columns: Columns; readonly ledger: Ledger };

type Stream = {
  readonly plan: JudgePlan;
  readonly tape: CounterState;
  minutes: Minutes | undefined;
  t: Millis | undefined;
  readonly runs: Run[];
  readonly entered: { readonly weight: number; readonly enteredAt: Millis }[];
  /** Opened with the first look: what is frozen must be known before it. */
  opened: Opened | undefined;
  forgottenAt: Millis;
};

export function judgeCounts(plan: JudgePlan): CountsJudge {
  const stream: Stream = {
    // A recording holds counters only.
    plan: { ...plan, checks: [] },
    tape: newTape(),
    minutes: undefined,
    t: undefined,
    runs: [],
    entered: [],
    opened: undefined,
    forgottenAt: 0,
  };
  const edges: KnownEdges = new Map();
  let lines = 0;
  let broken: StreamLine | undefined;
  return {
    *feed(text) {
      lines += 1;
      if (broken === undefined && text.trim() !== "") {
        const input = readCounts(text, edges);
        const wrong = typeof input === "string" ? input : (misplaced(stream, input) ?? (yield* take(stream, input)));
        if (wrong !== undefined) broken = { kind: "malformed", line: lines, because: `line ${lines} ${wrong}` };
      }
      if (broken !== undefined) yield broken;
    },
    *end() {
      if (broken === undefined && stream.t !== undefined) yield* walk(stream, stream.t + 1);
    },
  };
}

/** What is wrong with a line that is well-formed in itself. */
function misplaced({ plan, t, entered }: Stream, line: CountsInput): string | undefined {
  if (t !== undefined && line.t < t) return `goes back in time, from ${t} to ${line.t}`;
  if (t !== undefined && line.t - t > LONGEST_SILENCE) return `comes more than 31 days after the one before`;
  if (line.isHistory && entered.length > 0) return "is history, but the rollout has begun";
  if (line.weight === undefined) return undefined;
  const next = plan.phases[entered.length];
  if (next === undefined) return `enters a phase after the last of the plan's ${plan.phases.length}`;
  if (next.weight !== line.weight) return `enters weight ${line.weight}, but the plan's next phase has ${next.weight}`;
  return undefined;
}

function* take(stream: Stream, line: CountsInput): Generator<StreamLine, string | undefined> {
  const { tape, entered, runs, plan } = stream;
  yield* walk(stream, line.t);
  stream.t = line.t;
  if (line.isHistory) stream.minutes ??= { rows: [], next: line.t, known: undefined };
  for (const entry of line.entries) {
    const wrong = takeDown(tape, line.t, entry);
    if (wrong !== undefined) return wrong;
  }
  if (line.weight === undefined) return undefined;
  const last = runs.at(-1);
  if (last !== undefined) last.until = line.t;
  entered.push({ weight: line.weight, enteredAt: line.t });
  const evidenceFrom = evidenceFromOf(plan, line.t);
  const grid = { phase: entered.length, weight: line.weight, evidenceFrom, watchFrom: watchFromOf(plan, line.t) };
  runs.push({ grid, next: evidenceFrom, known: new Set(), until: Number.POSITIVE_INFINITY });
  return undefined;
}

/** Walks over all points before `before`. Samples of a moment count for the look that ends with it, so later lines close it. */
function* walk(stream: Stream, before: Millis): Generator<StreamLine, void> {
  const { minutes, tape, plan, runs, entered } = stream;
  if (minutes !== undefined && stream.opened === undefined) {
    countMinutes(minutes, tape, plan, Math.min(before, (entered[0]?.enteredAt ?? before) + 1));
  }
  for (let run = runs[0]; run !== undefined; run = runs[0]) {
    if (run.next > run.until) {
      runs.shift();
    } else if (run.next < before) {
      const at = run.next;
      run.next += plan.lookMs;
      yield* point(stream, run, at);
    } else {
      break;
    }
  }
  if (before - stream.forgottenAt > HOUR / 6) {
    forget(tape, before - HOUR);
    stream.forgottenAt = before;
  }
}

function* point(stream: Stream, run: Run, at: Millis): Generator<StreamLine, void> {
  const { tape, plan } = stream;
  const up = showAt(tape, at, plan.staleAfterMs);
  if (at === run.grid.evidenceFrom) {
    run.known = firstPoint(tape.counters, up);
    return;
  }
  const [known, resets] = nextPoint(tape.counters, up, run.known);
  run.known = known;
  stream.opened ??= open(stream);
  const { columns } = stream.opened;
  const pairs = pairsOf(tape.series, columns);
  const look = lookAt(plan, run.grid, at, { pairs, resets, seen: isStableSeen(tape.counters) });
  yield { kind: "look", line: judged(stream, stream.opened, look) };
}

/** The names of the buckets are no evidence: those that have shown up by the end of the first look may still be frozen. */
function open({ plan, minutes, tape }: Stream): Opened {
  const names = ["errors", ...plan.constants.boundariesMs.map(latencyName)];
  const history = new Map(minutes === undefined ? [] : names.map((name) => [name, podsOf(minutes, name)]));
  const frozen = freeze(plan, history, stableEdges(tape));
  const columns = columnsOf(processesOf(plan), frozen.boundariesMs);
  return { frozen, columns, ledger: openLedger(plan, frozen) };
}

function judged({ plan, entered }: Stream, { frozen, ledger }: Opened, look: Interval): CountsLine {
  const phases = entered.slice(0, look.phase);
  for (const { weight, enteredAt } of phases.slice(ledger.phase)) {
    enterPhase(ledger, { phase: ledger.phase + 1, weight, evidenceFrom: evidenceFromOf(plan, enteredAt) });
  }
  addToLedger(ledger, look);
  const record: JudgeRecord = { rollout: "", phases, frozen };
  const verdict = verdictOf({ plan, record, ledger, samples: new Map(), now: look.to + plan.lagMs });
  return {
    t: look.to,
    phase: look.phase,
    weight: look.weight,
    enteredAt: phases.at(-1)?.enteredAt ?? look.from,
    verdict: verdict.kind,
    reason: verdict.reason,
    lacking: verdict.kind === "inconclusive" ? verdict.lacking : null,
    culprit: verdict.kind === "fail" ? verdict.culprit : null,
    evidence: figuresOf(ledger),
  };
}
