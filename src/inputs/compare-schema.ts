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

const ratio = number({ min: 1, expected: "a number, 1 or more" });
const ratioWords = "The multiple of stable's rate that the canary may have.";
const percentagePoints = points("percentage points from 0 to 100, as 0.5");
const pointsWords = "Percentage points on top of that.";
const limits = mapping({ ratio: said(ratio, ratioWords), points: said(percentagePoints, pointsWords) });
export type WrittenLimit = ReadOf<typeof limits>;
const marginLimits = mapping({
  ratio: said(ratio, ratioWords, 1),
  points: said(percentagePoints, `${pointsWords} By default those of the default margin.`),
});

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
  schema: { anyOf: [percent.schema, marginLimits.schema] },
  read(found, tell) {
    if (found.kind !== "scalar") return marginLimits.read(found, tell);
    const value = percent.read(found, tell);
    return value === broken ? broken : { points: { at: found.at, value } };
  },
};

const toleranceWords = "The difference that is not yet a failure: a multiple of stable's rate, plus percentage points.";
const marginWords = "The difference that the canary must be shown to stay below before a phase passes.";
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
      "The name of the comparison in reports.",
    ),
    total: said(counter, "The counter of all events: a selector, written for the canary with {{canary}}."),
    bad: said(
      counter,
      "The counter of the failed events among them: a selector, written for the canary with {{canary}}.",
    ),
    gate: said(boolean, "Whether a phase passes only once the canary is shown to be within the margin.", false),
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
  errors: said(weight, "The share of errors. 0 switches a comparison off.", 0.5),
  latency: said(weight, "The share of latency.", 0.3),
  metrics: said(weight, "The share of all your own metrics together.", 0.2),
});

const splitKeys = mapping({
  tolerance: said(
    number({ min: 1, max: 100, expected: "a number, 1 or more" }),
    "The factor by which the odds may differ from the weight.",
    1.1,
  ),
  "false-alarm": said(portion, "The share of phases with a correct split that may raise an alarm.", "0.1%"),
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
  errors: said(mapping(common), "How Sluice compares the shares of failed requests."),
  latency: said(
    mapping({
      slo: said(
        duration,
        "The latency objective: the bucket next to it must pass before a promotion. By default none.",
      ),
      ...common,
      margin: said(margin, `${marginWords} By default 0.5%, with \`slo\` 1%.`),
    }),
    "How Sluice compares the shares of slow requests, at every bucket.",
  ),
  metrics: said(metrics, "Comparisons of your own counters."),
  "false-rollback": said(portion, "The share of healthy canaries that the comparison may roll back.", "1%"),
  "false-promotion": said(portion, "The share of canaries worse than the margin that the comparison may pass.", "5%"),
  look: said(duration, "The interval of the comparison. By default 15s, at least one scrape."),
  dispersion: said(dispersion, "How many requests fail together: measured on stable's past, or a number.", "auto"),
  weights: said(weights, "How the risk of a false rollback is divided."),
  requests: said(
    number({ min: 0, max: 1_000_000, whole: true, expected: "a number of requests" }),
    "Canary requests that each half of a phase needs.",
    50,
  ),
  "restart-every": said(
    duration,
    "How often evidence starts over within a phase, so that harm which begins late is found.",
    "15m",
  ),
  split: said(split, "How Sluice checks that traffic follows the weight, or off."),
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
