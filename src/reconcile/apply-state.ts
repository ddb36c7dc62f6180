import { foreign } from "../base/foreign.ts";
import { reason } from "../base/reasons/index.ts";
import { eachOnce, type Notice } from "../base/reasons/notice.ts";
import type { PatchResult } from "../ports/cluster.ts";
import type { Ports } from "../ports/run-ports.ts";
import { isLowering } from "../rollout/begin-or-supersede.ts";
import * as endings from "../rollout/build-outcomes.ts";
import { without } from "../rollout/followers.ts";
import type { Outcome } from "../rollout/outcome.ts";
import { encodeRecord, recordLimitBytes, recordMayBeWritten } from "../rollout/record/encode.ts";
import type { State } from "../rollout/rollout-state.ts";
import { sameRun } from "../rollout/run-request.ts";
import { failureOf, promoteFollowers, restoreFollowers } from "./patch-followers.ts";
import type { RouteSnapshot } from "./read-route.ts";
import type { PatchAttempt, RunContext } from "./run-context.ts";
import { keepRecord, type RunMemory } from "./run-memory.ts";
import { noticeReplaced } from "./stale-read.ts";

/** A run that raises or signs more often than this in one phase is going in circles. What lowers is tried for as long as it takes. */
const patchesPerPhase = 60;
const tooManyRequests = 429;

/** The step to `wanted`: with followers they go down before the first route and up after it. */
export async function applyState(trip: RunContext, sight: RouteSnapshot, wanted: State): Promise<PatchAttempt> {
  if (wanted.followers === undefined) return patch(trip, sight, wanted);
  if (!trip.order.dryRun) trip.ports.announce(wanted);
  const down = wanted.status === "rolled-back" ? await restoreFollowers(trip, sight, wanted) : undefined;
  if (down?.kind === "stop") return down.attempt;
  const state = down === undefined ? wanted : without(wanted, down.left);
  const done = await patch(trip, sight, state);
  if (done.kind !== "applied") return done;
  if (down !== undefined) return down.left.length === 0 ? done : { ...done, left: down.says };
  const up = state.status === "progressing" ? await promoteFollowers(trip, sight, state) : [];
  const altered = up.find(({ result }) => result.kind === "altered");
  return altered === undefined ? done : cannot(endings.altered(failureOf([altered])));
}

/** The one guarded patch: weights and record of `state`, decided on exactly the object of `sight`. */
async function patch(
  { ports, order, memory, inHurry }: RunContext,
  sight: RouteSnapshot,
  state: State,
): Promise<PatchAttempt> {
  const record = encodeRecord(state);
  if (!recordMayBeWritten(state, record))
    return cannot(endings.cannotWrite("internal", reason("record-too-large", { limitBytes: recordLimitBytes })));
  const planned = ports.driver.write(sight.object, state, record);
  if (planned.kind === "refused")
    return cannot(endings.cannotWrite(planned.finding.reason.code, planned.finding.reason));
  if (!order.dryRun && isTooMany(memory, state)) {
    const last = memory.refused === undefined ? {} : { last: memory.refused.reason };
    const { phase } = state;
    return cannot(endings.rejectedForGood(reason("too-many-patches", { patches: patchesPerPhase, phase, ...last })));
  }
  const options = { ...inHurry.patchOptions(), dryRun: order.dryRun };
  if (!order.dryRun) {
    ports.announce(state);
    const tookPart = sight.state?.tookPart.some((run) => sameRun(run, order.me)) === true;
    memory.sent = { record, state, at: ports.clock.now(), by: tookPart ? "participant" : "newcomer" };
  }
  const sent = ports.cluster.patch(ports.resource, planned.operations, options);
  const result = await inHurry.cutShort<PatchResult>(sent, {
    kind: "unknown",
    reason: reason("network-cancelled", {}),
  });
  if (!order.dryRun) return received(ports, memory, sight, state, record, result);
  const snippet = JSON.stringify(planned.operations, null, 2);
  memory.notes = [...memory.notes, { reason: reason("dry-run-patch", {}), snippet }];
  return rehearsed(result, state);
}

const cannot = (outcome: Outcome): PatchAttempt => ({ kind: "ended", outcome });

function isTooMany(memory: RunMemory, state: State): boolean {
  if (isLowering(state)) return false;
  const phase = `${state.rollout}/${state.phase}`;
  memory.patches = memory.patches.phase === phase ? { phase, count: memory.patches.count + 1 } : { phase, count: 1 };
  return memory.patches.count > patchesPerPhase;
}

const warningOf = (warning: string): Notice => ({ reason: reason("cluster-warns", { says: foreign(warning) }) });

function rehearsed(result: PatchResult, state: State): PatchAttempt {
  const { weight } = state;
  if (result.kind === "applied") {
    const accepted = reason("dry-run-accepted", { weight, step: state.reason });
    return cannot({ name: "ready", exitCode: 0, reason: accepted });
  }
  const rejected = reason("dry-run-refused", { weight, says: result.reason });
  return cannot({ name: "refused", exitCode: 2, code: "dry-run-rejected", reason: rejected });
}

function received(
  ports: Ports,
  memory: RunMemory,
  sight: RouteSnapshot,
  state: State,
  record: string,
  result: PatchResult,
): PatchAttempt {
  const sentAt = memory.sent === undefined ? {} : { sentAt: memory.sent.at };
  switch (result.kind) {
    case "applied": {
      memory.refused = undefined;
      memory.wroteItself = true;
      noticeReplaced(memory.versions, sight.object, result.object);
      memory.notes = eachOnce([...memory.notes, ...result.warnings.map(warningOf)]);
      const landed = ports.driver.landed(result.object, state, record);
      if (landed.kind !== "as-recorded") return cannot(endings.altered(landed.reason));
      // The answer showed it on the route: should the next read fail, this is what was seen last.
      keepRecord(memory, state);
      return { kind: "applied", object: result.object };
    }
    case "refused": {
      const version = sight.object.metadata.resourceVersion ?? "";
      // Being asked to slow down is no word about the patch.
      if (result.status !== tooManyRequests) {
        const times = memory.refused?.version === version ? memory.refused.times + 1 : 1;
        memory.refused = { version, times, reason: result.reason };
      }
      return {
        kind: "refused",
        reason: result.reason,
        ...sentAt,
        ...(result.retryAfterMs === undefined ? {} : { retryAfterMs: result.retryAfterMs }),
      };
    }
    case "unknown": {
      const { resourceVersion: version, generation } = sight.object.metadata;
      memory.unanswered ??= { version, generation };
      return { kind: "unknown", reason: result.reason, ...sentAt };
    }
  }
}
