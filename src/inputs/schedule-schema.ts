import { parseFinite } from "../base/decimal.ts";
import type { SourceLocation } from "../base/problem.ts";
import type { Millis, Percent } from "../base/units.ts";
import { durationPattern, parseDuration } from "../schema/duration.ts";
import { duration, scalar } from "../schema/scalars.ts";
import { type Broken, broken, mapping, type Shape, type Stated, said } from "../schema/shape.ts";
import { type Found, type List, quoted, type Scalar, shown, subject, type Tell } from "../schema/source-value.ts";

/** One weight as it was written; the holds that it does not name itself come from `hold` and `max-hold`. */
export type ScheduleStep = {
  readonly at: SourceLocation;
  readonly weight: Percent;
  readonly hold?: Stated<Millis>;
  readonly maxHold?: Stated<Millis>;
  readonly thenPause: boolean;
};

/** The steps that could be read. `complete`: none was refused, so what is missing is truly not there. */
export type Schedule = { readonly steps: readonly ScheduleStep[]; readonly complete: boolean };

const mostSteps = 20;
const example = "Write it as 5@10m/20/pause/50/100.";
const weightPattern = "\\d{1,3}(?:\\.\\d+)?";
const stepPattern = `(?:${weightPattern}(?:@${durationPattern})?|pause)`;
const isWeight = new RegExp(`^${weightPattern}$`);

const weight: Shape<Percent> = scalar({
  schema: { type: "number", exclusiveMinimum: 0, maximum: 100 },
  takes: ["number"],
  expected: "a weight from 1 to 100",
  parse: parseWeight,
});

function parseWeight(text: string): { readonly value: Percent } | { readonly because: string } {
  const value = parseFinite(text);
  if (value !== undefined && value > 0 && value <= 100) return { value };
  return { because: text.endsWith("%") ? ". Write the number alone, without %." : ". Weights go from 1 to 100." };
}

const phase = mapping(
  {
    weight: said(weight, "The canary's share of the traffic in percent."),
    hold: said(duration, "How long Sluice observes this phase at least. By default the plan's hold."),
    "max-hold": said(duration, "How long this phase may stay inconclusive. By default four times its hold."),
  },
  {
    required: ["weight"],
    instead: (name) => (name === "pause" ? "A pause stands alone in the list. Write `- pause`." : undefined),
  },
);

/** A weight, a pause, or something that was refused. */
type Part = Omit<ScheduleStep, "thenPause"> | { readonly at: SourceLocation; readonly pause: true } | Broken;

/** `5@10m/20/pause/50/100`, or the same as a list. */
export const phases: Shape<Schedule> = {
  schema: {
    anyOf: [
      {
        type: "string",
        pattern: `^\\s*${stepPattern}(?:\\s*/\\s*${stepPattern})*\\s*$`,
        examples: ["5@10m/20/pause/50/100"],
      },
      { const: 100 },
      { type: "array", minItems: 1, maxItems: 2 * mostSteps, items: { anyOf: [{ const: "pause" }, phase.schema] } },
    ],
  },
  read(found, tell) {
    if (found.kind === "refused") return broken;
    const parts = partsOf(found, tell);
    if (parts === undefined) return broken;
    checkWeights(parts, tell);
    checkPauses(parts, tell);
    return { steps: join(parts), complete: !parts.includes(broken) };
  },
};

function partsOf(found: Exclude<Found, { kind: "refused" }>, tell: Tell): readonly Part[] | undefined {
  const name = subject(found.at);
  if (found.kind === "list") {
    if (found.items.length > 0) return listed(found, tell);
    tell(found.at, `${name} is an empty list. ${example}`);
  } else if (found.kind === "mapping" || found.form === "null" || found.form === "boolean") {
    tell(found.at, `${name} is ${shown(found)}. ${example}`);
  } else {
    return found.text.split("/").map((token) => tokenOf(token.trim(), found, tell));
  }
  return undefined;
}

function tokenOf(token: string, { at }: Scalar, tell: Tell): Part {
  if (token === "pause") return { at, pause: true };
  const name = subject(at);
  const [text = "", written, ...more] = token.split("@");
  const bare = parseWeight(text);
  const weighed = isWeight.test(text) || "because" in bare ? bare : { because: ". Weights go from 1 to 100." };
  if (token === "" || more.length > 0) {
    tell(at, `${name} has the step ${quoted(token)}, which is no weight. ${example}`);
    return broken;
  }
  if ("because" in weighed) {
    const because =
      parseFinite(text) === undefined && !text.endsWith("%") ? `, which is no weight. ${example}` : weighed.because;
    tell(at, `${name} has the step ${quoted(token)}${because}`);
    return broken;
  }
  if (written === undefined) return { at, weight: weighed.value };
  const parsed = parseDuration(written);
  if ("because" in parsed) tell(at, `${name} has the hold ${quoted(written)} at ${text}${parsed.because}`);
  return { at, weight: weighed.value, hold: { at, value: "because" in parsed ? broken : parsed.ms } };
}

function listed({ items }: List, tell: Tell): readonly Part[] {
  return items.map((item): Part => {
    if (item.kind === "scalar") {
      if (item.text === "pause") return { at: item.at, pause: true };
      tell(item.at, `${subject(item.at)} is ${shown(item)}. Write \`weight: 5\` or \`pause\`.`);
      return broken;
    }
    const fields = phase.read(item, tell);
    if (fields === broken || fields.weight === undefined || fields.weight.value === broken) return broken;
    const { weight: weighed, hold, "max-hold": maxHold } = fields;
    return {
      at: weighed.at,
      weight: fields.weight.value,
      ...(hold === undefined ? {} : { hold }),
      ...(maxHold === undefined ? {} : { maxHold }),
    };
  });
}

function checkWeights(parts: readonly Part[], tell: Tell): void {
  const weighed = parts.filter((part) => part !== broken && "weight" in part);
  for (const [index, step] of weighed.entries()) {
    const previous = weighed[index - 1]?.weight ?? 0;
    if (step.weight > previous) continue;
    const name = subject(step.at);
    const fact = name.endsWith(".weight") ? `${name} is ${step.weight} but follows` : `${name}: ${step.weight} follows`;
    const remedy = step.weight === previous ? "remove one of them" : `move ${step.weight} before ${previous}`;
    tell(step.at, `${fact} ${previous}. Weights must rise; ${remedy}.`);
  }
  const last = weighed.at(-1);
  if (last !== undefined && weighed.length > mostSteps) {
    tell(last.at, `The schedule has ${weighed.length} phases, ${mostSteps} at most. Leave some out.`);
  }
  // A part that was refused may have been the 100.
  if (parts.includes(broken) || weighed.some((step) => step.weight === 100)) return;
  const [first] = parts;
  if (last !== undefined)
    tell(last.at, `The schedule ends at ${last.weight}. The last weight must be 100: add 100 at the end.`);
  else if (first !== undefined && first !== broken) tell(first.at, `The schedule has no weight. ${example}`);
}

/** How finely a share can be set depends on the route. A VirtualService among them takes whole percents only. */
export function checkFractions({ steps }: Schedule, kinds: readonly string[], tell: Tell): void {
  const whole = kinds.includes("virtualservice");
  const perPercent = whole ? 1 : 10;
  const takes = whole ? "A VirtualService takes whole percents" : "A route takes tenths of a percent";
  for (const { at, weight: given } of steps) {
    const units = given * perPercent;
    if (Math.abs(units - Math.round(units)) < 1e-9) continue;
    const [lower, upper] = [Math.floor(units) / perPercent, Math.ceil(units) / perPercent];
    const use = lower === 0 ? `${upper}` : `${lower} or ${upper}`;
    tell(at, `${takes}: ${given}. Use ${use}.`, "fractional-weight");
  }
}

function checkPauses(parts: readonly Part[], tell: Tell): void {
  for (const [index, part] of parts.entries()) {
    const why = part !== broken && "pause" in part ? wrongPause(parts, index) : undefined;
    if (part !== broken && why !== undefined) tell(part.at, why);
  }
}

function wrongPause(parts: readonly Part[], index: number): string | undefined {
  const before = parts[index - 1];
  if (index === 0) return "The schedule begins with a pause. Put it behind the first weight, or start by hand.";
  if (before !== undefined && before !== broken && "pause" in before) {
    return "The schedule has two pauses in a row. Remove one of them.";
  }
  if (index === parts.length - 1) return "The schedule ends with a pause. Put it before the last weight, or remove it.";
  return undefined;
}

function join(parts: readonly Part[]): readonly ScheduleStep[] {
  return parts.flatMap((part, index): readonly ScheduleStep[] => {
    if (part === broken || "pause" in part) return [];
    const next = parts[index + 1];
    return [{ ...part, thenPause: next !== undefined && next !== broken && "pause" in next }];
  });
}
