import type { DestinationId, RunId, State } from "./state.ts";

/** The largest record that is written or read. The API server allows 256 KiB for all annotations together. */
export const recordLimitBytes = 8 * 1024;
export const recordFormat = 1;
const runsKept = 20;
const revisionsKept = 8;
const notesKept = 24;
const textLimit = 240;

const bytesOf = (text: string) => new TextEncoder().encode(text).length;
const cut = (text: string) => (text.length > textLimit ? `${text.slice(0, textLimit - 1)}…` : text);
const packRun = (run: RunId) => [run.id, run.attempt, run.workflow ?? null, run.number ?? null];

/** Destinations stand once in a table; a rule is its list, index, key, members and home weights, so 100 rules fit. */
function packRules(state: State, names: boolean): { destinations: DestinationId[]; rules: unknown[][] } {
  const destinations: DestinationId[] = [];
  const place = (id: DestinationId) => {
    const known = destinations.indexOf(id);
    return known >= 0 ? known : destinations.push(id) - 1;
  };
  place(state.stable);
  place(state.canary);
  const rules = state.rules.map((rule) => [
    rule.list,
    rule.index,
    rule.key,
    rule.destinations.map(place),
    rule.home,
    rule.atHome ? 1 : 0,
    ...(names && rule.name !== null ? [rule.name] : []),
  ]);
  return { destinations, rules };
}

function pack(state: State, keep: { notes: number; names: boolean }): string {
  const { destinations, rules } = packRules(state, keep.names);
  const notes = keep.notes === 0 ? [] : state.notes.slice(-keep.notes);
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
    phase: state.phase,
    entered: state.entered,
    watchedFrom: state.watchedFrom,
    deadline: state.deadline,
    onCancel: state.onCancel,
    by: state.by === null ? null : packRun(state.by),
    tookPart: state.tookPart.slice(-runsKept).map(packRun),
    superseded: state.superseded.slice(-runsKept).map(packRun),
    revisions: state.revisions.slice(-revisionsKept),
    grounds: state.grounds === null ? null : [state.grounds.phase, state.grounds.kind, cut(state.grounds.because)],
    because: cut(state.because),
    destinations,
    rules,
    frozen: state.frozen,
    notes: notes.map((note) => [note.at, note.phase, note.weight, note.status, cut(note.because)]),
  });
}

/** The record as it stands in the annotation. What only people read is shortened first when it grows too large. */
export function encodeRecord(state: State): string {
  let text = "";
  for (const keep of [
    { notes: notesKept, names: true },
    { notes: 6, names: true },
    { notes: 6, names: false },
    { notes: 0, names: false },
  ]) {
    text = pack(state, keep);
    if (bytesOf(text) <= recordLimitBytes) break;
  }
  return text;
}

export const recordFits = (text: string): boolean => bytesOf(text) <= recordLimitBytes;
