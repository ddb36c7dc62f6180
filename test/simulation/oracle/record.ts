/** The oracle's own reading of a record: nothing of it is shared with the code under test. */

export type Run = readonly [id: string, attempt: number, workflow: string | null, number: number | null];

export type Rec = {
  readonly rollout: string;
  readonly plan: string;
  readonly revision: string;
  readonly status: "progressing" | "paused" | "held" | "promoted" | "rolled-back";
  readonly cause: string | null;
  readonly phase: number;
  readonly weight: number;
  readonly entered: readonly number[];
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly watchedFrom: number | null;
  readonly deadline: number;
  readonly uid: string;
  readonly by: Run | null;
  readonly tookPart: readonly Run[];
  readonly superseded: readonly Run[];
  readonly grounds: readonly [phase: number, kind: string, reason: unknown] | null;
  readonly destinations: readonly string[];
  readonly rules: readonly RecRule[];
  readonly total: number;
  readonly onCancel: string;
  /** Every field by its name, as it stands in the text. */
  readonly all: Readonly<Record<string, unknown>>;
  readonly text: string;
};

export type RecRule = {
  readonly list: string;
  readonly index: number;
  readonly key: string;
  readonly members: readonly number[];
  readonly home: readonly (number | null)[];
  readonly atHome: boolean;
};

export type Read = Rec | "none" | "corrupt";

const key = "sluice.dev/rollout";
const statuses = ["progressing", "paused", "held", "promoted", "rolled-back"];
const known = new Map<string, Rec | "corrupt">();

export const isRec = (read: Read): read is Rec => typeof read !== "string";
export const isEnded = (rec: Rec): boolean => rec.status === "promoted" || rec.status === "rolled-back";
export const sameInstance = (a: Rec, b: Rec): boolean =>
  a.rollout === b.rollout && a.startedAt === b.startedAt && a.entered[0] === b.entered[0];

export function recordOf(object: unknown): Read {
  const annotations = (object as { metadata?: { annotations?: Record<string, string> } } | undefined)?.metadata
    ?.annotations;
  const text = annotations?.[key];
  if (text === undefined) return "none";
  const before = known.get(text);
  if (before !== undefined) return before;
  if (known.size > 5000) known.clear();
  const read = parse(text);
  known.set(text, read);
  return read;
}

/** The record as anybody would read it who was told the format in one sentence; bounds are the format's own. */
function parse(text: string): Rec | "corrupt" {
  if (Buffer.byteLength(text) > 8192) return "corrupt";
  let all: Record<string, unknown>;
  try {
    all = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return "corrupt";
  }
  const wanted = typeof all === "object" && all !== null && all["format"] === 1;
  if (!wanted || !statuses.includes(String(all["status"])) || !Array.isArray(all["entered"])) return "corrupt";
  if (!Array.isArray(all["rules"]) || all["phase"] !== all["entered"].length) return "corrupt";
  const rules = (all["rules"] as unknown[][]).map(
    ([list, index, digest, members, home, atHome]) =>
      ({ list, index, key: digest, members, home, atHome: atHome === 1 }) as RecRule,
  );
  return { ...(all as unknown as Rec), rules, all, text };
}

/** The codes of a reason, `[code, data]`, and of the reasons within it. */
export const codesIn = (reason: unknown): readonly string[] =>
  Array.isArray(reason) && typeof reason[0] === "string"
    ? [reason[0], ...Object.values((reason[1] ?? {}) as object).flatMap(codesIn)]
    : [];
