declare const finite: unique symbol;

/** A number that was written as a plain decimal and is finite: the only kind that may be compared with a limit. */
export type FiniteNumber = number & { readonly [finite]: true };

const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/**
 * The one parser for numbers from outside. `Number` alone reads "" and null as 0 and "0x10" as 16, and a comparison
 * with the NaN that it makes of "+Inf" is silently false, so nothing but this function turns foreign text into a number.
 */
export function parseFinite(text: unknown): FiniteNumber | undefined {
  if (typeof text !== "string" || !decimal.test(text)) return undefined;
  const value = Number(text);
  // Adding 0 turns -0, which would be printed with its sign, into 0.
  return Number.isFinite(value) ? ((value + 0) as FiniteNumber) : undefined;
}
