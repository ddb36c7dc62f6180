import { type Problem, SluiceError } from "../base/problem.ts";
import { said, saidNotice } from "../base/reasons/said.ts";
import type { Millis, Percent } from "../base/units.ts";
import type { Progress, TimelineEntry } from "../ports/reporter.ts";
import type { RouteAdapter } from "../ports/route-adapter.ts";
import { openDispatcher, type ReporterDispatcher } from "../reports/dispatcher.ts";
import type { Outcome } from "../rollout/outcome.ts";
import type { Plan } from "../rollout/plan.ts";
import { foreignMetrics } from "../simulator/prometheus/unknown-metrics.ts";
import type { Scenario } from "../simulator/scenario/scenario.ts";
import type { Truth } from "../simulator/traffic/index.ts";
import { noticeText } from "../text/index.ts";
import { curveOf, type ErrorPoint } from "./error-curve.ts";
import { recordOn } from "./external-edits.ts";
import { sceneOf } from "./objects/index.ts";
import type { GivenObject } from "./objects/plan-routes.ts";
import { playScenario, type RunOrder, type Who } from "./play-scenario.ts";
import { type FurtherChecks, type RehearsalFollower, type SimulatedPorts, simulatedPorts } from "./simulated-ports.ts";
import type { RouteShare } from "./simulation.ts";

export type RehearseOptions = {
  readonly plan: Plan;
  readonly driver: RouteAdapter;
  readonly scenario: Scenario;
  readonly seed: number;
  /** The user's own objects, the route among them; none: all is made up. */
  readonly given: readonly GivenObject[];
  readonly order: RunOrder;
  readonly further: FurtherChecks;
  /** What routes beyond the first are reached by; without it a plan has one. */
  readonly along?: RehearsalFollower;
  /** What the inputs warned of: people read it in the comment. */
  readonly warnings?: readonly string[];
  readonly watch?: RehearsalObserver;
};

/** Told as virtual time goes by. */
export type RehearsalObserver = {
  readonly opened?: (notes: readonly string[], startMs: Millis) => void;
  readonly moment?: (moment: RehearsedMoment) => void;
  /** What preflight and the metrics have to say besides, each once. */
  readonly note?: (note: string) => void;
  /** What is really true of both versions, as the curve at the end shows it. */
  readonly point?: (point: ErrorPoint) => void;
  /** Every turn of everybody, as the reporters are told it. */
  readonly told?: (progress: Progress) => void;
};

/** `said`: the command that whoever acts was given, but for the run itself. */
export type RehearsedMoment = TimelineEntry & {
  readonly who: Who | "world";
  readonly said?: string;
  readonly status: string;
};

export type Rehearsed = {
  readonly kind: "rehearsed";
  readonly outcome: Outcome;
  /** The canary's share at the end, as the route shows it. */
  readonly weight: Percent;
  /** The same on every route, the first one first. */
  readonly shares: readonly RouteShare[];
  readonly phase: number | null;
  readonly startMs: Millis;
  readonly endMs: Millis;
  readonly truth: Truth;
  readonly moments: readonly RehearsedMoment[];
  readonly points: readonly ErrorPoint[];
  /** The last word of whoever had it, with the timeline: what the comment is written from. */
  readonly progress: Progress;
  readonly notes: readonly string[];
  readonly unplayed: readonly string[];
};
export type Rehearsal = Rehearsed | { readonly kind: "refused"; readonly problems: readonly Problem[] };

/** Midnight, so that the times in the comment read as times since the start. */
export const rehearsalStartMs: Millis = Date.UTC(2027, 0, 1);

/** One plan under one scenario, from its first turn to its end, in virtual time. */
export async function rehearse(options: RehearseOptions): Promise<Rehearsal> {
  try {
    return await carriedOut(options);
  } catch (error) {
    if (error instanceof SluiceError) return { kind: "refused", problems: error.problems };
    throw error;
  }
}

async function carriedOut(options: RehearseOptions): Promise<Rehearsal> {
  const { plan, driver, seed, along, further, watch = {} } = options;
  const made = sceneOf({ plan, driver, lensOf: along?.lensOf, scenario: options.scenario, given: options.given });
  if (made.kind === "refused") return made;
  const { scenario } = made.scene;
  const startMs = rehearsalStartMs;
  const stage = simulatedPorts({ plan, driver, scenario, scene: made.scene, seed, startMs, further, along });
  stage.world.advanceTo(startMs);
  const notes = [...made.scene.notes, ...foreignMetrics(plan, stage.world.metricNames())];
  watch.opened?.(notes, startMs);
  const curve = curveOf(stage.world, startMs, spanOf(plan));
  stage.onEachEvent((now) => {
    const point = curve.look(now, stage.share());
    if (point !== undefined) watch.point?.(point);
  });
  const diary = diaryOf(stage, plan, options);
  const { events } = scenario;
  const played = await playScenario({ stage, plan, driver, events, order: options.order, ...diary });
  stage.world.advanceTo(played.endedAt);
  const outcome = played.outcome ?? leftAlone(stage);
  const progress = diary.lastWord(played.lastActor, outcome);
  return {
    kind: "rehearsed",
    outcome,
    weight: outcome.weight ?? stage.share(),
    shares: stage.shares(),
    phase: outcome.phase ?? progress.state?.phase ?? null,
    startMs,
    endMs: played.endedAt,
    truth: stage.world.truth(),
    moments: diary.moments,
    points: curve.points,
    progress,
    notes,
    unplayed: played.unplayed,
  };
}

const spanOf = (plan: Plan): Millis => plan.phases.reduce((sum, phase) => sum + phase.holdMs, 0);

/** Nobody came to an end: what the route says is all that there is. */
function leftAlone(stage: SimulatedPorts): Outcome {
  const object = stage.store.object(stage.scene.resource);
  const state = object === undefined ? undefined : recordOn(object);
  return {
    name: "failed",
    exitCode: 1,
    reason: said("The runner died and no run came after it: the weights stay as they are until a person looks."),
    weight: stage.share(),
    ...(state === undefined ? {} : { phase: state.phase }),
  };
}

/** One actor's own office, as each process has its own. */
type Desk = { readonly office: ReporterDispatcher; known: TimelineEntry | undefined; last: Progress | undefined };

/** Keeps what a person would have seen: one entry a change, of whoever made it. The office of every run decides what is news. */
function diaryOf(stage: SimulatedPorts, { target }: Plan, { warnings = [], watch = {} }: RehearseOptions) {
  const moments: RehearsedMoment[] = [];
  const desks = new Map<string, Desk>();
  const noted = new Set<string>();
  const cautions = warnings.map((warning) => saidNotice(warning));
  const add = (moment: RehearsedMoment) => {
    moments.push(moment);
    watch.moment?.(moment);
  };
  const open = (): Desk => {
    const tell = async (progress: Progress) => {
      desk.last = progress;
      watch.told?.(progress);
    };
    const office = openDispatcher([{ name: "diary", tell }], { clock: stage.scheduler.clock, log: () => {} });
    const desk: Desk = { office, known: undefined, last: undefined };
    return desk;
  };
  return {
    moments,
    onProgress(who: Who, actor: string, told: Progress) {
      for (const note of told.notes ?? []) {
        const text = noticeText(note);
        if (!noted.has(text)) watch.note?.(text);
        noted.add(text);
      }
      const desk = desks.get(actor) ?? open();
      desks.set(actor, desk);
      desk.office.tell({ ...told, warnings: [...cautions, ...told.warnings] });
      const newest = desk.office.timeline().at(-1);
      if (newest === undefined || newest === desk.known) return;
      desk.known = newest;
      const said = who === "run" ? {} : { said: told.command };
      add({ ...newest, who, ...said, status: told.outcome?.name ?? told.state?.status ?? "" });
    },
    onDeed(at: Millis, because: string) {
      const object = stage.store.object(stage.scene.resource);
      const phase = (object === undefined ? undefined : recordOn(object))?.phase ?? null;
      add({
        at,
        phase,
        weight: stage.share(),
        verdict: "none",
        reason: said(because),
        committed: false,
        who: "world",
        status: "",
      });
    },
    /** What the reporters of whoever had the last word were told last. */
    lastWord(actor: string | undefined, outcome: Outcome): Progress {
      const last = actor === undefined ? undefined : desks.get(actor)?.last;
      const nothing: Progress = {
        at: undefined,
        command: "run",
        routes: target.routes,
        plan: undefined,
        state: undefined,
        kind: "finish",
        reason: outcome.reason,
        warnings: cautions,
        links: {},
      };
      return { ...(last ?? nothing), outcome, timeline: moments };
    },
  };
}
