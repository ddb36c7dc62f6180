import type { DestinationId, RecordedRule, RunId, State } from "../rollout-state.ts";

/** The largest record that is written or read. The API server allows 256 KiB for all annotations together. */
export const recordLimitBytes = 8 * 1024;
export const recordFormat = 1;
/** The most routes that move together: what the record says of each has to fit into it. */
export const routesTogether = 8;
const runsKept = 20;
const revisionsKept = 8;
/** What a record keeps of one reason. */
export const reasonLimit = 240;

const bytesOf = (text: string) => new TextEncoder().encode(text).length;
const packRun = (run: RunId) => [run.id, run.attempt, run.workflow ?? null, run.number ?? null];

/** Shortened to whole characters. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const kept = text.slice(0, limit - 1);
  return `${kept.isWellFormed() ? kept : kept.slice(0, -1)}…`;
}

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
type Keep = { readonly notes: number; readonly names: boolean; readonly text: number; readonly runs: number };
const shorterAndShorter: readonly Keep[] = [
  { notes: 24, names: true, text: reasonLimit, runs: runsKept },
  { notes: 6, names: true, text: reasonLimit, runs: runsKept },
  { notes: 6, names: false, text: reasonLimit, runs: runsKept },
  { notes: 0, names: false, text: reasonLimit, runs: runsKept },
  { notes: 0, names: false, text: 60, runs: runsKept },
  { notes: 0, names: false, text: 60, runs: 4 },
];

function pack(state: State, keep: Keep): string {
  const { destinations, rules, followers } = packRules(state, keep.names);
  const notes = keep.notes === 0 ? [] : state.notes.slice(-keep.notes);
  const short = (text: string) => cut(text, keep.text);
  return JSON.stringify({
    ...state.further,
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
    revisions: state.revisions.slice(-revisionsKept),
    grounds: state.grounds === null ? null : [state.grounds.phase, state.grounds.kind, short(state.grounds.because)],
    because: short(state.because),
    destinations,
    rules,
    ...(followers === undefined ? {} : { followers }),
    frozen: state.frozen,
    notes: notes.map((note) => [note.at, note.phase, note.weight, note.status, short(note.because)]),
  });
}

/** The record as it stands in the annotation. What only people read is shortened first when it grows too large. */
export function encodeRecord(state: State): string {
  let text = "";
  for (const keep of shorterAndShorter) {
    text = pack(state, keep);
    if (recordFits(text)) break;
  }
  return text;
}

/** A unit of text makes one byte at least and three at most: between those bounds the bytes are counted. */
export const recordFits = (text: string): boolean =>
  text.length * 3 <= recordLimitBytes || (text.length <= recordLimitBytes && bytesOf(text) <= recordLimitBytes);
