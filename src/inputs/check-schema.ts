import type { SourceLocation } from "../base/problem.ts";
import { query } from "../metrics/prometheus/query-schema.ts";
import type { Check } from "../rollout/plan.ts";
import { choice, duration, number, portion, textOf } from "../schema/scalars.ts";
import {
  type Broken,
  broken,
  isBroken,
  list,
  mapping,
  type ReadFields,
  type Shape,
  type Stated,
  said,
  valueOr,
} from "../schema/shape.ts";
import { type Found, quoted, subject, type Tell } from "../schema/source-value.ts";

const mostChecks = 50;
const presets = ["success-rate", "latency", "connections"] as const;

const least = (expected: string) => number({ min: 1, max: 1_000_000, whole: true, expected });
const limits = mapping({
  consecutive: said(least("a count of points, 1 or more"), "Points in a row."),
  total: said(least("a count of points, 1 or more"), "Points in the whole phase."),
});
export type WrittenLimits = { readonly consecutive?: Stated<number>; readonly total?: Stated<number> };

const name = textOf(
  "[A-Za-z0-9](?:[-A-Za-z0-9._]*[A-Za-z0-9])?",
  "a name",
  "Names are letters, digits, hyphens, dots and underscores.",
  60,
);

const common = {
  every: said(
    duration,
    "How often Sluice takes a value, at least 4 scrapes. It replaces {{window}} in the query.",
    "60s",
  ),
  count: said(query, "A query that gives the number of requests behind the value."),
  requests: said(
    least("a number of requests, 1 or more"),
    "A point with fewer requests behind it counts as missing. Needs `count`.",
  ),
  "fail-after": said(limits, "A check fails after this many points outside its limits.", { consecutive: 3, total: 5 }),
  "silent-after": said(limits, "A check counts as silent after this many missing points.", {
    consecutive: 5,
    total: 10,
  }),
  "on-silent": said(
    choice(["wait", "rollback"]),
    "What Sluice does when a check is silent. A silent check never passes.",
    "wait",
  ),
};
const counted = { dependencies: { count: ["requests"], requests: ["count"] } };

const limit = number({ expected: "a finite number, written plainly" });
const ownQuery = mapping(
  {
    name: said(name, "The name of the check in reports."),
    query: said(
      query,
      "A PromQL query that gives one number. Placeholders: {{canary}}, {{stable}}, {{namespace}}, {{window}}.",
    ),
    min: said(limit, "The lowest good value."),
    max: said(limit, "The highest good value."),
    ...common,
  },
  { required: ["name", "query"], schema: { ...counted, anyOf: [{ required: ["min"] }, { required: ["max"] }] } },
);
const successRate = mapping(
  {
    preset: said(choice(["success-rate"]), "The share of the canary's requests that did not fail."),
    name: said(name, "The name of the check in reports.", "success-rate"),
    min: said(portion, "The lowest good share, such as 99% or 0.99."),
    ...common,
  },
  { required: ["preset", "min"], schema: counted },
);
const connections = mapping(
  {
    preset: said(
      choice(["connections"]),
      "The share of the canary's connections that ended well, for tcp and tls rules.",
    ),
    name: said(name, "The name of the check in reports.", "connections"),
    min: said(portion, "The lowest good share, such as 99% or 0.99."),
    ...common,
  },
  { required: ["preset", "min"], schema: counted },
);
const latency = mapping(
  {
    preset: said(choice(["latency"]), "How long the canary's requests take."),
    name: said(name, "The name of the check in reports.", "latency"),
    max: said(duration, "The longest good time, such as 500ms."),
    quantile: said(
      number({ min: 0.000_001, max: 0.999_999, expected: "a number between 0 and 1" }),
      "The quantile.",
      0.99,
    ),
    ...common,
  },
  { required: ["preset", "max"], schema: counted },
);

export type WrittenCheck = ReadFields<typeof common> & {
  readonly at: SourceLocation;
  readonly ask: Check["ask"];
  readonly named: Stated<string> | undefined;
  readonly min?: number;
  readonly max?: number;
};

/** One check: a query of the user's own, or a preset. The key `preset` decides which keys there are. */
const check: Shape<WrittenCheck> = {
  schema: { anyOf: [ownQuery.schema, successRate.schema, latency.schema, connections.schema] },
  read(found, tell) {
    const preset = found.kind === "mapping" ? found.entries.find((entry) => entry.name === "preset")?.value : undefined;
    if (preset === undefined) return readOwn(found, tell);
    const kind = choice(presets).read(preset, tell);
    if (kind === broken) return broken;
    return kind === "latency" ? readLatency(found, tell) : readShare(kind, found, tell);
  },
};

function readOwn(found: Found, tell: Tell): WrittenCheck | Broken {
  const fields = ownQuery.read(found, tell);
  if (fields === broken) return broken;
  const { name: named, query: asked, min, max } = fields;
  if (min === undefined && max === undefined) {
    tell(found.at, `${subject(found.at)} has neither \`min\` nor \`max\`. Add the limit that the value must keep.`);
    return broken;
  }
  const parts = partsOf(fields, found.at, tell);
  if (asked === undefined || asked.value === broken || isBroken(min) || isBroken(max) || parts === broken)
    return broken;
  const [low, high] = [valueOr(min, Number.NEGATIVE_INFINITY), valueOr(max, Number.POSITIVE_INFINITY)];
  if (low > high) {
    tell(found.at, `${subject(found.at)} has min ${low} above max ${high}. No value can keep both: swap them.`);
    return broken;
  }
  return {
    ...parts,
    named,
    ask: { query: asked.value },
    ...(min === undefined ? {} : { min: low }),
    ...(max === undefined ? {} : { max: high }),
  };
}

function readShare(preset: "success-rate" | "connections", found: Found, tell: Tell): WrittenCheck | Broken {
  const fields = (preset === "connections" ? connections : successRate).read(found, tell);
  if (fields === broken) return broken;
  const parts = partsOf(fields, found.at, tell);
  if (fields.min === undefined || fields.min.value === broken || parts === broken) return broken;
  return { ...parts, named: fields.name, ask: { preset }, min: fields.min.value };
}

function readLatency(found: Found, tell: Tell): WrittenCheck | Broken {
  const fields = latency.read(found, tell);
  if (fields === broken) return broken;
  const parts = partsOf(fields, found.at, tell);
  if (fields.max === undefined || fields.max.value === broken || parts === broken || isBroken(fields.quantile))
    return broken;
  const quantile = valueOr(fields.quantile, 0.99);
  return { ...parts, named: fields.name, ask: { preset: "latency", quantile }, max: fields.max.value };
}

type Parts = Pick<WrittenCheck, "at" | keyof typeof common>;

function partsOf(fields: ReadFields<typeof common>, at: SourceLocation, tell: Tell): Parts | Broken {
  const { count, requests } = fields;
  let sound = Object.values(fields).every((stated) => !isBroken(stated));
  if ((count === undefined) !== (requests === undefined)) {
    const [has, lacks] = count === undefined ? ["requests", "count"] : ["count", "requests"];
    tell(at, `${subject(at)} has \`${has}\` without \`${lacks}\`. Add \`${lacks}\`, or remove \`${has}\`.`);
    sound = false;
  }
  for (const key of ["fail-after", "silent-after"] as const) sound = checkLimits(fields[key], tell) && sound;
  return sound ? { ...fields, at } : broken;
}

function checkLimits(stated: Stated<WrittenLimits> | undefined, tell: Tell): boolean {
  if (stated === undefined) return true;
  if (stated.value === broken || isBroken(stated.value.consecutive) || isBroken(stated.value.total)) return false;
  const { consecutive, total } = stated.value;
  if (consecutive === undefined || total === undefined) return true;
  const [row, all] = [valueOr(consecutive, 1), valueOr(total, 1)];
  if (row <= all) return true;
  tell(consecutive.at, `${subject(consecutive.at)} is ${row}, above the total of ${all}. Lower it, or raise total.`);
  return false;
}

const written = list(check, 1, mostChecks);

/**
 * The list of checks. Names must differ, since reports and reasons call a check by its name alone. Those that can be read
 * are returned beside those that cannot: what is wrong with them is to be told as well.
 */
export const checks: Shape<readonly WrittenCheck[]> = {
  schema: written.schema,
  read(found, tell) {
    const items = written.read(found, tell);
    if (items === broken || found.kind !== "list") return broken;
    const seen = new Set<string>();
    for (const { called, at } of found.items.map(calling)) {
      if (called !== undefined && seen.has(called)) {
        tell(at, `A second check is called ${quoted(called)}. Give each its own \`name\`.`);
      }
      seen.add(called ?? "");
    }
    return items.map(({ value }) => value).filter((value) => value !== broken);
  },
};

function calling(item: Found): { readonly called: string | undefined; readonly at: SourceLocation } {
  const entries = item.kind === "mapping" ? item.entries : [];
  const value = (entries.find(({ name }) => name === "name") ?? entries.find(({ name }) => name === "preset"))?.value;
  return value?.kind === "scalar" ? { called: value.text, at: value.at } : { called: undefined, at: item.at };
}

export function nameOf({ named, ask }: WrittenCheck): string {
  return valueOr(named, "preset" in ask ? ask.preset : "check");
}
