/** Fixed grids of the tests. A finer grid costs evidence, a coarser one misses harms that lie between its points. */
export type Constants = {
  /** How many times worse the canary may be: each is one bet against the null hypothesis, with its share of the stake. */
  readonly ratios: readonly { readonly times: number; readonly share: number }[];
  /** The share of the evidence that counts from the first entry, where others begin later. */
  readonly firstShare: number;
  /** By how much of the limit the canary may be better, with the share of the bet that each gets. */
  readonly reductions: readonly { readonly by: number; readonly share: number }[];
  /** How far beyond the tolerated odds the canary's share may lie. */
  readonly splitSteps: readonly number[];
  /** Bucket boundaries worth judging. */
  readonly boundariesMs: readonly number[];
  /** Standard deviations held back so that a detectable rate is found four times in five. */
  readonly powerDeviations: number;
  /** Evidence lost to the grid and to overshoot, in nats. */
  readonly powerSlack: number;
  readonly defaultPhi: number;
  readonly largestPhi: number;
  /** Standard errors of the measured dispersion that are added to it. */
  readonly phiDeviations: number;
  /** So many standard errors above 1 it must lie to count at all; below, errors are taken for independent. 0: it always counts. */
  readonly phiDoubt: number;
  /** A dispersion measured on fewer bad requests is noise. */
  readonly badForPhi: number;
  /** Looks without requests in one of the arms are merged with the next ones, so many at most. */
  readonly mergedLooks: number;
  /** Standard errors by which stable's own rate must move between looks for evidence found just then to be doubted; 0: it never is. */
  readonly stirDeviations: number;
  /** So many looks in a row it must then stand. */
  readonly stirLooks: number;
  /** The quantile named in sentences. */
  readonly quantile: number;
};

const steps = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.88, 0.94, 0.98];

const times = [1.15, 1.3, 1.5, 1.75, 2, 2.5, 3, 4, 5, 7, 10, 15, 25, 50, 100, 300];

/** Those that the figures of the reference implementation were computed with. */
export const referenceConstants: Constants = {
  ratios: times.map((ratio) => ({ times: ratio, share: 1 / 16 })),
  firstShare: 0.5,
  // A canary without any error is the common case: the last bet crosses first there, and gets the largest share.
  reductions: steps.map((by) => ({ by, share: by === 0.98 ? 0.4 : 0.6 / 11 })),
  splitSteps: [1.02, 1.05, 1.1, 1.2, 1.4, 1.7, 2, 3, 5, 10, 30, 100],
  boundariesMs: [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000],
  powerDeviations: 0.84,
  powerSlack: 1.5,
  defaultPhi: 2,
  largestPhi: 50,
  phiDeviations: 2,
  phiDoubt: 0,
  badForPhi: 30,
  mergedLooks: 1_000_000,
  stirDeviations: 0,
  stirLooks: 4,
  quantile: 0.99,
};

/**
 * What ships. Each change against the reference was measured on equal and on harmed canaries, and kept because it costs no
 * false rollbacks where they are promised: docs/judge.md has the figures.
 */
export const constants: Constants = {
  ...referenceConstants,
  phiDoubt: 2.33,
  mergedLooks: 4,
  stirDeviations: 3,
};
