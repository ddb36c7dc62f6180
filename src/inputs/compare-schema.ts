import { parseFinite } from "../base/decimal.ts";
import { counter } from "../metrics/prometheus/query-schema.ts";
import { boolean, choice, duration, number, portion, scalar, textOf } from "../schema/scalars.ts";
import { type Broken, broken, list, mapping, type ReadOf, type Shape, type Stated, said } from "../schema/shape.ts";
import { type Found, quoted, type Scalar, subject, type Tell } from "../schema/source-value.ts";

const mostMetrics = 50;

/** Percentage points as a share. The decimal point is moved in the text: a division would not always give the nearest number. */
const points = (expected: string): Shape<number> =>
  scalar({
    schema: { type: "number", minimum: 0, maximum: 100 },
    takes: ["number"],
    expected,
    parse: (text) => {
      const plain = parseFinite(text);
      const value = plain === undefined ? undefined : (parseFinite(`${text}e-2`) ?? plain / 100);
      return value !== undefined && value >= 0 && value <= 1 ? { value } : { because: `. It takes ${expected}.` };
    },
  });

const limits = mapping({
  ratio: said(number({ min: 1, expected: "a number, 1 or more" }), "How many times stable's rate the canary may have."),
  points: said(points("percentage points from 0 to 100, as 0.5"), "How many percentage points more on top of that."),
});
export type WrittenLimit = ReadOf<typeof limits>;

const percent = scalar<number>({
  schema: { type: "string", pattern: "^\\d{1,3}(?:\\.\\d+)?%$" },
  // A number is let in only to be answered with the sign that it lacks.
  takes: ["text", "number"],
  expected: "percentage points such as 0.5%",
  parse: (text) => {
    const digits = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text)?.[1];
    const value = digits === undefined ? undefined : parseFinite(`${digits}e-2`);
    return value !== undefined && value <= 1 ? { value } : { because: ". Write percentage points such as 0.5%." };
  },
});

/** `0.5%`, or ratio and points one by one. */
const margin: Shape<WrittenLimit> = {
  schema: { anyOf: [percent.schema, limits.schema] },
  read(found, tell) {
    if (found.kind !== "scalar") return limits.read(found, tell);
    const value = percent.read(found, tell);
    return value === broken ? broken : { points: { at: found.at, value } };
  },
};

const toleranceWords = "What is tolerated: as many times stable's rate, and so many percentage points more.";
const marginWords = "The limit below which the canary must be shown to lie before a phase passes.";
const common = {
  tolerance: said(limits, toleranceWords, { ratio: 1.1, points: 0.05 }),
  margin: said(margin, marginWords, "0.5%"),
};

const metric = mapping(
  {
    name: said(
      textOf(
        "[A-Za-z0-9](?:[-A-Za-z0-9._]*[A-Za-z0-9])?",
        "a name",
        "Names are letters, digits, hyphens, dots and underscores.",
        60,
      ),
      "The name that the reports call the comparison by.",
    ),
    total: said(counter, "The counter of all events: a selector, written for the canary with {{canary}}."),
    bad: said(counter, "The counter of the bad ones among them: a selector, written for the canary with {{canary}}."),
    gate: said(boolean, "Whether a phase passes only when the canary is shown to be within the margin.", false),
    ...common,
  },
  { required: ["name", "total", "bad"] },
);
type WrittenMetric = ReadOf<typeof metric>;

const manyMetrics = list(metric, 1, mostMetrics);
/** They would stand in one report under one name with what Sluice calls so itself. */
const reserved = ["errors", "latency", "split", "unrouted"];

const metrics: Shape<readonly Stated<WrittenMetric>[]> = {
  schema: manyMetrics.schema,
  read(found, tell) {
    const items = manyMetrics.read(found, tell);
    if (items === broken) return broken;
    const seen = new Set<string>();
    for (const { value } of items) {
      const name = value === broken ? undefined : value.name;
      if (name === undefined || name.value === broken) continue;
      // The names that every object seems to have would be found where nothing was measured.
      if (reserved.includes(name.value) || name.value in Object.prototype) {
        tell(name.at, `${subject(name.at)} is ${quoted(name.value)}, a name of Sluice's own. Choose another.`);
      } else if (seen.has(name.value)) {
        tell(name.at, `A second metric is called ${quoted(name.value)}. Give each its own \`name\`.`);
      }
      seen.add(name.value);
    }
    return items;
  },
};

const weight = number({ min: 0, max: 1000, expected: "a weight, 0 or more" });
const weights = mapping({
  errors: said(weight, "The part of the errors. 0 switches a comparison off.", 0.5),
  latency: said(weight, "The part of the latency.", 0.3),
  metrics: said(weight, "The part of all own metrics together.", 0.2),
});

const splitKeys = mapping({
  tolerance: said(number({ min: 1, max: 100, expected: "a number, 1 or more" }), "How far off the odds may be.", 1.1),
  "false-alarm": said(portion, "In which share of phases a true split may raise an alarm.", "0.1%"),
});
export type WrittenSplit = "off" | ReadOf<typeof splitKeys>;

/** A word, or something longer. */
function wordOr<W extends string, T>(word: W, shape: Shape<T>): Shape<W | T> {
  const isWord = (found: Found): found is Scalar =>
    found.kind === "scalar" && (found.form === "text" || found.form === "input") && found.text === word;
  return {
    schema: { anyOf: [{ const: word }, shape.schema] },
    read: (found, tell) => (isWord(found) ? word : shape.read(found, tell)),
  };
}

const split: Shape<WrittenSplit> = wordOr("off", splitKeys);
const dispersion: Shape<"auto" | number> = wordOr(
  "auto",
  number({ min: 1, max: 1000, expected: "auto, or a number, 1 or more" }),
);

const block = mapping({
  errors: said(mapping(common), "How the shares of failed requests are compared."),
  latency: said(
    mapping({ slo: said(duration, "The objective: the bucket next to it gates the promotion."), ...common }),
    "How the shares of slow requests are compared, at every bucket.",
  ),
  metrics: said(metrics, "Comparisons of your own counters."),
  "false-rollback": said(portion, "At most this share of healthy canaries is rolled back by the comparison.", "1%"),
  "false-promotion": said(portion, "At most this share of canaries worse than the margin is promoted.", "5%"),
  look: said(duration, "How often the comparison looks. By default 15s, at least one scrape."),
  dispersion: said(dispersion, "How many requests fail together: measured on stable's past, or a number.", "auto"),
  weights: said(weights, "How the risk of a false rollback is shared out."),
  requests: said(
    number({ min: 0, max: 1_000_000, whole: true, expected: "a number of requests" }),
    "Canary requests needed in each half of a phase.",
    50,
  ),
  "restart-every": said(duration, "How often evidence starts anew within a phase, so that late harm is found.", "15m"),
  split: said(split, "The check that traffic follows the weight, or off."),
});
export type WrittenCompare = ReadOf<typeof block>;

/** `off`, or how canary and stable are compared. */
export const compare: Shape<"off" | WrittenCompare> = {
  schema: { anyOf: [{ const: "off" }, block.schema] },
  read(found, tell) {
    if (found.kind !== "scalar") return block.read(found, tell);
    return readWord(found, tell);
  },
};

const off = choice(["off"]);

function readWord(found: Scalar, tell: Tell): "off" | Broken {
  if (found.form === "text" || found.form === "input") return off.read(found, tell);
  tell(found.at, `${subject(found.at)} takes off, or a mapping with what differs from the defaults.`);
  return broken;
}
