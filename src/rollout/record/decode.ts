import { routeTitle } from "../../base/kube-object.ts";
import { type Reason, reason } from "../../base/reasons/index.ts";
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
import { recordFits, recordFormat, recordLimitBytes } from "./encode.ts";
import { routesTogether } from "./most-routes.ts";
import { readReasonField } from "./reason-field.ts";

type Decoded =
  | { readonly kind: "state"; readonly state: State }
  | { readonly kind: "corrupt"; readonly reason: Reason };

type Json = Record<string, unknown>;

class Corrupt extends Error {
  readonly reason: Reason;
  constructor(why: Reason) {
    super(why.code);
    this.reason = why;
  }
}
/** A part that is not what it should be, or does not fit the others. */
const corrupt = (part: string): never => {
  throw new Corrupt(reason("record-malformed", { part }));
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
  return is(value) ? value : corrupt(name);
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
  if (!isList(value)) return corrupt("run");
  const [id, attempt, workflow, number] = value;
  if (!isText(id) || !isCount(attempt)) return corrupt("run");
  return {
    id,
    attempt,
    ...(isText(workflow) ? { workflow } : {}),
    ...(isCount(number) ? { number } : {}),
  };
}

function unpackRule(value: unknown, table: readonly DestinationId[]): RecordedRule {
  if (!isList(value)) return corrupt("rule");
  const [list, index, key, members, home, atHome, name] = value;
  if (!isText(list) || !isCount(index) || !isText(key) || !isList(members) || !isList(home)) {
    return corrupt("rule");
  }
  if (members.length === 0 || members.length !== home.length) return corrupt("weights of a rule");
  const destinations = members.map((member) => {
    const id = isCount(member) ? table[member] : undefined;
    return id ?? corrupt("destinations of a rule");
  });
  const weights = home.map((weight) => (optional(isWeight)(weight) ? weight : corrupt("weights of a rule")));
  return { list, index, key, destinations, home: weights, atHome: atHome === 1, name: isText(name) ? name : null };
}

const isTotal = (value: unknown): value is number => value === 100 || value === 1000;

function unpackFollower(value: unknown, table: readonly DestinationId[]): Follower {
  const wrong = "follower";
  if (!isList(value)) return corrupt(wrong);
  const [namespace, kind, name, uid, stableAt, canaryAt, total, rules, away = 0] = value;
  const [stable, canary] = [stableAt, canaryAt].map((at) => (isCount(at) ? table[at] : undefined));
  if (!isText(namespace) || !isText(kind) || !isText(name) || !isText(uid)) return corrupt(wrong);
  if (!isTotal(total) || !isList(rules) || rules.length === 0) return corrupt(wrong);
  if (stable === undefined || canary === undefined || stable === canary) return corrupt("versions of a follower");
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
  if (followers.length === 0 || followers.length >= routesTogether) corrupt("number of followers");
  const titles = followers.map(routeTitle);
  if (new Set(titles).size < titles.length) corrupt("followers, one of them twice,");
  return { followers };
}

const statuses: readonly Status[] = ["progressing", "paused", "held", "promoted", "rolled-back"];
const causes: readonly PauseCause[] = ["person", "schedule", "until", "evidence"];

function unpackNote(value: unknown): Note {
  if (!isList(value)) return corrupt("note");
  const [at, phase, weight, status, packed] = value;
  const why = readReasonField(packed);
  if (!isTime(at) || !isCount(phase) || !isShare(weight) || !oneOf(...statuses)(status) || why === undefined)
    return corrupt("note");
  return { at, phase, weight, status, reason: why };
}

function unpackGrounds(value: unknown): PromotionBasis | null {
  if (value === null) return null;
  if (!isList(value)) return corrupt("grounds");
  const [phase, kind, packed] = value;
  const why = readReasonField(packed);
  if (!isCount(phase) || !oneOf("pass", "person", "waiver")(kind) || why === undefined) return corrupt("grounds");
  return { phase, kind, reason: why };
}

const knownFields = new Set(
  (
    "format rollout plan revision repository pullRequest status cause endedAt startedAt uid weight total others created flux phase entered " +
    "watchedFrom deadline onCancel by tookPart superseded revisions grounds reason destinations rules followers frozen notes"
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
    throw new Corrupt(
      reason("record-format", { found: `${JSON.stringify(from["format"])}`.slice(0, 40), format: recordFormat }),
    );
  const table = field(from, "destinations", isList).map((id) => (isText(id) ? id : corrupt("destinations")));
  const [stable, canary] = table;
  if (stable === undefined || canary === undefined || stable === canary) return corrupt("destinations");
  const total = field(from, "total", isCount);
  const entered = field(from, "entered", isList).map((at) => (isTime(at) ? at : corrupt("entered")));
  const phase = field(from, "phase", isCount);
  if (!isTotal(total)) corrupt("total");
  if (phase < 1 || phase !== entered.length) corrupt("entered");
  const rules = field(from, "rules", isList).map((rule) => unpackRule(rule, table));
  if (rules.length === 0) corrupt("rules");
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
    revisions: field(from, "revisions", isList).map((revision) => (isText(revision) ? revision : corrupt("revisions"))),
    grounds: unpackGrounds(from["grounds"]),
    notes: field(from, "notes", isList).map(unpackNote),
    reason: readReasonField(from["reason"]) ?? corrupt("reason"),
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
  if (!recordFits(text))
    return { kind: "corrupt", reason: reason("record-oversized", { limitBytes: recordLimitBytes }) };
  const known = kept.get(text);
  if (known !== undefined) return known;
  if (kept.size >= mostKept) kept.clear();
  const decoded = unchangeable(decode(text));
  kept.set(text, decoded);
  return decoded;
}

const notOurs = (how: Reason<"record-not-ours">["data"]["how"]): Decoded => ({
  kind: "corrupt",
  reason: reason("record-not-ours", { how }),
});

/**
 * Reads a record that anybody with the right to patch the route may have written. What Sluice did not write itself, to
 * the letter, is refused and never guessed: text that does not survive a second encoding hides duplicate or odd keys.
 */
function decode(text: string): Decoded {
  try {
    const from: unknown = JSON.parse(text);
    if (typeof from !== "object" || from === null || Array.isArray(from)) return notOurs("not-an-object");
    if (Object.hasOwn(from, "__proto__")) return notOurs("forbidden-key");
    if (JSON.stringify(from) !== text) return notOurs("rewritten");
    return { kind: "state", state: unpack(from as Json) };
  } catch (error) {
    return error instanceof Corrupt ? { kind: "corrupt", reason: error.reason } : notOurs("not-json");
  }
}
