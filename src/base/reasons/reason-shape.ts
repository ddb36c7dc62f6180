import { type Foreign, foreign, foreignLimit, visibleLine } from "../foreign.ts";
import type { Millis } from "../units.ts";
import type { Reason } from "./index.ts";

/**
 * What the data of a reason are made of. One shape gives the type, reads what a record holds (anything may stand there: anyone who
 * may patch a route can write it) and tells which parts make two reasons the same.
 */
export type Field<T> = {
  readonly kind: "number" | "figure" | "name" | "foreign" | "reason" | "list" | "record";
  readonly isOptional: boolean;
  /** What a list is of. */
  readonly of?: Field<unknown>["kind"];
  /** Undefined where the raw value is no such thing. */
  readonly read: (raw: unknown, readReason: ReadReason) => T | undefined;
};

/** A reason within a reason. Only here is it not known as one of the closed list: the list is made of these shapes. */
interface Nested {
  readonly code: string;
  readonly data: object;
}

type ReadReason = (raw: unknown) => Nested | undefined;
export type ReasonShape = Readonly<Record<string, Field<unknown>>>;

type Value<F> = F extends Field<infer T> ? Known<T> : never;
type Known<T> = T extends Nested ? Reason : T extends readonly Nested[] ? readonly Reason[] : T;
type OptionalKeys<S> = { [K in keyof S]: undefined extends Value<S[K]> ? K : never }[keyof S];
/** The data that a shape describes; optional fields may be absent. ReasonShape by shape: a union of hundreds squared is too many. */
export type DataOf<S> = S extends unknown
  ? {
      readonly [K in Exclude<keyof S, OptionalKeys<S>>]: Value<S[K]>;
    } & { readonly [K in OptionalKeys<S>]?: Exclude<Value<S[K]>, undefined> }
  : never;

const nameLimit = 300;
const listLimit = 20;

const isNumber = (raw: unknown): raw is number => typeof raw === "number" && Number.isFinite(raw);
const numberFrom = (raw: unknown) => (isNumber(raw) ? raw : undefined);

/** A number that says which one is meant: a phase, a weight. It is part of what makes two reasons the same. */
export const number: Field<number> = { kind: "number", isOptional: false, read: numberFrom };
/** A number that was measured or counted: a later value of it is no other reason. */
export const figure: Field<number> = { kind: "figure", isOptional: false, read: numberFrom };

/** Both versions over one time: from, to, the canary's requests and how many of them were bad, stable's. */
export type CountWindow = readonly [Millis, Millis, number, number, number, number];

/** What was counted of both versions. Like a figure, a later one is no other reason. */
export const counts: Field<CountWindow> = {
  kind: "figure",
  isOptional: false,
  read: (raw) =>
    Array.isArray(raw) && raw.length === 6 && raw.every(isNumber) ? (raw as unknown as CountWindow) : undefined,
};

/** A name, an id, a word of ours: a route, a rollout, a metric, a policy. */
export const name: Field<string> = {
  kind: "name",
  isOptional: false,
  read: (raw) => (typeof raw === "string" ? visibleLine(raw, nameLimit) : undefined),
};

/** One of these words and no other. */
export const oneOf = <const W extends string>(...words: readonly W[]): Field<W> => ({
  kind: "name",
  isOptional: false,
  read: (raw) => words.find((word) => word === raw),
});

/** Another program's words. They differ from one answer to the next, so they do not tell reasons apart. */
export const words: Field<Foreign> = {
  kind: "foreign",
  isOptional: false,
  read: (raw) => (typeof raw === "string" ? foreign(raw, foreignLimit) : undefined),
};

/** The reason for this reason. */
export const cause: Field<Nested> = { kind: "reason", isOptional: false, read: (raw, readReason) => readReason(raw) };

/** Several of one kind, at most twenty. */
export const list = <T>(of: Field<T>): Field<readonly T[]> => ({
  kind: "list",
  of: of.kind,
  isOptional: false,
  read: (raw, readReason) => {
    if (!Array.isArray(raw)) return undefined;
    const read = raw.slice(0, listLimit).map((one) => of.read(one, readReason));
    return read.some((one) => one === undefined) ? undefined : (read as T[]);
  },
});

/** Several fields that belong together. */
export const record = <S extends ReasonShape>(shape: S): Field<DataOf<S>> => ({
  kind: "record",
  isOptional: false,
  read: (raw, readReason) => readFields(shape, raw, readReason) as DataOf<S> | undefined,
});

/** Left out where it is not known; the first to go where a record grows too large. */
export const optional = <T>(field: Field<T>): Field<T | undefined> => ({ ...field, isOptional: true });

/** The data of a shape out of what a record or another program holds; undefined where something needed is missing. */
export function readFields(
  shape: ReasonShape,
  raw: unknown,
  readReason: ReadReason,
): Readonly<Record<string, unknown>> | undefined {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return undefined;
  const data: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(shape)) {
    const value = Object.hasOwn(raw, key) ? field.read((raw as Record<string, unknown>)[key], readReason) : undefined;
    if (value === undefined && !field.isOptional) return undefined;
    if (value !== undefined) data[key] = value;
  }
  return data;
}
