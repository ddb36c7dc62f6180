import type { SourceLocation } from "../base/problem.ts";
import type { Code } from "../base/reasons/codes.ts";

/** How a value was written. An input of the step is always bare text, which may be meant as any of the others. */
export type Form = "input" | "text" | "number" | "boolean" | "null";

export type Scalar = {
  readonly kind: "scalar";
  readonly at: SourceLocation;
  readonly form: Form;
  readonly text: string;
};
export type List = { readonly kind: "list"; readonly at: SourceLocation; readonly items: readonly Found[] };
export type MappingEntry = { readonly name: string; readonly at: SourceLocation; readonly value: Found };
type Mapping = {
  readonly kind: "mapping";
  readonly at: SourceLocation;
  readonly entries: readonly MappingEntry[];
};
/** Something that was refused already where it was read: nothing more is said about it. */
export type Refused = { readonly kind: "refused"; readonly at: SourceLocation };

/** What the user wrote, wherever it was written, with the place of every part. The shapes read nothing else. */
export type Found = Scalar | List | Mapping | Refused;

/** Takes down one problem. The code is `input` where none is given. */
export type Tell = (at: SourceLocation, message: string, code?: Code) => void;

/** What a sentence calls the thing: its path in the plan, else the name of the input. */
export function subject(at: SourceLocation): string {
  return at.path ?? at.input ?? "The plan";
}

const most = 80;

/** Foreign text in quotes, at most 80 characters of it, with line breaks and control characters escaped. */
export function quoted(text: string): string {
  // Twice the limit in code units holds at least the limit in characters, however they are encoded.
  const characters = [...text.slice(0, 2 * most)];
  return JSON.stringify(characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : text);
}

/** A found value as a sentence shows it. */
export function shown(found: Found): string {
  if (found.kind !== "scalar") return found.kind === "list" ? "a list" : "a mapping";
  if (found.form === "null") return "empty";
  return found.form === "number" || found.form === "boolean" ? quoted(found.text).slice(1, -1) : quoted(found.text);
}
