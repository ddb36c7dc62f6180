import type { Millis } from "../base/units.ts";
import type { Progress } from "../ports/reporter.ts";
import type { RouteAdapter } from "../ports/route-adapter.ts";
import type { ProgressUpdate } from "../ports/run-ports.ts";
import { reconcile } from "../reconcile/index.ts";
import type { RunOptions } from "../reconcile/run-context.ts";
import { problemsIn } from "../reports/told-reason.ts";
import { isFinal } from "../rollout/begin-or-supersede.ts";
import type { Outcome } from "../rollout/outcome.ts";
import type { Plan } from "../rollout/plan.ts";
import type { RunId } from "../rollout/rollout-state.ts";
import { sameRun } from "../rollout/run-request.ts";
import type { Actor } from "../simulator/engine/scheduler.ts";
import type { ScenarioEvent } from "../simulator/scenario/scenario.ts";
import { recordOn, removeRecord, revert, setWeight, touch } from "./external-edits.ts";
import type { SimulatedPorts } from "./simulated-ports.ts";

/** What a rehearsed run is asked for besides its plan: what a workflow step would say. */
export type RunOrder = Pick<RunOptions, "until" | "turns" | "rollout" | "dryRun">;

type PlayScenarioOptions = {
  readonly stage: SimulatedPorts;
  readonly plan: Plan;
  readonly driver: RouteAdapter;
  readonly events: readonly ScenarioEvent[];
  readonly order: RunOrder;
  /** Every turn of everybody. */
  readonly onProgress: (who: Who, actor: string, progress: Progress) => void;
  /** What others do to the route or to the runner, in a sentence. */
  readonly onDeed: (at: Millis, sentence: string) => void;
};

export type Who = "run" | "person" | "sweep";

type ScenarioPlayed = {
  /** Undefined where the runner died before it could end, and nobody came after it. */
  readonly outcome: Outcome | undefined;
  /** Whoever ended with it, or was there last. */
  readonly lastActor: string | undefined;
  readonly endedAt: Millis;
  /** What the scenario holds and what did not come to pass. */
  readonly unplayed: readonly string[];
};

type Part = { readonly who: Who; readonly me: RunId; readonly actor: Actor; outcome?: Outcome; endedAt?: Millis };

/** A play under way. */
type Going = PlayScenarioOptions & {
  readonly parts: Part[];
  /** Events that have not happened. */
  readonly open: Map<ScenarioEvent, "waits" | "planned">;
  /** How to call off what nobody is left to see. */
  readonly callOffs: (() => void)[];
  /** How much is planned that brings somebody to life. */
  awaited: number;
  over: boolean;
};

const sweepEveryMs = 600_000;
/** A sweeper has done what it can do when the record is final or waits for a person; it never goes on for ever. */
const mostSweeps = 300;

/** Plays a scenario's events around the real loop until nobody has anything left to do. */
export async function playScenario(options: PlayScenarioOptions): Promise<ScenarioPlayed> {
  const { stage, events } = options;
  const going: Going = {
    ...options,
    parts: [],
    open: new Map(events.map((event) => [event, "waits"])),
    callOffs: [],
    awaited: 0,
    over: false,
  };
  begin(going, 1);
  schedule(going);
  stage.onEachEvent(() => {
    schedule(going);
    endWhereOver(going);
  });
  await stage.scheduler.run();
  const last = lastToEnd(going.parts);
  return {
    outcome: last?.outcome,
    lastActor: (last ?? going.parts.at(-1))?.actor.name,
    endedAt: last?.endedAt ?? stage.scheduler.now(),
    unplayed: [...going.open.keys()].map(nameOf),
  };
}

/** Moments that hang on a phase become known when its weight is first there. */
function schedule(going: Going): void {
  for (const [event, state] of going.open) {
    const at = state === "waits" ? going.stage.world.timeOf(event.at) : undefined;
    if (at === undefined) continue;
    going.open.set(event, "planned");
    if (event.kind === "command") expect(going, at, () => happen(going, event));
    else going.callOffs.push(going.stage.scheduler.at(at, () => happen(going, event)));
  }
}

function endWhereOver(going: Going): void {
  const failed = going.parts.find(({ actor }) => actor.state === "failed");
  if (failed !== undefined) throw failed.actor.error;
  if (going.over || going.awaited > 0 || going.parts.some(({ actor }) => actor.state === "alive")) return;
  going.over = true;
  for (const callOff of going.callOffs) callOff();
}

function expect(going: Going, at: Millis, act: () => void): void {
  going.awaited += 1;
  going.stage.scheduler.at(at, () => {
    going.awaited -= 1;
    act();
  });
}

/** Somebody acts on the route by Sluice: a run, a person's command, a sweep. */
function enter(going: Going, who: Who, me: RunId, order: Omit<RunOptions, "me">, plan: Plan | undefined): void {
  const { stage, parts } = going;
  const { signal } = new AbortController();
  const { command } = order;
  const name = `${who} ${me.id} ${me.attempt}`;
  const about = { command, routes: going.plan.target.routes, plan: going.plan, links: {} };
  const tell = ({ findings, ...telling }: ProgressUpdate) =>
    going.onProgress(who, name, { ...telling, ...problemsIn(findings), ...about });
  const hasEnded = async (other: RunId) =>
    parts.some((part) => sameRun(part.me, other) && part.actor.state !== "alive");
  const actor = stage.scheduler.actor(name, async (clock) => {
    part.outcome = await reconcile({ ...stage.portsFor(clock, signal), tell, hasEnded }, plan, { ...order, me });
    part.endedAt = stage.scheduler.now();
  });
  const part: Part = { who, me, actor };
  parts.push(part);
}

function begin(going: Going, attempt: number): void {
  const { plan, order } = going;
  const onlyContinues = order.turns !== undefined;
  enter(going, "run", { id: "1", attempt }, { ...orderOf("run", plan), ...order, onlyContinues }, plan);
}

function happen(going: Going, event: ScenarioEvent): void {
  const { stage, plan, driver } = going;
  going.open.delete(event);
  const now = stage.scheduler.now();
  switch (event.kind) {
    case "runner-dies":
      die(going, event.returnsAfterMs);
      break;
    case "weight-set":
      going.onDeed(now, setWeight(stage, plan, driver, now, event.weight));
      break;
    case "command": {
      const { command } = event;
      const needsPlan = command === "promote" || command === "resume";
      going.onDeed(now, `somebody gives the command ${command}`);
      const order = { ...orderOf(command, plan), byHand: true };
      const me = { id: `person-${going.parts.length}`, attempt: 1 };
      enter(going, "person", me, order, needsPlan ? plan : undefined);
      break;
    }
    case "gitops-reverts":
      repeat(going, event, () => revert(stage, stage.scheduler.now()));
      break;
    case "route-written":
      going.onDeed(now, `another program writes to the route every ${event.everyMs / 1000} s from now on`);
      repeat(going, event, () => {
        touch(stage, stage.scheduler.now());
        return undefined;
      });
      break;
    case "record-removed":
      going.onDeed(now, removeRecord(stage, now));
      break;
    default:
      event satisfies never;
  }
}

function die(going: Going, returnsAfterMs: Millis | null): void {
  const now = going.stage.scheduler.now();
  const dying = going.parts.find(({ who, actor }) => who === "run" && actor.state === "alive");
  if (dying === undefined) {
    going.onDeed(now, "the runner would die now, but its run has ended already");
    return;
  }
  dying.actor.kill();
  if (returnsAfterMs === null) {
    going.onDeed(now, "the runner dies and does not come back; a sweep looks every 10 min");
    expect(going, now + sweepEveryMs, () => sweep(going, 1));
    return;
  }
  going.onDeed(now, "the runner dies without a word");
  expect(going, now + returnsAfterMs, () => {
    going.onDeed(going.stage.scheduler.now(), "a new runner takes up the same run");
    begin(going, dying.me.attempt + 1);
  });
}

function sweep(going: Going, times: number): void {
  const { stage, plan } = going;
  const object = stage.store.object(stage.scene.resource);
  const record = object === undefined ? undefined : recordOn(object);
  const isDone = record === undefined || isFinal(record) || record.status === "paused";
  if (times > 1 && (isDone || times > mostSweeps)) return;
  enter(going, "sweep", { id: `sweep-${times}`, attempt: 1 }, orderOf("sweep", plan), undefined);
  expect(going, stage.scheduler.now() + sweepEveryMs, () => sweep(going, times + 1));
}

type Repeated = Extract<ScenarioEvent, { kind: "gitops-reverts" | "route-written" }>;

function repeat(going: Going, event: Repeated, act: () => string | undefined): void {
  const { stage } = going;
  const now = stage.scheduler.now();
  const until = event.until === null ? undefined : stage.world.timeOf(event.until);
  if (going.over || (until !== undefined && now >= until)) return;
  const said = act();
  if (said !== undefined) going.onDeed(now, said);
  if (event.everyMs !== null)
    going.callOffs.push(stage.scheduler.at(now + event.everyMs, () => repeat(going, event, act)));
}

/** Who ended last had the last word, unless it was a command that was not carried out. */
function lastToEnd(parts: readonly Part[]): Part | undefined {
  const ended = parts.filter((part) => part.outcome !== undefined);
  const heard = ended.filter((part) => part.who === "run" || part.outcome?.name !== "refused");
  return heard.toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0)).at(-1);
}

const orderOf = (command: RunOptions["command"], plan: Plan): Omit<RunOptions, "me"> => ({
  command,
  repository: "",
  pullRequest: null,
  revision: plan.revision,
  revisionGiven: false,
  byHand: false,
  onlyContinues: false,
  dryRun: false,
});

function nameOf(event: ScenarioEvent): string {
  switch (event.kind) {
    case "runner-dies":
      return "the runner dies";
    case "weight-set":
      return `a person sets the canary to ${event.weight}%`;
    case "command":
      return `somebody gives the command ${event.command}`;
    case "gitops-reverts":
      return "GitOps reverts";
    case "route-written":
      return "another program writes to the route";
    case "record-removed":
      return "the record is removed";
    default:
      return event satisfies never;
  }
}
