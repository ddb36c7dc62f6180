/**
 * Randomness that is a function of a seed, a name and a position, and of nothing else. Equal names give equal draws
 * however many other streams were used in between, so that taking one thing out of a world leaves the rest as it was.
 */
export interface Stream {
  /** 32 random bits. */
  word(): number;
  /** Uniform in (0, 1), 53 bits. */
  unit(): number;
  /** A whole number in [0, n). */
  below(n: number): number;
  poisson(mean: number): number;
  binomial(n: number, p: number): number;
  /** Jumps to a place of its own: what is drawn after `seek(k)` depends on the seed, the name and k alone. */
  seek(place: number): void;
}

export function stream(seed: number, name: string): Stream {
  const key = hashed(name, mixed(seed | 0, 0x9e3779b9));
  let place = mixed(key, 0x85ebca6b);
  let counter = 0;
  const word = () => {
    counter = (counter + 1) | 0;
    return mixed(Math.imul(counter, 0x9e3779b9) ^ place, key) >>> 0;
  };
  // Two words make 53 bits; the half keeps zero out, whose logarithm nobody wants.
  const unit = () => ((word() >>> 5) * 67108864 + (word() >>> 6) + 0.5) / 9007199254740992;
  return {
    word,
    unit,
    below: (n) => Math.floor(unit() * n),
    poisson: (mean) => poisson(unit, mean),
    binomial: (n, p) => binomial(unit, n, p),
    seek: (to) => {
      place = mixed(mixed(to | 0, 0xc2b2ae35), mixed(Math.floor(to / 4294967296) | 0, key));
      counter = 0;
    },
  };
}

/** Two rounds of a 32-bit finaliser with a key between them: every bit of both arguments reaches every bit of the result. */
function mixed(value: number, key: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  x = (x ^ (x >>> 16) ^ key) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
}

function hashed(text: string, start: number): number {
  let hash = start;
  for (let i = 0; i < text.length; i += 1) hash = mixed(hash ^ text.charCodeAt(i), i);
  return hash;
}

/** Exact for every mean: multiplication below 10, Hörmann's transformed rejection (PTRS, 1993) above. */
function poisson(unit: () => number, mean: number): number {
  if (!(mean > 0)) return 0;
  if (mean < 10) {
    const floor = Math.exp(-mean);
    let count = 0;
    for (let product = unit(); product > floor; product *= unit()) count += 1;
    return count;
  }
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const logInverseAlpha = Math.log(1.1239 + 1.1328 / (b - 3.4));
  const accept = 0.9277 - 3.6224 / (b - 2);
  const logMean = Math.log(mean);
  for (;;) {
    const u = unit() - 0.5;
    const v = unit();
    const edge = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / edge + b) * u + mean + 0.43);
    if (edge >= 0.07 && v <= accept) return k;
    if (k < 0 || (edge < 0.013 && v > edge)) continue;
    if (Math.log(v) + logInverseAlpha - Math.log(a / (edge * edge) + b) <= k * logMean - mean - logFactorial(k))
      return k;
  }
}

/** Exact: inversion while few successes are expected, Hörmann's transformed rejection (BTRS, 1993) otherwise. */
function binomial(unit: () => number, n: number, p: number): number {
  if (!(n > 0) || !(p > 0)) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomial(unit, n, 1 - p);
  return n * p < 10 ? binomialByInversion(unit, n, p) : binomialByRejection(unit, n, p);
}

function binomialByInversion(unit: () => number, n: number, p: number): number {
  const odds = p / (1 - p);
  let probability = Math.exp(n * Math.log1p(-p));
  let rest = unit();
  let k = 0;
  while (rest > probability && k < n) {
    rest -= probability;
    k += 1;
    probability *= (odds * (n - k + 1)) / k;
  }
  return k;
}

function binomialByRejection(unit: () => number, n: number, p: number): number {
  const spread = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const centre = n * p + 0.5;
  const accept = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * spread;
  const logOdds = Math.log(p / (1 - p));
  const mode = Math.floor((n + 1) * p);
  const atMode = logFactorial(mode) + logFactorial(n - mode);
  for (;;) {
    const u = unit() - 0.5;
    const v = unit();
    const edge = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / edge + b) * u + centre);
    if (k < 0 || k > n) continue;
    if (edge >= 0.07 && v <= accept) return k;
    const limit = atMode - logFactorial(k) - logFactorial(n - k) + (k - mode) * logOdds;
    if (Math.log((v * alpha) / (a / (edge * edge) + b)) <= limit) return k;
  }
}

const smallLogFactorials: readonly number[] = (() => {
  const table = [0];
  for (let k = 1; k < 128; k += 1) table.push((table[k - 1] ?? 0) + Math.log(k));
  return table;
})();

/** ln k!, by table and then by Stirling's series, whose error is below 1e-12 from 128 on. */
function logFactorial(k: number): number {
  const known = smallLogFactorials[k];
  if (known !== undefined) return known;
  const x = k + 1;
  return (x - 0.5) * Math.log(x) - x + 0.9189385332046727 + 1 / (12 * x) - 1 / (360 * x * x * x);
}
