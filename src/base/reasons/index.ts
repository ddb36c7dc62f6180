import { apiReasons } from "./api-reasons.ts";
import { decisionReasons } from "./decision-reasons.ts";
import { driftReasons } from "./drift-reasons.ts";
import { findingReasons } from "./finding-reasons.ts";
import { metricReasons } from "./metric-reasons.ts";
import { noticeReasons } from "./notice-reasons.ts";
import { type DataOf, readFields, type Shape } from "./reason-shape.ts";
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
} as const satisfies Readonly<Record<string, Shape>>;

export type ReasonCode = keyof typeof reasonShapes;
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
/** `withOptional`: whether what may be left out is kept. The code always is. */
export function packReason({ code, data }: Reason, withOptional = true): Packed {
  const kept = Object.entries(reasonShapes[code] as Shape).flatMap(([key, field]) => {
    const value = (data as Readonly<Record<string, unknown>>)[key];
    if (value === undefined || (field.isOptional && !withOptional)) return [];
    return [[key, packed(value, withOptional)] as const];
  });
  return [code, Object.fromEntries(kept)];
}

function packed(value: unknown, withOptional: boolean): unknown {
  if (Array.isArray(value)) return value.map((one) => packed(one, withOptional));
  if (isReason(value)) return packReason(value, withOptional);
  return value;
}

const isReason = (value: unknown): value is Reason =>
  typeof value === "object" && value !== null && "code" in value && "data" in value;

/** Whether both say the same of the same thing. Figures and foreign words may differ: they do from one read to the next. */
export function sameReason(one: Reason | undefined, other: Reason | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.code === other.code && sameData(reasonShapes[one.code], one.data, other.data);
}

function sameData(shape: Shape, one: object, other: object): boolean {
  return Object.entries(shape).every(([key, { kind }]) => {
    const [left, right] = [(one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]];
    if (kind === "figure" || kind === "foreign" || kind === "record") return true;
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
