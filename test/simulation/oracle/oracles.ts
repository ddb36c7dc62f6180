import type { KubeObject } from "../../../src/base/kube-object.ts";
import type { Outcome } from "../../../src/rollout/outcome.ts";
import type { Told } from "../metrics.ts";
import { freshTurn, type Life, type Turn } from "../process-life.ts";
import type { Millis, Scene } from "../scene.ts";
import { ending } from "./ending.ts";
import { orphansOf } from "./orphans.ts";
import { codesIn, isEnded, isRec, type Read, type Rec, recordOf, sameInstance } from "./record.ts";
import { canaryShare, changedElsewhere, mismatch, namesOf, subsetOf } from "./route.ts";
import { ownVerdict } from "./verdict.ts";
import { instanceOf, isMine, type StepName, walk } from "./walk.ts";

export type Violation = { readonly invariant: string; readonly at: Millis; readonly words: string };

export type Change = {
  readonly at: Millis;
  readonly version: string;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
};

type Operations = readonly { readonly op: string; readonly path: string; readonly value?: unknown }[];

/** Who sent a patch, what it had been told then, and whether a webhook may have changed the patch on its way. */
export type Sender = {
  readonly life: Life;
  readonly turn: Turn;
  readonly altered: boolean;
  readonly operations: Operations;
};

const leastApartMs = 1_000;
const leastApartInHurryMs = 200;
const mostPerPhase = 60;
const hurryMs = 7_000;
/** How long a way back is tried, and how far two tries may be apart where nothing but the route stood in the way. */
const leastTriedMs = 59 * 60_000;
const slowestTryMs = 5_100;
/** Turns for which a run may act on a record that is gone. */
const mostTurnsOld = 2;

/** Everything that is checked while a scene runs. It sees what the doubles see, and believes nothing that the code says of itself. */
export type Oracles = {
  readonly violations: readonly Violation[];
  readonly marks: ReadonlySet<string>;
  readonly steps: ReadonlyMap<StepName, number>;
  mark(name: string): void;
  broken(invariant: string, words: string): void;
  opened(life: Life, object: KubeObject | undefined, date: Millis | undefined): void;
  told(life: Life, told: Told, serverNow: Millis): void;
  sent(life: Life, operations: Operations, dryRun: boolean): void;
  ours(change: Change, sender: Sender): void;
  foreign(change: Change): void;
  turned(life: Life): void;
  ended(life: Life, outcome: Outcome): void;
};

export function createOracles(scene: Scene, now: () => Millis): Oracles {
  const violations: Violation[] = [];
  const marks = new Set<string>();
  const steps = new Map<StepName, number>();
  const entries = new Map<string, Millis>();
  const entered = new Set<string>();
  /** Rules by identity, fixed when a rollout begins. */
  const names = new Map<string, readonly string[]>();
  /** Instances for which a way back has been recorded. */
  const goneBack = new Map<string, number>();
  const broken = (invariant: string, words: string) => {
    if (violations.length < 20) violations.push({ invariant, at: now(), words });
  };
  const mark = (name: string) => void marks.add(name);
  const orphans = orphansOf();
  let sweeping: { readonly life: Life; readonly at: Millis } | undefined;
  const namesFor = (rec: Rec, object: unknown): readonly string[] => {
    const key = instanceOf(rec);
    const known = names.get(key);
    if (known !== undefined && known.length === rec.rules.length) return known;
    const found = namesOf(object, rec.rules);
    names.set(key, found);
    return found;
  };
  /** Whether somebody else moved what the record rules. */
  const drifted = (object: KubeObject): string | undefined => {
    const record = recordOf(object);
    if (!isRec(record) || isEnded(record) || record.uid !== object.metadata.uid) return undefined;
    return mismatch(record, namesFor(record, object), object);
  };

  function ours(change: Change, { life, turn, altered, operations }: Sender): void {
    const { before, after } = change;
    if (before === undefined || after === undefined) {
      broken("I14", "a patch made or removed an object");
      return;
    }
    const wanted = recordOf({ metadata: { annotations: { "sluice.dev/rollout": recordIn(operations) } } });
    orphans.changed(change, isRec(wanted) ? wanted : undefined);
    const [was, is] = [recordOf(before), recordOf(after)];
    guarded(life, turn, operations, before);
    if (owned(before) && life.command !== "rollback") broken("I16", "wrote to a route of another controller");
    if (altered) {
      life.landed = true;
      if (isRec(is)) namesFor(is, after);
      mark("a webhook altered a write");
      return;
    }
    if (!isRec(is)) {
      broken("I12", `wrote ${is === "none" ? "no record" : "a record that cannot be read"}`);
      return;
    }
    checkText(is, after);
    const step = walk({
      scene,
      writer: life,
      turn,
      before: was,
      after: is,
      beforeObject: before,
      uidBefore: before.metadata.uid ?? "",
      uidAfter: after.metadata.uid ?? "",
      at: change.at,
      entries,
      broken,
    });
    life.landed = true;
    steps.set(step, (steps.get(step) ?? 0) + 1);
    if (step === "begin" || step === "takeover") names.delete(instanceOf(is));
    if (step === "restore") fromMemory(life, turn, before);
    const known = namesFor(is, after);
    const wrong = mismatch(is, known, after);
    const lostThird = is.status === "rolled-back" && wrong?.includes("destination") === true;
    if (wrong !== undefined && !lostThird) broken("I12", `record and weights disagree: ${wrong}`);
    if (isRec(was) && !isEnded(was) && was.uid === before.metadata.uid && life.command !== "rollback") {
      const moved = mismatch(was, namesFor(was, before), before);
      if (moved !== undefined) broken("I15", `overwrote foreign weights: ${moved}`);
    }
    if (life.sawDrift && life.command !== "rollback") broken("I15", "wrote after it had seen foreign weights");
    const elsewhere = changedElsewhere(before, after, known);
    if (elsewhere !== undefined) broken("I2", `changed more than weights and record: ${elsewhere}`);
    monotone(is, change, before);
    moves(life, turn, is, before, step);
    entering(is, step, turn);
    marksOf(step, was, is, life);
  }

  function guarded(life: Life, turn: Turn, operations: Operations, before: KubeObject): void {
    const [first] = operations;
    if (first?.op !== "test" || first.path !== "/metadata/resourceVersion") {
      broken("I10", "a patch without the guard as its first operation");
    }
    const version = before.metadata.resourceVersion;
    if (first?.op === "test" && first.value !== version) broken("I10", "a guard that did not guard");
    if (turn.read?.version !== version)
      broken("I10", `${life.name} decided on ${turn.read?.version}, replaced ${version}`);
  }

  /** What is put back from memory must be found as it was recorded. */
  function fromMemory({ name }: Life, { known }: Turn, before: KubeObject): void {
    const moved = known === undefined ? undefined : mismatch(known, namesFor(known, before), before);
    if (moved !== undefined) broken("I15", `${name} took foreign weights home from memory: ${moved}`);
  }

  function checkText(is: Rec, after: KubeObject): void {
    const annotations = Object.entries(after.metadata.annotations ?? {});
    const bytes = annotations.reduce((sum, [key, text]) => sum + key.length + Buffer.byteLength(text), 0);
    if (bytes > 128 * 1024) broken("I30", "the annotations are larger than 128 KiB");
    if (/[^ -\uffff]/.test(is.text)) broken("I28", "a control character in the record");
  }

  function monotone(is: Rec, change: Change, before: KubeObject): void {
    const key = instanceOf(is);
    const ceiling = goneBack.get(key);
    if (ceiling !== undefined && is.weight > ceiling)
      broken("I6", `rose to ${is.weight}% after it had been taken back`);
    if (is.status === "rolled-back" || is.status === "held") goneBack.set(key, Math.min(ceiling ?? 100, is.weight));
    const canary = subsetOf(is.destinations[1] ?? "");
    const [low, high] = [canaryShare(before, canary), canaryShare(change.after, canary)];
    const record = recordOf(before);
    const rises = low !== undefined && high !== undefined && high > low;
    const mayRise =
      !isRec(record) || !sameInstance(record, is) || is.phase > record.phase || is.status === "rolled-back";
    if (rises && !mayRise) broken("I3", `the canary rose from ${low}% to ${high}% without a step up`);
  }

  /** No traffic to a side that this run was told, in this turn, has nobody there. */
  function moves(life: Life, turn: Turn, is: Rec, before: KubeObject, step: StepName): void {
    const { readiness } = turn;
    const canary = subsetOf(is.destinations[1] ?? "");
    const share = canaryShare(before, canary) ?? 0;
    const goesHome = step === "back" || (step === "restore" && is.status === "rolled-back");
    if (goesHome && scene.surroundings === "scripted") {
      if (readiness === undefined) broken("I8", `${life.name} moved everything to stable without a look at it`);
      if (readiness?.stable === "empty" && share > 0) broken("I8", "moved everything to a stable that was down");
    }
    if (is.weight > share && !goesHome && readiness?.canary === "empty") broken("I8", "raised an empty canary");
  }

  /** A record that somebody removed is forgotten: on a clock that was set back the same rollout may begin in the same second. */
  function forgetDropped({ before, after }: Change): void {
    const was = before === undefined ? "none" : recordOf(before);
    if (!isRec(was) || (after !== undefined && isRec(recordOf(after)))) return;
    const key = instanceOf(was);
    goneBack.delete(key);
    for (const entry of entered) if (entry.startsWith(`${key}/`)) entered.delete(entry);
  }

  function entering(is: Rec, step: StepName, turn: Turn): void {
    if (step !== "begin" && step !== "takeover" && step !== "advance") return;
    const key = `${instanceOf(is)}/${is.phase}`;
    if (entered.has(key)) broken("I13", `${key} was entered twice`);
    entered.add(key);
    entries.set(key, turn.read?.at ?? now());
  }

  function marksOf(step: StepName, was: Read, is: Rec, life: Life): void {
    mark(`step: ${step}`);
    if (step === "back") {
      if (isRec(was)) mark(`taken back from ${was.status}`);
      if (life.command !== "run") mark(`taken back by ${life.command}`);
      if (scene.writer !== undefined) mark("rolled back beside a busy writer");
      if (is.superseded.length > 0) mark("rolled back after takeover");
      if (isRec(was) && was.status === "held") mark("held then healed");
      if (codesIn(is.all["reason"]).includes("deadline-passed")) mark("rolled back past the deadline");
    }
    if (step === "pause") mark(`paused: ${is.cause}`);
    if (step === "advance" || step === "promote") mark(`raised on ${is.grounds?.[1]}`);
    if (step === "takeover" && isRec(was)) mark(`taken over from ${was.status}`);
    if (step === "begin" && isRec(was)) mark(`began after ${was.status}`);
    if (step === "sign" && isRec(was) && was.by !== null && !isMine(was.by, life)) mark("joined another run's rollout");
    if (life.attempt > 1) mark(`written after a death: ${step}`);
  }

  function opened(life: Life, object: KubeObject | undefined, date: Millis | undefined): void {
    if (life.turn.read !== undefined) return;
    life.lastReadFailed = object === undefined;
    if (object === undefined) return;
    const record = recordOf(object);
    const version = object.metadata.resourceVersion ?? "";
    life.turn.read = { version, record, object, date, at: now(), calls: life.calls, lastOf: life.lastOf };
    life.lastKnown = record;
    life.lastVersion = version;
    // An answer that goes back behind a patch of this run is none.
    if (isRec(record) && !life.replaced.has(version)) life.lastRecord = { record, turn: life.turns };
    const isOwn = isRec(record) && life.plan?.rollout === record.rollout;
    if (drifted(object) !== undefined && (isOwn || life.command !== "run")) {
      life.sawDrift = true;
      mark("saw foreign weights");
    }
  }

  function sent(life: Life, operations: Operations, dryRun: boolean): void {
    if (dryRun) return;
    if (life.command === "status" || life.command === "preflight" || life.spec.dryRun)
      broken("I29", `${life.command} sent a patch`);
    const { turn } = life;
    turn.patches += 1;
    if (life.lastRecord !== undefined) turn.known = life.lastRecord.record;
    if (life.command === "sweep") {
      if (sweeping !== undefined && sweeping.life !== life && now() - sweeping.at < 5_000) mark("two sweepers raced");
      sweeping = { life, at: now() };
    }
    if (turn.patches > 1) broken("I20", "two patches in one turn");
    const least = life.signalAt === undefined ? leastApartMs : leastApartInHurryMs;
    if (life.lastPatchAt !== undefined && now() - life.lastPatchAt < least - 15)
      broken("I20", `two patches ${now() - life.lastPatchAt} ms apart`);
    life.lastPatchAt = now();
    if (turn.read === undefined) broken("I10", "a patch without a read");
    const wanted = recordOf({ metadata: { annotations: { "sluice.dev/rollout": recordIn(operations) } } });
    if (!isRec(wanted)) return;
    if (wanted.status === "rolled-back" || wanted.status === "held") {
      lowering(life, turn, wanted);
      life.failTurns = undefined;
      return;
    }
    life.lastTryAt = undefined;
    const phase = `${wanted.rollout}/${wanted.phase}`;
    const count = life.patchesInPhase.phase === phase ? life.patchesInPhase.count + 1 : 1;
    life.patchesInPhase = { phase, count };
    if (count > mostPerPhase) broken("I20", `${count} patches in one phase`);
    const open = turn.read?.record;
    const raises = open !== undefined && isRec(open) && sameInstance(open, wanted) && wanted.phase > open.phase;
    if (raises && life.goesBack === instanceOf(wanted))
      broken("I6", `${life.name} raised what it had decided to take back`);
  }

  /** A way back is tried until it lands: soon again, and with nothing between the read and the patch. */
  function lowering(life: Life, turn: Turn, wanted: Rec): void {
    const instance = instanceOf(wanted);
    const { read } = turn;
    if (life.goesBack !== instance) {
      if (read?.record === "none" && life.turns - (life.lastRecord?.turn ?? -1) > mostTurnsOld)
        broken("I11", `${life.name} decided to go back on a record that it had not seen for long`);
      [life.goesBack, life.goesBackSince, life.lastTryAt] = [instance, now(), undefined];
    }
    if (read?.lastOf === instance && life.calls !== read.calls)
      broken("I37", `${life.name} asked ${life.calls - read.calls} times between the read and its patch`);
    const sinceMs = now() - (life.lastTryAt ?? now());
    const callsMs = 4 * 2 * (scene.weather?.latencyMs ?? 5);
    if (turn.faults === 0 && sinceMs > slowestTryMs / Math.min(1, life.spec.clockRate) + callsMs)
      broken("I37", `${life.name} let ${sinceMs} ms pass between two tries to go back`);
    life.lastTryAt = turn.faults === 0 && !life.frozen ? now() : undefined;
  }

  function told(life: Life, one: Told, serverNow: Millis): void {
    life.turn.told.push(one);
    const record = life.turn.read?.record;
    const { plan } = life;
    if (record === undefined || !isRec(record) || plan === undefined || !plan.judged) return;
    const date = life.turn.read?.date;
    if (date !== undefined && date > record.deadline) broken("I18", "asked the metrics past the deadline");
    const watch = (record.entered.at(-1) ?? 0) + plan.allowanceMs + plan.settleMs;
    const fromMs = Math.max(watch, record.watchedFrom ?? 0);
    const own = ownVerdict(life.turn.told, { fromMs, nowMs: serverNow, requests: plan.requests });
    // After a standstill the source's clock is ahead of the turn's: such an answer says nothing.
    if (own.fail && life.turn.faults === 0) life.failTurns ??= 0;
  }

  /** After a fail the way back is tried in the same turn; three turns without a fault must not pass without it. */
  function turned(life: Life): void {
    const { turn } = life;
    if (life.failTurns !== undefined && turn.faults === 0) life.failTurns += 1;
    if ((life.failTurns ?? 0) > 3 && life.signalAt === undefined) {
      broken("I7", `${life.name} saw a fail and took nothing back in three turns`);
      life.failTurns = undefined;
    }
    const { record } = turn.read ?? {};
    // What is held waits for stable.
    const isHeld = record !== undefined && isRec(record) && record.status === "held";
    if (turn.faults > 0 || isHeld) life.lastTryAt = undefined;
    life.turns += 1;
    life.turn = freshTurn();
  }

  function ended(life: Life, outcome: Outcome): void {
    mark(`outcome: ${life.command} ${outcome.name} ${outcome.exitCode}`);
    for (const wrong of ending(life, outcome)) broken(wrong.invariant, wrong.words);
    if (outcome.code === "record-missing") mark(`record missing: ${life.command}`);
    // A dry run carries nothing out, and says so.
    if (outcome.exitCode === 0 && !life.spec.dryRun && orphans.has(life.lastVersion))
      broken("I38", `${life.command} exits 0 as ${outcome.name} over an unfinished rollout that no record names`);
    const gaveUp = outcome.code === "write-rejected" && life.goesBackSince !== undefined && life.signalAt === undefined;
    const triedMs = now() - (life.goesBackSince ?? 0);
    if (gaveUp && triedMs < leastTriedMs) broken("I37", `${life.name} gave the way back up after ${triedMs} ms`);
    if (life.signalAt !== undefined && !life.frozen && now() - life.signalAt > hurryMs)
      broken("I22", `ended ${now() - life.signalAt} ms after the signal`);
  }

  return {
    violations,
    marks,
    steps,
    mark,
    broken,
    opened,
    told,
    sent,
    ours,
    foreign: (change) => {
      orphans.changed(change, undefined);
      forgetDropped(change);
      if (change.after !== undefined && drifted(change.after) !== undefined) mark("somebody moved the weights");
    },
    turned,
    ended,
  };
}

const recordIn = (operations: Operations): string =>
  String(operations.find(({ path }) => path.endsWith("sluice.dev~1rollout"))?.value ?? "");

const owned = (object: KubeObject): boolean =>
  Object.entries(object.metadata.labels ?? {}).some(
    ([key, value]) => key === "app.kubernetes.io/managed-by" && value === "flagger",
  );
