import { type Foreign, shortened } from "../foreign.ts";
import { apiReasons } from "./api-reasons.ts";
import { decisionReasons } from "./decision-reasons.ts";
import { driftReasons } from "./drift-reasons.ts";
import { findingReasons } from "./finding-reasons.ts";
import { metricReasons } from "./metric-reasons.ts";
import { noticeReasons } from "./notice-reasons.ts";
import { type DataOf, type Field, type ReasonShape, readFields } from "./reason-shape.ts";
import { verdictReasons } from "./verdict-reasons.ts";

/** Every reason there is, by its code: a closed list. Text is made of it in `src/text/` and nowhere else. */
const reasonShapes = {
  ...decisionReasons,
  ...verdictReasons,
  ...driftReasons,
  ...findingReasons,
  ...apiReasons,
  ...metricReasons,
  ...noticeReasons,
} as const satisfies Readonly<Record<string, ReasonShape>>;

export type ReasonCode = keyof typeof reasonShapes;
type Kind = Field<unknown>["kind"];
type ReasonData<C extends ReasonCode> = DataOf<(typeof reasonShapes)[C]>;
/** Why something is as it is: what code decides by, and what a text is made of. */
export type Reason<C extends ReasonCode = ReasonCode> = {
  [K in C]: { readonly code: K; readonly data: ReasonData<K> };
}[C];

export const reason = <C extends ReasonCode>(code: C, data: ReasonData<C>): Reason<C> =>
  ({ code, data }) as unknown as Reason<C>;

const isReasonCode = (code: string): code is ReasonCode => Object.hasOwn(reasonShapes, code);

/** Reasons stand in reasons one level deep in a record; what is read deeper than this was not written by Sluice. */
const deepest = 4;

/** A reason as a record or a line of JSON holds it, `[code, data]`; undefined where it is none that this version knows. */
export function readReason(raw: unknown, depth = 0): Reason | undefined {
  if (depth > deepest || !Array.isArray(raw) || typeof raw[0] !== "string") return undefined;
  const [code, held] = raw;
  if (!isReasonCode(code)) return reason("newer-reason", { reasonCode: String(code).slice(0, 60) });
  const data = readFields(reasonShapes[code], held, (inner) => readReason(inner, depth + 1));
  return data === undefined ? undefined : ({ code, data } as unknown as Reason);
}

type Packed = readonly [string, Readonly<Record<string, unknown>>];

/** What is kept of a reason where there is little room. The code always is. */
type Keep = {
  /** What may be left out. */
  readonly optional: boolean;
  /** So many bytes of another program's words. */
  readonly wordsBytes: number;
};

export function packReason(
  { code, data }: Reason,
  keep: Keep = { optional: true, wordsBytes: Number.POSITIVE_INFINITY },
): Packed {
  const kept = Object.entries(reasonShapes[code] as ReasonShape).flatMap(([key, field]) => {
    const value = (data as Readonly<Record<string, unknown>>)[key];
    if (value === undefined || (field.isOptional && !keep.optional)) return [];
    return [[key, packed(field.kind, value, keep, field.of)] as const];
  });
  return [code, Object.fromEntries(kept)];
}

function packed(kind: Kind | undefined, value: unknown, keep: Keep, of?: Kind): unknown {
  if (kind === "foreign") return shortened(value as Foreign, keep.wordsBytes);
  if (kind === "reason") return packReason(value as Reason, keep);
  return Array.isArray(value) ? value.map((one) => packed(of, one, keep)) : value;
}

const isReason = (value: unknown): value is Reason =>
  typeof value === "object" && value !== null && "code" in value && "data" in value;

/** Whether both say the same of the same thing. Figures and foreign words may differ: they do from one read to the next. */
export function sameReason(one: Reason | undefined, other: Reason | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  // Its words are all that it has.
  if (one.code === "said" && other.code === "said") return one.data.text === other.data.text;
  return one.code === other.code && sameData(reasonShapes[one.code], one.data, other.data);
}

function sameData(shape: ReasonShape, one: object, other: object): boolean {
  return Object.entries(shape).every(([key, { kind, isOptional }]) => {
    const [left, right] = [(one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]];
    if (kind === "figure" || kind === "foreign" || kind === "record") return true;
    // What a record had no room for is not another thing.
    if (isOptional && (left === undefined || right === undefined)) return true;
    if (kind === "reason") return sameReason(left as Reason | undefined, right as Reason | undefined);
    if (kind !== "list") return left === right;
    return sameList(left as readonly unknown[] | undefined, right as readonly unknown[] | undefined);
  });
}

function sameList(one: readonly unknown[] = [], other: readonly unknown[] = []): boolean {
  if (one.length !== other.length) return false;
  return one.every((left, at) => {
    const right = other[at];
    return isReason(left) && isReason(right) ? sameReason(left, right) : typeof left === "object" || left === right;
  });
}
