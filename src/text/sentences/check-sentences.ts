import type { Unit } from "../../base/judging-types.ts";
import type { Reason } from "../../base/reasons/index.ts";
import type { CheckCode, verdictReasons } from "../../base/reasons/verdict-reasons.ts";
import { percent } from "../format.ts";
import { secondOf } from "../rounded-numbers.ts";
import { joined } from "../sentence.ts";
import type { SentencesOf, Telling } from "../sentences-of.ts";

type Limits = { readonly min?: number; readonly max?: number; readonly unit?: Unit; readonly passMin?: number };
type Measured = Limits & { readonly value: number };

/** A value as people read it. */
export function inUnit({ unit }: Pick<Limits, "unit">, value: number | undefined): string {
  if (unit === undefined || value === undefined) return String(value);
  // A hundred times a decimal may miss its number by the last bit.
  return unit === "share" ? `${Number((value * 100).toPrecision(12))}%` : `${value} ms`;
}

/** A check's limits in words. */
export function limitsOf(limits: Limits): string {
  const [min, max] = [inUnit(limits, limits.min), inUnit(limits, limits.max)];
  if (limits.min === undefined) return `at most ${max}`;
  return limits.max === undefined ? `at least ${min}` : `between ${min} and ${max}`;
}

const isWithin = ({ min, max }: Limits, value: number): boolean =>
  (min === undefined || value >= min) && (max === undefined || value <= max);

/** As short as can be while it still reads on its own side of the limits. */
function shown(measured: Measured): string {
  const { value, passMin } = measured;
  const short = Number(value.toPrecision(4));
  const isGood = (one: number) => passMin === undefined || one >= passMin;
  const same = isWithin(measured, short) === isWithin(measured, value) && isGood(short) === isGood(value);
  return inUnit(measured, same ? short : value);
}

const inRow = (count: number): string => (count === 1 ? "in 1 measurement" : `in ${count} measurements in a row`);
const measurements = ({ points, of }: { readonly points: number; readonly of?: number }): string =>
  of === undefined ? inRow(points) : `in ${points} of ${of} measurements`;
const others = ({ also = [] }: { readonly also?: readonly Reason[] }, { sentence }: Telling): string =>
  joined(...also.map(sentence));

/** What the checks say of a phase. */
export const checkSentences: SentencesOf<
  Pick<typeof verdictReasons, CheckCode | "passed-by-checks" | "passed-unmeasured">
> = {
  "passed-by-checks": ({ weight, checks }, { sentence }) => {
    const within = `Every check is within its limits at ${percent(weight)}; nothing is compared with stable.`;
    return joined(within, ...checks.map(sentence));
  },
  "passed-unmeasured": () => "Nothing is measured, so time alone decides.",
  "check-failing": (data, telling) => {
    const was = `Check ${telling.name(data.check)} was ${shown(data)} ${measurements(data)}`;
    return joined(`${was}, last at ${secondOf(data.at)} UTC; the limit is ${limitsOf(data)}.`, others(data, telling));
  },
  "check-no-data": (data, telling) => {
    const none = `Check ${telling.name(data.check)} had no value ${measurements(data)}, last at ${secondOf(data.at)} UTC`;
    const policy = data.policy === "rollback" ? ` (${telling.code("on-silent: rollback")})` : "";
    return joined(`${none}${policy}.`, ...data.causes.map(telling.sentence), others(data, telling));
  },
  "check-passing": (data, { name }) => `Check ${name(data.check)} is ${shown(data)}; the limit is ${limitsOf(data)}.`,
  "check-waiting": (data, telling) => {
    const { check, values, need } = data;
    return joined(
      `Check ${telling.name(check)} has ${values} of the ${need} values it needs in this phase.`,
      others(data, telling),
    );
  },
  "check-unanswered": (data, telling) =>
    joined(
      `Check ${telling.name(data.check)} could not be asked.`,
      telling.sentence(data.cause),
      others(data, telling),
    ),
  "check-without-value": (data, telling) =>
    joined(`Check ${telling.name(data.check)} has no value now.`, telling.sentence(data.cause), others(data, telling)),
  "check-out-of-limits": (data, telling) => {
    const was = `Check ${telling.name(data.check)} was ${shown(data)} ${inRow(data.points)}`;
    return joined(`${was}; the limit is ${limitsOf(data)}.`, others(data, telling));
  },
  "check-below-pass": (data, telling) => {
    const is = `Check ${telling.name(data.check)} is ${shown(data)}; the limit is ${limitsOf(data)}.`;
    return joined(is, `To pass it needs ${inUnit(data, data.passMin)} ${inRow(data.need)}.`, others(data, telling));
  },
};

type PointCode =
  | "point-not-finite"
  | "point-too-few-requests"
  | "request-count-unknown"
  | "request-count-negative"
  | "counter-impossible";

/** Why a point of a check has no value. */
export const pointSentences: SentencesOf<Pick<typeof verdictReasons, PointCode>> = {
  "point-not-finite": ({ value }, { name }) => `The value is ${name(value)}, which is no finite number.`,
  "point-too-few-requests": ({ requests, need }) =>
    `A point had ${Math.floor(requests * 10) / 10} requests, fewer than the ${need} it needs.`,
  "request-count-unknown": ({ cause }, { sentence }) => `Number of requests unknown. ${sentence(cause)}`,
  "request-count-negative": () => "The number of requests is negative.",
  "counter-impossible": ({ version, target, value }, { name }) =>
    `A counter of ${version} on ${name(target)} shows ${name(value)}, which no counter can.`,
};
