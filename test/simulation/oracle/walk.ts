import type { Life, Turn } from "../process-life.ts";
import type { Millis, Scene, SimPhase, SimPlan } from "../scene.ts";
import { isEnded, isRec, type Read, type Rec, type Run, sameInstance } from "./record.ts";
import { canaryShare, subsetOf } from "./route.ts";
import { ownVerdict } from "./verdict.ts";

/** The oracle's own table of legal steps from one record to the next. */

export type StepName =
  | "begin"
  | "takeover"
  | "sign"
  | "advance"
  | "promote"
  | "pause"
  | "resume"
  | "back"
  | "hold"
  /** A record that was removed comes back with the weights from before its rollout, or held. */
  | "restore"
  | "illegal";

export type Written = {
  readonly scene: Scene;
  readonly writer: Life;
  /** What the writer had been told when it sent the patch. */
  readonly turn: Turn;
  readonly before: Read;
  readonly after: Rec;
  readonly beforeObject: unknown;
  readonly uidBefore: string;
  readonly uidAfter: string;
  /** True time of the effect. */
  readonly at: Millis;
  /** True time of the decision that entered each phase of each instance. */
  readonly entries: ReadonlyMap<string, Millis>;
  readonly broken: (invariant: string, words: string) => void;
};

const graceMs = 5 * 60_000;
const turnsGraceMs = 6 * 60 * 60_000;
const monthMs = 30 * 24 * 60 * 60_000;
const toleranceMs = 3_000;

export const instanceOf = (rec: Rec): string => `${rec.rollout}@${rec.startedAt}/${rec.entered[0]}`;
export const isMine = (run: Run | null, life: Life): boolean =>
  run !== null && run[0] === life.id && run[1] === life.attempt;

export function stepOf(before: Read, after: Rec, by: Life): StepName {
  if (before === "none" && (after.status === "rolled-back" || after.status === "held")) return "restore";
  if (!isRec(before) || !sameInstance(before, after)) {
    return isRec(before) && !isEnded(before) && before.uid === after.uid ? "takeover" : "begin";
  }
  const furtherPause = before.cause === "until" && after.cause === "schedule" && before.phase === after.phase;
  if (after.status === "paused" && before.status === "paused" && furtherPause) return "pause";
  // A rollback of what was promoted, while stable is down: only a person orders that.
  if (after.status === "held" && before.status === "promoted" && by.command === "rollback") return "hold";
  const samePlace = before.phase === after.phase && before.status === after.status && before.cause === after.cause;
  if (samePlace) return isEnded(before) ? "illegal" : "sign";
  switch (after.status) {
    case "rolled-back":
      return "back";
    case "held":
      return before.status === "progressing" || before.status === "paused" ? "hold" : "illegal";
    case "promoted":
      return isEnded(before) || before.status === "held" ? "illegal" : "promote";
    case "paused":
      return before.status === "progressing" && before.phase === after.phase ? "pause" : "illegal";
    case "progressing":
      if (isEnded(before) || before.status === "held") return "illegal";
      if (after.phase === before.phase + 1) return "advance";
      return before.status === "paused" && after.phase === before.phase ? "resume" : "illegal";
  }
}

/** Whether the step from one record to the next was this writer's to take. Answers with its name. */
export function walk(written: Written): StepName {
  const { before, after, writer, broken, uidAfter } = written;
  if (before === "corrupt") broken("I26", "wrote over a record that cannot be read");
  if (after.uid !== uidAfter) broken("I14", `the record of ${after.uid} stands on ${uidAfter}`);
  if (isRec(before) && before.superseded.some((run) => isMine(run, writer)))
    broken("I11", `${writer.name} was superseded and writes`);
  const step = stepOf(before, after, writer);
  if (step === "illegal") broken("I11", `no step leads from ${told(before)} to ${told(after)}`);
  if (step === "begin" || step === "takeover") beginning(written, step);
  else if (step === "restore") restoring(written);
  else if (isRec(before)) going(written, before, step);
  if (Buffer.byteLength(after.text) > 8192) broken("I30", "the record is larger than 8 KiB");
  return step;
}

const told = (read: Read): string =>
  isRec(read) ? `${read.rollout} ${read.status} ${read.phase} at ${read.weight}%` : read;

/** Server time as the writer could know it when it decided. */
function couldBe(written: Written, time: number): boolean {
  const { read } = written.turn;
  if (read?.date === undefined) return false;
  return time >= read.date - 1 && time <= read.date + (written.at - read.at) * 1.05 + 1;
}

function planFor(written: Written): SimPlan | undefined {
  return written.scene.plans.find((plan) => plan.rollout === written.after.rollout);
}

function beginning(written: Written, step: "begin" | "takeover"): void {
  const { before, after, writer, broken, beforeObject, uidBefore } = written;
  const plan = writer.plan;
  const first = plan?.phases[0];
  if (plan === undefined || first === undefined) {
    broken("I11", "a run without a plan begins a rollout");
    return;
  }
  if (writer.command !== "run") broken("I11", `${writer.command} begins a rollout`);
  if (writer.landed && step === "begin") broken("I6", "a run that had written before began a rollout again");
  if (after.rollout !== plan.rollout) broken("I11", `began ${after.rollout} with the plan of ${plan.rollout}`);
  const fresh =
    after.status === "progressing" && after.phase === 1 && after.weight === first.weight && after.grounds === null;
  if (!fresh) broken("I3", `a rollout begins as ${told(after)}`);
  if (!couldBe(written, after.entered[0] ?? 0)) broken("I9", "the first phase was not entered when it was written");
  deadline(written, first, after.entered[0] ?? 0, plan);
  raisedBy(written);
  if (step === "takeover" && isRec(before)) {
    const later =
      after.startedAt > before.startedAt || (after.startedAt === before.startedAt && after.rollout > before.rollout);
    if (!later) broken("I11", `${after.rollout} took over from ${before.rollout}, which started later`);
    const missing = before.tookPart.filter((run) => !after.superseded.some((other) => same(run, other)));
    if (missing.some((run) => !isMine(run, writer)) && after.rollout !== before.rollout)
      broken("I11", "the takeover does not name whom it superseded");
    keepsHome(written, before);
    if (before.tookPart.some((run) => newer(run, writer))) broken("I11", "an older run took over from a newer one");
    return;
  }
  const share = canaryShare(beforeObject, subsetOf(after.destinations[1] ?? ""));
  if (share !== undefined && share !== 0) broken("I3", `a rollout began although the canary had ${share}%`);
  homeIsWhatStood(written);
  if (isRec(before) && before.uid === uidBefore) {
    if (after.startedAt < Math.floor((before.endedAt ?? 0) / 1000) * 1000)
      broken("I11", "a rollout began that had started before the last one ended");
    if (after.rollout === before.rollout && before.tookPart.some((run) => isMine(run, writer)))
      broken("I6", "a run began its own finished rollout anew");
  }
}

const same = (a: Run, b: Run): boolean => a[0] === b[0] && a[1] === b[1];
const newer = (run: Run, writer: Life): boolean =>
  writer.attempt === 1 && run[2] === "deploy" && run[3] !== null && run[3] > writer.spec.number;

function keepsHome({ after, broken }: Written, before: Rec): void {
  for (const rule of before.rules) {
    const kept = after.rules.find((other) => other.key === rule.key);
    for (const [place, member] of rule.members.entries()) {
      const id = before.destinations[member];
      const there = kept?.members.findIndex((other) => after.destinations[other] === id) ?? -1;
      if (there < 0 || kept?.home[there] !== rule.home[place]) broken("I2", `home of ${id} was lost in the takeover`);
    }
  }
}

function homeIsWhatStood({ after, broken, beforeObject }: Written): void {
  const rules = (beforeObject as { spec: { http: { route: { weight?: number }[] }[] } }).spec.http;
  for (const rule of after.rules) {
    const stood = rules[rule.index]?.route.map((entry) => entry.weight ?? null);
    if (JSON.stringify(stood) !== JSON.stringify(rule.home)) broken("I2", `home was ${stood}, recorded ${rule.home}`);
  }
}

const lasting = ["rollout", "plan", "revision", "startedAt", "uid", "rules", "destinations", "total", "superseded"];

function going(written: Written, before: Rec, step: StepName): void {
  const { after, writer, broken, uidBefore } = written;
  for (const field of lasting) {
    if (JSON.stringify(before.all[field]) !== JSON.stringify(after.all[field])) broken("I11", `${field} was changed`);
  }
  for (const field of Object.keys(before.all)) {
    if (!(field in after.all)) broken("I30", `the field ${field} was dropped`);
    else if (field.startsWith("later") && before.all[field] !== after.all[field]) broken("I30", `${field} was changed`);
  }
  if (before.uid !== uidBefore) broken("I14", "a rollout goes on under another uid");
  const entries = step === "advance" ? after.entered.slice(0, -1) : after.entered;
  if (JSON.stringify(entries) !== JSON.stringify(before.entered)) broken("I13", "the times of entry were rewritten");
  if (before.cause === "person" && before.status === "paused" && ["resume", "advance", "promote"].includes(step)) {
    if (!["promote", "resume"].includes(writer.command)) broken("I17", `${writer.command} ended a person's pause`);
  }
  if (["sweep", "rollback", "pause", "status", "preflight"].includes(writer.command)) {
    const may =
      { sweep: ["back", "hold"], rollback: ["back", "hold"], pause: ["pause"] }[writer.command as string] ?? [];
    if (!may.includes(step)) broken("I11", `${writer.command} took the step ${step}`);
  }
  if (step === "sign" && before.weight !== after.weight) broken("I3", "signing changed the weight");
  if (step === "back" && isEnded(before) && writer.command !== "rollback")
    broken("I11", `${writer.command} took back what was ${before.status}`);
  overdueTurn(written, before, step);
  if (step === "advance" || step === "promote") raising(written, before, step);
  if (step === "pause") pausing(written, before);
  if (step === "resume") resuming(written);
}

/** From memory only the writer's own last sight of an unfinished rollout on this very object comes back, and only downwards. */
function restoring(written: Written): void {
  const { after, writer, broken, turn } = written;
  // What it knew when it sent the patch, however late that landed.
  const { known } = turn;
  if (known === undefined || !sameInstance(known, after)) {
    broken("I11", `${writer.name} put a record back that it had not seen`);
    return;
  }
  if (isEnded(known)) broken("I11", `${writer.name} put back what was ${known.status}`);
  if (after.status === "held" && after.weight !== known.weight) broken("I3", "holding changed the weight");
  going(written, known, after.status === "held" ? "hold" : "back");
}

/** Past the deadline every run takes back, whatever the metrics say. */
function overdueTurn({ turn, writer, broken }: Written, before: Rec, step: StepName): void {
  const date = turn.read?.date;
  if (writer.command !== "run" || isEnded(before) || date === undefined || date <= before.deadline) return;
  if (step !== "back" && step !== "hold" && step !== "sign") broken("I18", `took the step ${step} past the deadline`);
}

function raising(written: Written, before: Rec, step: "advance" | "promote"): void {
  const { after, writer, broken } = written;
  const plan = planFor(written) ?? writer.plan;
  if (plan === undefined) {
    broken("I3", "raised a rollout that nobody planned");
    return;
  }
  const phase = plan.phases[before.phase - 1];
  const next = plan.phases[before.phase];
  if (step === "promote" && next !== undefined) broken("I3", `promoted in phase ${before.phase}`);
  if (step === "advance" && after.weight !== next?.weight) broken("I2", `${after.weight}% is no weight of the plan`);
  if (step === "promote" && after.weight !== before.weight) broken("I2", "a promotion changed the weight");
  const [of, kind] = after.grounds ?? [];
  if (of !== before.phase) broken("I3", `phase ${before.phase} was left on the grounds of ${of}`);
  if (phase === undefined) return;
  if (step === "advance") {
    raisedBy(written);
    const entered = after.entered.at(-1) ?? 0;
    if (!couldBe(written, entered)) broken("I9", "the phase was not entered when it was written");
    if (next !== undefined) deadline(written, next, entered, plan);
  }
  if (kind === "person") {
    if (!["promote", "resume"].includes(writer.command)) broken("I3", `${writer.command} wrote that a person promoted`);
    return;
  }
  if (writer.command !== "run" && !writer.landed && before.grounds?.[0] !== before.phase)
    broken("I3", `${writer.command} judged a phase that it did not drive`);
  if (kind === "waiver") {
    waived(written, before, phase, plan);
    return;
  }
  if (kind !== "pass") {
    broken("I3", `raised on the grounds ${kind}`);
    return;
  }
  if (before.grounds?.[0] === before.phase && before.grounds[1] === "pass") return;
  passed(written, before, phase, plan);
}

/** A raise needs a server time, and a canary that was looked at in this turn. */
function raisedBy({ turn, broken, scene }: Written): void {
  if (turn.read?.date === undefined) broken("A14", "raised without knowing the server's time");
  const canary = turn.readiness?.canary;
  if (scene.surroundings === "scripted" && canary !== "ready" && canary !== "unchecked")
    broken("I8", `raised while the canary was ${canary ?? "not looked at"}`);
}

function watchOf(rec: Rec, plan: SimPlan): number {
  return (rec.entered.at(-1) ?? 0) + plan.allowanceMs + plan.settleMs;
}

function passed(written: Written, before: Rec, phase: SimPhase, plan: SimPlan): void {
  const { turn, broken, scene, at, entries } = written;
  const now = latestNow(written);
  const watch = watchOf(before, plan);
  if (now < watch + phase.holdMs - 1)
    broken("I9", `phase ${before.phase} was left ${watch + phase.holdMs - now} ms early`);
  const entry = entries.get(`${instanceOf(before)}/${before.phase}`);
  const least = phase.holdMs + plan.settleMs + (scene.brokenServer ? 0 : plan.allowanceMs);
  if (entry !== undefined && at - entry < least - toleranceMs)
    broken("I9", `phase ${before.phase} was watched ${at - entry} ms of true time instead of ${least}`);
  if (!plan.judged) return;
  const fromMs = Math.max(watch, before.watchedFrom ?? 0);
  const own = ownVerdict(turn.told, { fromMs, nowMs: now, requests: plan.requests });
  if (!own.pass) broken(turn.told.length === 0 ? "I4" : "I5", `passed phase ${before.phase} on ${own.why}`);
}

/** The latest server time at which the writer may have decided. */
function latestNow({ turn, at }: Written): number {
  const { read } = turn;
  return read?.date === undefined ? 0 : read.date + (at - read.at) * 1.05 + 1;
}

function waived(written: Written, before: Rec, phase: SimPhase, plan: SimPlan): void {
  const { broken } = written;
  if (plan.onInconclusive !== "promote") broken("I3", "a waiver that nobody wrote");
  const from = Math.max(watchOf(before, plan), before.watchedFrom ?? 0);
  if (latestNow(written) < from + phase.maxHoldMs - 1) broken("I9", "waived before max-hold");
}

function pausing(written: Written, before: Rec): void {
  const { after, writer, broken } = written;
  const plan = planFor(written) ?? writer.plan;
  if (after.cause === "person" && writer.command !== "pause") broken("I11", `${writer.command} paused as a person`);
  if (after.cause !== "person" && writer.command === "pause") broken("I11", "a pause that is not a person's");
  if (!couldBe(written, after.deadline - monthMs)) broken("I11", "a pause lasts 30 days");
  if (plan === undefined) return;
  const phase = plan.phases[before.phase - 1];
  if (phase === undefined) return;
  const newPass = after.grounds?.[0] === after.phase && before.grounds?.[0] !== after.phase;
  if (newPass && after.grounds?.[1] === "pass") passed(written, before, phase, plan);
  if (after.cause === "evidence") {
    const from = Math.max(watchOf(before, plan), before.watchedFrom ?? 0);
    if (latestNow(written) < from + phase.maxHoldMs - 1) broken("I9", "gave up before max-hold");
  }
}

function resuming(written: Written): void {
  const { after, writer, broken } = written;
  const plan = planFor(written) ?? writer.plan;
  if (after.watchedFrom === null || !couldBe(written, after.watchedFrom))
    broken("I9", "resumed without saying since when");
  const phase = plan?.phases[after.phase - 1];
  if (plan === undefined || phase === undefined) return;
  const from = Math.max(watchOf(after, plan), after.watchedFrom ?? 0);
  const grace = writer.spec.turns === null ? graceMs : turnsGraceMs;
  if (after.deadline !== from + phase.maxHoldMs + grace)
    broken("I18", "the deadline does not follow from the resumption");
}

function deadline({ after, broken, writer }: Written, phase: SimPhase, entered: number, plan: SimPlan): void {
  const grace = writer.spec.turns === null ? graceMs : turnsGraceMs;
  const due = entered + plan.allowanceMs + plan.settleMs + phase.maxHoldMs + grace;
  if (after.deadline !== due) broken("I18", `the deadline is ${after.deadline - due} ms off`);
}
