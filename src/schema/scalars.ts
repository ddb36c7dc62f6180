import { parseFinite } from "../base/decimal.ts";
import { knownWords } from "../base/did-you-mean.ts";
import { durationPattern, parseDuration } from "./duration.ts";
import { type Broken, broken, type Parsed, type Schema, type Shape } from "./shape.ts";
import { type Form, type Found, type Scalar, shown, subject, type Tell } from "./source-value.ts";

type ScalarShape<T> = {
  readonly schema: Schema;
  readonly takes: readonly Form[];
  /** Ends the sentence "It takes …". */
  readonly expected: string;
  /** Nothing of it is ever shown. */
  readonly secret?: boolean;
  parse(text: string): Parsed<T>;
};

export function scalar<T>(shape: ScalarShape<T>): Shape<T> {
  const { schema, takes, expected, parse } = shape;
  function read(found: Found, tell: Tell): T | Broken {
    if (found.kind === "refused") return broken;
    const unfit = found.kind === "scalar" ? unfitForm(found, takes) : `. It takes ${expected}.`;
    const parsed = unfit === undefined && found.kind === "scalar" ? parse(found.text) : { because: unfit ?? "" };
    if ("value" in parsed) return parsed.value;
    const value = shape.secret === true && found.kind === "scalar" ? "not usable" : shown(found);
    tell(found.at, `${subject(found.at)} is ${value}${parsed.because}`);
    return broken;
  }
  function unfitForm({ form, text }: Scalar, forms: readonly Form[]): string | undefined {
    if (form === "input" || forms.includes(form)) return undefined;
    if (form === "null" || forms.length === 0) return `. Write ${expected} or remove the key.`;
    if (form !== "text" && forms.includes("text")) {
      return shape.secret === true ? ". Put it in quotes." : `, which is a ${form} here. Put it in quotes: "${text}".`;
    }
    const bare = form === "text" && "value" in parse(text) ? " without quotes" : "";
    return `. It takes ${expected}${bare}.`;
  }
  return { schema, read };
}

/** A text whose whole form a pattern tells. `rule` ends the sentence about one that does not fit. */
export function textOf(pattern: string, expected: string, rule: string, longest = 253): Shape<string> {
  const whole = new RegExp(`^(?:${pattern})$`);
  return scalar({
    schema: { type: "string", pattern: `^(?:${pattern})$`, maxLength: longest },
    takes: ["text"],
    expected,
    parse: (text) => {
      if (text.length > longest) return { because: `, which is longer than ${longest} characters. Shorten it.` };
      return whole.test(text) ? { value: text } : { because: `. ${rule}` };
    },
  });
}

export function choice<const W extends string>(words: readonly W[]): Shape<W> {
  return scalar<W>({
    schema: { enum: [...words] },
    // `off` and `true` are words like any other to somebody who mistypes one: the answer is the list in each case.
    takes: ["text", "number", "boolean"],
    expected: `one of ${words.join(", ")}`,
    parse: (text) => {
      const found = words.find((word) => word === text);
      return found === undefined ? { because: `, which is unknown. ${knownWords(text, words)}` } : { value: found };
    },
  });
}

export const duration: Shape<number> = scalar({
  schema: { type: "string", pattern: `^${durationPattern}$`, examples: ["500ms", "15s", "5m", "1h30m"] },
  // A number is let in only to be answered with the unit that it lacks.
  takes: ["text", "number"],
  expected: "a duration such as 15s, 5m or 1h30m",
  parse: (text) => {
    const parsed = parseDuration(text);
    return "ms" in parsed ? { value: parsed.ms } : parsed;
  },
});

export const boolean: Shape<boolean> = scalar({
  schema: { type: "boolean" },
  takes: ["boolean"],
  expected: "true or false",
  parse: (text) => {
    if (/^(true|True|TRUE)$/.test(text)) return { value: true };
    return /^(false|False|FALSE)$/.test(text) ? { value: false } : { because: ". It takes true or false." };
  },
});

type Range = { readonly min?: number; readonly max?: number; readonly whole?: boolean; readonly expected: string };

export function number({ min, max, whole = false, expected }: Range): Shape<number> {
  return scalar({
    schema: {
      type: whole ? "integer" : "number",
      ...(min === undefined ? {} : { minimum: min }),
      ...(max === undefined ? {} : { maximum: max }),
    },
    takes: ["number"],
    expected,
    parse: (text) => {
      const value = parseFinite(text);
      const fits = value !== undefined && value >= (min ?? value) && value <= (max ?? value);
      return fits && (!whole || Number.isSafeInteger(value)) ? { value } : { because: `. It takes ${expected}.` };
    },
  });
}

/** `99%` or 0.99. */
export const portion: Shape<number> = scalar({
  schema: {
    anyOf: [
      { type: "number", minimum: 0, maximum: 1 },
      { type: "string", pattern: "^\\d{1,3}(?:\\.\\d+)?%$" },
    ],
  },
  takes: ["text", "number"],
  expected: "a share such as 99% or 0.99",
  parse: (text) => {
    const percent = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text)?.[1];
    // The decimal point is moved in the text: a division would make 99.9% another number than 0.999.
    const value = parseFinite(percent === undefined ? text : `${percent}e-2`);
    return value !== undefined && value >= 0 && value <= 1
      ? { value }
      : { because: ". Write a share such as 99% or 0.99." };
  },
});
