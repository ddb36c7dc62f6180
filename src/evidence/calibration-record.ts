import { packReason, type Reason, readReason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import { latencyName } from "../judge/judge-plan.ts";
import type { Calibration } from "../judge/types.ts";
import { type MetricReporter, reporters } from "../rollout/data-planes-and-reporters.ts";

/** What was measured before the first write and is kept in the record: nobody measures it again. */
export type RecordedCalibration =
  | {
      readonly kind: "compared";
      readonly reporter: MetricReporter;
      readonly frozen: Calibration;
      /** Requests a second of both versions, where there was a history. */
      readonly perSecond: number | null;
      /** The share of requests that reached neither version. */
      readonly unrouted: number;
      /** What stable showed of what is looked at with 100 % of the traffic; absent in an older record. */
      readonly atFull?: readonly Shown[];
    }
  /** There is nothing to compare by, and nobody asked for a comparison by name. */
  | { readonly kind: "not-compared"; readonly reason: Reason };

const fullPresets = ["success-rate", "connections", "latency"] as const;

/**
 * What is looked at with 100 % of the traffic, and what stable showed of it before: the share that failed, or the upper
 * edge in milliseconds of the bucket in which its p99 lay. `null`: that is not known.
 */
export type Shown = { readonly preset: (typeof fullPresets)[number]; readonly stable: number | null };

type Row<Name> = readonly [name: Name, phi: number, rate: number];
/** Short, since a record has 8 KiB for everything. Lists, because an object's keys may change their order in JSON. */
type Packed =
  | {
      readonly by: MetricReporter;
      readonly per: number | null;
      readonly lost: number;
      readonly from: Calibration["phiFrom"];
      readonly of: readonly Row<string>[];
      readonly over: readonly Row<Millis>[];
      readonly full?: readonly (readonly [preset: Shown["preset"], stable: number | null])[];
    }
  | { readonly none: ReturnType<typeof packReason> };

/** Four digits are more than a measurement of the past is worth. */
const short = (value: number): number => Number(value.toPrecision(4));

export function packBaseline(baseline: RecordedCalibration): Packed {
  if (baseline.kind === "not-compared") return { none: packReason(baseline.reason) };
  const { frozen, reporter, perSecond, unrouted, atFull } = baseline;
  const latency = new Set(frozen.boundariesMs.map(latencyName));
  const figures = (name: string) => [short(frozen.phi[name] ?? 1), short(frozen.rate[name] ?? 0)] as const;
  return {
    by: reporter,
    per: perSecond === null ? null : short(perSecond),
    lost: short(unrouted),
    from: frozen.phiFrom,
    of: Object.keys(frozen.phi)
      .filter((name) => !latency.has(name))
      .map((name) => [name, ...figures(name)]),
    over: frozen.boundariesMs.map((edge) => [edge, ...figures(latencyName(edge))]),
    ...(atFull === undefined
      ? {}
      : { full: atFull.map(({ preset, stable }) => [preset, stable === null ? null : short(stable)] as const) }),
  };
}

/** A record that has not changed since the last turn is the same object, and need not be read again. */
const unpacked = new WeakMap<object, RecordedCalibration | undefined>();

/** The baseline from a record, or nothing where there is none, or one that is not what it should be. */
export function unpackBaseline(value: unknown): RecordedCalibration | undefined {
  if (!isObject(value)) return undefined;
  if (!unpacked.has(value)) unpacked.set(value, readBaseline(value));
  return unpacked.get(value);
}

function readBaseline(value: Readonly<Record<string, unknown>>): RecordedCalibration | undefined {
  const { none, by, per, lost, from, of, over, full } = value;
  const reason = none === undefined ? undefined : readReason(none);
  if (reason !== undefined) return { kind: "not-compared", reason };
  const reporter = reporters.find((one) => one === by);
  const [own, edges] = [rowsOf(of, isName), rowsOf(over, isPositive)];
  if (reporter === undefined || own === undefined || edges === undefined) return undefined;
  if (from !== "history" && from !== "default") return undefined;
  if (per !== null && !isPositiveOrZero(per)) return undefined;
  if (!isPositiveOrZero(lost) || lost > 1) return undefined;
  const atFull = full === undefined ? undefined : shownOf(full);
  if (full !== undefined && atFull === undefined) return undefined;
  const rows = [...own, ...edges.map(([edge, phi, rate]): Row<string> => [latencyName(edge), phi, rate])];
  const frozen: Calibration = {
    phi: Object.fromEntries(rows.map(([name, phi]) => [name, phi])),
    rate: Object.fromEntries(rows.map(([name, , rate]) => [name, rate])),
    phiFrom: from,
    boundariesMs: edges.map(([edge]) => edge),
  };
  const told = atFull === undefined ? {} : { atFull };
  return { kind: "compared", reporter, frozen, perSecond: per, unrouted: lost, ...told };
}

function shownOf(value: unknown): readonly Shown[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > fullPresets.length) return undefined;
  const shown: Shown[] = [];
  for (const row of value as readonly unknown[]) {
    if (!Array.isArray(row) || row.length !== 2) return undefined;
    const [name, stable] = row as readonly unknown[];
    const preset = fullPresets.find((one) => one === name);
    if (preset === undefined || (stable !== null && !isPositiveOrZero(stable))) return undefined;
    if (preset !== "latency" && stable !== null && stable > 1) return undefined;
    shown.push({ preset, stable });
  }
  return new Set(shown.map(({ preset }) => preset)).size < shown.length ? undefined : shown;
}

function rowsOf<Name>(value: unknown, isKey: (key: unknown) => key is Name): readonly Row<Name>[] | undefined {
  if (!Array.isArray(value) || value.length > 100) return undefined;
  const rows: Row<Name>[] = [];
  for (const row of value as readonly unknown[]) {
    if (!Array.isArray(row) || row.length !== 3) return undefined;
    const [key, phi, rate] = row as readonly unknown[];
    if (!isKey(key) || !isPositive(phi) || phi < 1 || !isPositiveOrZero(rate) || rate > 1) return undefined;
    rows.push([key, phi, rate]);
  }
  return rows;
}

const isName = (value: unknown): value is string => typeof value === "string" && value.length > 0;
const isPositiveOrZero = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && value >= 0;
const isPositive = (value: unknown): value is number => isPositiveOrZero(value) && value > 0;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Without a measurement: errors alone are compared, as if they came in twos. */
export function frozenOf(baseline: RecordedCalibration | undefined): Calibration {
  if (baseline?.kind === "compared") return baseline.frozen;
  return { phi: {}, rate: {}, phiFrom: "default", boundariesMs: [] };
}

/** Who counts: whoever was chosen for the whole rollout, else whom the cluster or the plan suggests. */
export function reporterOf(
  baseline: RecordedCalibration | undefined,
  suggested: MetricReporter = "source",
): MetricReporter {
  return baseline?.kind === "compared" ? baseline.reporter : suggested;
}
