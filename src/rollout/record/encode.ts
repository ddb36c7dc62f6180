import { isLowering } from "../begin-or-supersede.ts";
import type { DestinationId, RecordedRule, RunId, State } from "../rollout-state.ts";
import { type ReasonKeep, reasonField } from "./reason-field.ts";

/** The largest record that is written or read. The API server allows 256 KiB for all annotations together. */
export const recordLimitBytes = 8 * 1024;
export const recordFormat = 1;
const runsKept = 20;
const revisionsKept = 8;
/** What a rollback may need more than the record of the rollout did: it has to fit wherever that stood. */
const rollbackRoomBytes = 256;

const bytesOf = (text: string) => new TextEncoder().encode(text).length;
const bareRun = (run: RunId) => [run.id, run.attempt, null, null];
const wholeRun = (run: RunId) => [run.id, run.attempt, run.workflow ?? null, run.number ?? null];

/** Destinations stand once in a table; a rule is its list, index, key, members and home weights, so 100 rules fit. */
function packRules(state: State, names: boolean) {
  const destinations: DestinationId[] = [];
  const place = (id: DestinationId) => {
    const known = destinations.indexOf(id);
    return known >= 0 ? known : destinations.push(id) - 1;
  };
  place(state.stable);
  place(state.canary);
  const pack = (rules: readonly RecordedRule[]) =>
    rules.map((rule) => [
      rule.list,
      rule.index,
      rule.key,
      rule.destinations.map(place),
      rule.home,
      rule.atHome ? 1 : 0,
      ...(names && rule.name !== null ? [rule.name] : []),
    ]);
  const rules = pack(state.rules);
  const followers = state.followers?.map((one) => [
    one.namespace,
    one.kind,
    one.name,
    one.uid,
    place(one.stable),
    place(one.canary),
    one.total,
    pack(one.rules),
    ...(one.away === true ? [1] : []),
  ]);
  return { destinations, rules, followers };
}

/** How much is kept of what only people read, and of runs that ended long ago. */
type Keep = {
  readonly notes: number;
  readonly names: boolean;
  readonly reasons: ReasonKeep;
  readonly runs: number;
  readonly revisions: number;
  /** Runs by number and attempt alone, and nothing that only a rollout which goes on needs. */
  readonly bare?: true;
};
const whole: Keep = { notes: 24, names: true, reasons: "all", runs: runsKept, revisions: revisionsKept };
const shorterAndShorter: readonly Keep[] = [
  whole,
  { ...whole, notes: 6 },
  { ...whole, notes: 6, names: false },
  { ...whole, notes: 0, names: false },
  { ...whole, notes: 0, names: false, reasons: "needed" },
  { ...whole, notes: 0, names: false, reasons: "needed", runs: 4 },
  { notes: 0, names: false, reasons: "needed", runs: 4, revisions: 1 },
  { notes: 0, names: false, reasons: "code", runs: 4, revisions: 1 },
];
const barest: Keep = { notes: 0, names: false, reasons: "code", runs: 1, revisions: 1, bare: true };

function pack(state: State, keep: Keep): string {
  const { destinations, rules, followers } = packRules(state, keep.names);
  const notes = keep.notes === 0 ? [] : state.notes.slice(-keep.notes);
  const bare = keep.bare === true;
  const packRun = bare ? bareRun : wholeRun;
  return JSON.stringify({
    ...(bare ? {} : state.further),
    format: recordFormat,
    rollout: state.rollout,
    plan: state.planDigest,
    revision: state.revision,
    repository: state.repository,
    pullRequest: state.pullRequest,
    status: state.status,
    cause: state.status === "paused" ? state.cause : null,
    endedAt: state.status === "promoted" || state.status === "rolled-back" ? state.endedAt : null,
    startedAt: state.startedAt,
    uid: state.uid,
    weight: state.weight,
    total: state.total,
    ...(state.others === undefined ? {} : { others: state.others }),
    ...(state.created === undefined ? {} : { created: true }),
    ...(state.flux === undefined ? {} : { flux: { before: state.flux.before } }),
    phase: state.phase,
    entered: state.entered,
    watchedFrom: state.watchedFrom,
    deadline: state.deadline,
    onCancel: state.onCancel,
    by: state.by === null ? null : packRun(state.by),
    tookPart: state.tookPart.slice(-keep.runs).map(packRun),
    superseded: state.superseded.slice(-keep.runs).map(packRun),
    revisions: state.revisions.slice(-keep.revisions),
    grounds:
      state.grounds === null
        ? null
        : [state.grounds.phase, state.grounds.kind, reasonField(state.grounds.reason, keep.reasons)],
    reason: reasonField(state.reason, keep.reasons),
    destinations,
    rules,
    ...(followers === undefined ? {} : { followers }),
    frozen: bare ? null : state.frozen,
    notes: notes.map((note) => [note.at, note.phase, note.weight, note.status, reasonField(note.reason, keep.reasons)]),
  });
}

/**
 * The record as it stands in the annotation. What only people read is shortened first when it grows too large. A step down never fails for
 * its size: what is written before it leaves room, and a step down may use that and gives up what only a rollout that goes on needs.
 */
export function encodeRecord(state: State): string {
  const lowers = isLowering(state);
  const limitBytes = lowers ? recordLimitBytes : recordLimitBytes - rollbackRoomBytes;
  let text = "";
  for (const keep of lowers ? [...shorterAndShorter, barest] : shorterAndShorter) {
    text = pack(state, keep);
    if (fits(text, limitBytes)) break;
  }
  return text;
}

/** A unit of text makes one byte at least and three at most: between those bounds the bytes are counted. */
const fits = (text: string, limitBytes: number): boolean =>
  text.length * 3 <= limitBytes || (text.length <= limitBytes && bytesOf(text) <= limitBytes);

/** Whether it can be read. */
export const recordFits = (text: string): boolean => fits(text, recordLimitBytes);

/** Whether a record of this state can be written, so that the rollout can go back from there whatever happens. */
export const recordMayBeWritten = (state: State, text: string): boolean =>
  isLowering(state) || fits(text, recordLimitBytes - rollbackRoomBytes);
