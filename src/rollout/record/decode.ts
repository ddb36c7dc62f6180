import type {
  DestinationId,
  Follower,
  Note,
  PauseCause,
  PromotionBasis,
  RecordedRule,
  RunId,
  State,
  Status,
} from "../rollout-state.ts";
import { recordFits, recordFormat, recordLimitBytes, routesTogether } from "./encode.ts";

type Decoded =
  | { readonly kind: "state"; readonly state: State }
  | { readonly kind: "corrupt"; readonly because: string };

type Json = Record<string, unknown>;

class Corrupt extends Error {}
const corrupt = (because: string): never => {
  throw new Corrupt(because);
};

const isText = (value: unknown): value is string => typeof value === "string";
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isTime = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value) && value >= 0;
const isShare = (value: unknown): value is number => isTime(value) && value <= 100;
const isWeight = (value: unknown): value is number => isCount(value) && value <= 2_147_483_647;
const isTrue = (value: unknown): value is true => value === true;
const isList = (value: unknown): value is unknown[] => Array.isArray(value) && value.length <= 1000;

function field<T>(from: Json, name: string, is: (value: unknown) => value is T): T {
  const value = from[name];
  return is(value) ? value : corrupt(`${name} is not what it should be`);
}
const optional =
  <T>(is: (value: unknown) => value is T) =>
  (value: unknown): value is T | null =>
    value === null || is(value);
const isTextOrNull = optional(isText);
const oneOf =
  <T extends string>(...words: readonly T[]) =>
  (value: unknown): value is T =>
    words.some((word) => word === value);
const isBefore = (value: unknown): value is { before: string | null } =>
  typeof value === "object" && value !== null && isTextOrNull((value as Json)["before"]);

function unpackRun(value: unknown): RunId {
  if (!isList(value)) return corrupt("a run is not what it should be");
  const [id, attempt, workflow, number] = value;
  if (!isText(id) || !isCount(attempt)) return corrupt("a run is not what it should be");
  return {
    id,
    attempt,
    ...(isText(workflow) ? { workflow } : {}),
    ...(isCount(number) ? { number } : {}),
  };
}

function unpackRule(value: unknown, table: readonly DestinationId[]): RecordedRule {
  if (!isList(value)) return corrupt("a rule is not what it should be");
  const [list, index, key, members, home, atHome, name] = value;
  if (!isText(list) || !isCount(index) || !isText(key) || !isList(members) || !isList(home)) {
    return corrupt("a rule is not what it should be");
  }
  if (members.length === 0 || members.length !== home.length) return corrupt("a rule's weights do not fit it");
  const destinations = members.map((member) => {
    const id = isCount(member) ? table[member] : undefined;
    return id ?? corrupt("a rule names an unknown destination");
  });
  const weights = home.map((weight) => (optional(isWeight)(weight) ? weight : corrupt("a home weight is no weight")));
  return { list, index, key, destinations, home: weights, atHome: atHome === 1, name: isText(name) ? name : null };
}

const isTotal = (value: unknown): value is number => value === 100 || value === 1000;

function unpackFollower(value: unknown, table: readonly DestinationId[]): Follower {
  const wrong = "a follower is not what it should be";
  if (!isList(value)) return corrupt(wrong);
  const [namespace, kind, name, uid, stableAt, canaryAt, total, rules, away = 0] = value;
  const [stable, canary] = [stableAt, canaryAt].map((at) => (isCount(at) ? table[at] : undefined));
  if (!isText(namespace) || !isText(kind) || !isText(name) || !isText(uid)) return corrupt(wrong);
  if (!isTotal(total) || !isList(rules) || rules.length === 0) return corrupt(wrong);
  if (stable === undefined || canary === undefined || stable === canary)
    return corrupt("a follower names no two versions");
  const own = { namespace, kind, name, uid, stable, canary, total };
  if (away !== 0 && away !== 1) return corrupt(wrong);
  return {
    ...own,
    rules: rules.map((rule) => unpackRule(rule, table)),
    ...(away === 1 ? { away: true } : {}),
  };
}

function unpackFollowers(from: Json, table: readonly DestinationId[]): { readonly followers?: readonly Follower[] } {
  if (from["followers"] === undefined) return {};
  const followers = field(from, "followers", isList).map((one) => unpackFollower(one, table));
  if (followers.length === 0 || followers.length >= routesTogether) corrupt("it names no followers, or too many");
  const titles = followers.map(({ namespace, kind, name }) => `${namespace}/${kind}/${name}`);
  if (new Set(titles).size < titles.length) corrupt("it names a follower twice");
  return { followers };
}

const statuses: readonly Status[] = ["progressing", "paused", "held", "promoted", "rolled-back"];
const causes: readonly PauseCause[] = ["person", "schedule", "until", "evidence"];

function unpackNote(value: unknown): Note {
  if (!isList(value)) return corrupt("a note is not what it should be");
  const [at, phase, weight, status, because] = value;
  if (!isTime(at) || !isCount(phase) || !isShare(weight) || !oneOf(...statuses)(status) || !isText(because)) {
    return corrupt("a note is not what it should be");
  }
  return { at, phase, weight, status, because };
}

function unpackGrounds(value: unknown): PromotionBasis | null {
  if (value === null) return null;
  if (!isList(value)) return corrupt("grounds is not what it should be");
  const [phase, kind, because] = value;
  if (!isCount(phase) || !oneOf("pass", "person", "waiver")(kind) || !isText(because)) {
    return corrupt("grounds is not what it should be");
  }
  return { phase, kind, because };
}

const knownFields = new Set(
  (
    "format rollout plan revision repository pullRequest status cause endedAt startedAt uid weight total others created flux phase entered " +
    "watchedFrom deadline onCancel by tookPart superseded revisions grounds because destinations rules followers frozen notes"
  ).split(" "),
);

function unpackStatus(
  from: Json,
):
  | { status: "progressing" | "held" }
  | { status: "paused"; cause: PauseCause }
  | { status: "promoted" | "rolled-back"; endedAt: number } {
  const status = field(from, "status", oneOf(...statuses));
  switch (status) {
    case "progressing":
    case "held":
      return { status };
    case "paused":
      return { status, cause: field(from, "cause", oneOf(...causes)) };
    case "promoted":
    case "rolled-back":
      return { status, endedAt: field(from, "endedAt", isTime) };
  }
}

function unpack(from: Json): State {
  if (from["format"] !== recordFormat)
    corrupt(`its format is ${JSON.stringify(from["format"])?.slice(0, 40)}, not ${recordFormat}`);
  const table = field(from, "destinations", isList).map((id) =>
    isText(id) ? id : corrupt("a destination is no text"),
  );
  const [stable, canary] = table;
  if (stable === undefined || canary === undefined || stable === canary) return corrupt("it names no two versions");
  const total = field(from, "total", isCount);
  const entered = field(from, "entered", isList).map((at) => (isTime(at) ? at : corrupt("a time of entry is no time")));
  const phase = field(from, "phase", isCount);
  if (!isTotal(total)) corrupt("total is neither 100 nor 1000");
  if (phase < 1 || phase !== entered.length) corrupt("the times of entry do not fit the phase");
  const rules = field(from, "rules", isList).map((rule) => unpackRule(rule, table));
  if (rules.length === 0) corrupt("it names no rule");
  const by = from["by"];
  return {
    rollout: field(from, "rollout", isText),
    planDigest: field(from, "plan", isText),
    revision: field(from, "revision", isText),
    repository: field(from, "repository", isText),
    pullRequest: field(from, "pullRequest", optional(isCount)),
    startedAt: field(from, "startedAt", isTime),
    uid: field(from, "uid", isText),
    stable,
    canary,
    rules,
    ...unpackFollowers(from, table),
    total,
    ...(from["others"] === undefined ? {} : { others: field(from, "others", oneOf("fixed")) }),
    ...(from["created"] === undefined ? {} : { created: field(from, "created", isTrue) }),
    ...(from["flux"] === undefined ? {} : { flux: { before: field(from, "flux", isBefore).before } }),
    weight: field(from, "weight", isShare),
    phase,
    entered,
    watchedFrom: field(from, "watchedFrom", optional(isTime)),
    deadline: field(from, "deadline", isTime),
    onCancel: field(from, "onCancel", oneOf("rollback", "leave")),
    by: by === null ? null : unpackRun(by),
    tookPart: field(from, "tookPart", isList).map(unpackRun),
    superseded: field(from, "superseded", isList).map(unpackRun),
    revisions: field(from, "revisions", isList).map((revision) =>
      isText(revision) ? revision : corrupt("a revision is no text"),
    ),
    grounds: unpackGrounds(from["grounds"]),
    notes: field(from, "notes", isList).map(unpackNote),
    because: field(from, "because", isText),
    frozen: from["frozen"] ?? null,
    further: Object.fromEntries(Object.entries(from).filter(([name]) => !knownFields.has(name))),
    ...unpackStatus(from),
  };
}

function unchangeable<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  for (const member of Object.values(value)) unchangeable(member);
  return Object.freeze(value);
}

const mostKept = 32;
const kept = new Map<string, Decoded>();

/**
 * What a record says. The same text says the same, and most turns meet the text of the turn before. What is given out
 * more than once can be changed by nobody.
 */
export function decodeRecord(text: string): Decoded {
  if (!recordFits(text)) return { kind: "corrupt", because: `it is larger than ${recordLimitBytes} bytes` };
  const known = kept.get(text);
  if (known !== undefined) return known;
  if (kept.size >= mostKept) kept.clear();
  const decoded = unchangeable(decode(text));
  kept.set(text, decoded);
  return decoded;
}

/**
 * Reads a record that anybody with the right to patch the route may have written. What Sluice did not write itself, to
 * the letter, is refused and never guessed: text that does not survive a second encoding hides duplicate or odd keys.
 */
function decode(text: string): Decoded {
  try {
    const from: unknown = JSON.parse(text);
    if (typeof from !== "object" || from === null || Array.isArray(from))
      return { kind: "corrupt", because: "it is no JSON object" };
    if (Object.hasOwn(from, "__proto__")) return { kind: "corrupt", because: "it holds a forbidden key" };
    if (JSON.stringify(from) !== text) return { kind: "corrupt", because: "it was not written by Sluice" };
    return { kind: "state", state: unpack(from as Json) };
  } catch (error) {
    return { kind: "corrupt", because: error instanceof Corrupt ? error.message : "it is no JSON" };
  }
}
