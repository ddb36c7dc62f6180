/** Rows of the look table as columns: a third of the bytes once they are deflated. Shared with the page, which reads it. */

type Quad = readonly [number, number, number, number];

/** One row of the look table, as `result-json` has it. */
export type IntervalRow = {
  readonly phase: number;
  /** 0: the look that holds the entry of the phase. */
  readonly index: number;
  readonly from: number;
  readonly to: number;
  readonly weight: number;
  readonly settling: boolean;
  readonly seen: boolean;
  readonly resets: readonly string[];
  readonly pairs: Readonly<Record<string, Quad>>;
};

export type Packed = {
  readonly phase: readonly number[];
  readonly index: readonly number[];
  /** Differences from one row to the next; the first one in full. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly weight: readonly number[];
  readonly settling: readonly (0 | 1)[];
  readonly seen: readonly (0 | 1)[];
  readonly resets: readonly (readonly string[])[];
  /** Per comparison its name, and requests and bad ones of canary and stable. Null: the row has no such comparison. */
  readonly pairs: readonly (readonly [string, ...(readonly (number | null)[])[]])[];
};

const steps = (values: readonly number[]): number[] => values.map((value, i) => value - (values[i - 1] ?? 0));

function sums(differences: readonly number[]): number[] {
  let sum = 0;
  return differences.map((difference) => {
    sum += difference;
    return sum;
  });
}

export function packed(rows: readonly IntervalRow[]): Packed {
  const names = [...new Set(rows.flatMap(({ pairs }) => Object.keys(pairs)))];
  return {
    phase: rows.map(({ phase }) => phase),
    index: rows.map(({ index }) => index),
    from: steps(rows.map(({ from }) => from)),
    to: steps(rows.map(({ to }) => to)),
    weight: rows.map(({ weight }) => weight),
    settling: rows.map(({ settling }) => (settling ? 1 : 0)),
    seen: rows.map(({ seen }) => (seen ? 1 : 0)),
    resets: rows.map(({ resets }) => resets),
    pairs: names.map((name) => [name, ...[0, 1, 2, 3].map((at) => rows.map(({ pairs }) => pairs[name]?.[at] ?? null))]),
  };
}

/** The rows again, the same to the last digit. */
export function unpacked(table: Packed): IntervalRow[] {
  const [from, to] = [sums(table.from), sums(table.to)];
  return table.phase.map((phase, i) => {
    const pairs = table.pairs.flatMap(([name, ...columns]) => {
      const quad = columns.map((column) => column[i] ?? null);
      return quad.every((value) => value !== null) ? [[name, quad as unknown as Quad] as const] : [];
    });
    return {
      phase,
      index: table.index[i] ?? 0,
      from: from[i] ?? 0,
      to: to[i] ?? 0,
      weight: table.weight[i] ?? 0,
      settling: table.settling[i] === 1,
      pairs: Object.fromEntries(pairs),
      resets: table.resets[i] ?? [],
      seen: table.seen[i] === 1,
    };
  });
}
