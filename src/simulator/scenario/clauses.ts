import { nearest } from "../../base/did-you-mean.ts";
import {
  type ClauseTokens,
  expectEnd,
  misread,
  readCount,
  readCourse,
  readRate,
  readShare,
  readSpan,
  readSpell,
  wordsOf,
} from "./clause-reader.ts";
import {
  readGitops,
  readNo,
  readPrometheus,
  readRecord,
  readRestart,
  readRoute,
  readRunner,
  readSomeone,
} from "./incident-clauses.ts";
import { readMetric } from "./metric-clause.ts";
import { type ArmSelector, addLayers, type ScenarioDraft, sayOnce } from "./scenario-draft.ts";

type Clause = {
  readonly usage: string;
  /** Whether it may be said of one version alone. */
  readonly sided: "either" | "one" | "none";
  readonly read: (words: ClauseTokens, draft: ScenarioDraft, side: ArmSelector) => void;
};

/** Reads one clause into the draft. Throws what is wrong with it, and how it is written. */
export function readClause(text: string, draft: ScenarioDraft): void {
  const words = wordsOf(text);
  const side: ArmSelector = words.take("canary") ? "canary" : words.take("stable") ? "stable" : "both";
  if (side === "both") words.take("both");
  const head = words.next().toLowerCase();
  const clause = Object.hasOwn(clauses, head) ? clauses[head] : undefined;
  if (clause === undefined) throw misread(unknownHead(head, side));
  if (clause.sided === "none" && side !== "both")
    throw misread(`this cannot be said of ${side} alone; write it as "${clause.usage}"`);
  if (clause.sided === "one" && side === "both") throw misread(`say of which version, as "${clause.usage}"`);
  clause.read(words, draft, side);
  expectEnd(words, clause.usage);
}

function unknownHead(head: string, side: ArmSelector): string {
  const known = Object.entries(clauses)
    .filter(([, clause]) => side === "both" || clause.sided !== "none")
    .map(([word]) => word);
  const what = head === "" ? "it ends before it says anything" : `no clause begins with "${head}"`;
  const meant = nearest(head, known);
  return `${what}${meant === undefined ? "." : `; did you mean "${meant}"?`} Known are ${known.join(", ")}`;
}

const clauses: Readonly<Record<string, Clause>> = {
  traffic: { usage: "traffic 50 rps until 10m, then 0 rps", sided: "none", read: readTraffic },
  errors: {
    usage: "canary errors 0.2% until phase 20, then 4%",
    sided: "either",
    read: (words, draft, side) => {
      const layers = readCourse(words, (next) => readShare(next, "an error rate"));
      addLayers(draft, "errors", draft.errors[side], layers, side, words.clause);
    },
  },
  incident: {
    usage: "incident 10% from 10m for 8m",
    sided: "none",
    read: (words, draft) => {
      const layers = readCourse(words, (next) => readShare(next, "an incident's error rate"));
      draft.incidents = [...draft.incidents, ...layers];
    },
  },
  latency: { usage: "canary latency 1.5x from 6m", sided: "either", read: readLatency },
  slow: {
    usage: "canary slow 2% by 1s",
    sided: "either",
    read: (words, draft, side) => {
      const value = readShare(words, "the share of slow requests");
      if (!words.take("by")) throw misread('say by how much they are slower, as "slow 2% by 1s"');
      const byMs = readSpell(words, "how much slower they are");
      addLayers(draft, "slow", draft.slow[side], [{ value, byMs, ...readSpan(words) }], side, words.clause);
    },
  },
  bursts: {
    usage: "bursts of 10",
    sided: "none",
    read: (words, draft) => {
      words.take("of");
      sayOnce(draft, "bursts", words.clause);
      draft.burst = readCount(words, "the size of a burst", 1, 1000);
    },
  },
  no: { usage: "no data from 6m for 3m", sided: "none", read: readNo },
  prometheus: { usage: "prometheus answers html from 6m for 3m", sided: "none", read: readPrometheus },
  unready: {
    usage: "canary unready from 6m for 3m",
    sided: "one",
    read: (words, draft, side) => {
      const span = readSpan(words);
      if (side !== "both") draft.unready = { ...draft.unready, [side]: [...draft.unready[side], span] };
    },
  },
  crashes: {
    usage: "canary crashes from 6m for 3m",
    sided: "one",
    read: (words, draft, side) => {
      const span = readSpan(words);
      if (side !== "both") draft.crashes = { ...draft.crashes, [side]: [...draft.crashes[side], span] };
    },
  },
  restarts: {
    usage: "canary restarts at 8m",
    sided: "one",
    read: (words, draft, side) => {
      if (side !== "both") readRestart(words, draft, side);
    },
  },
  gateway: {
    usage: "gateway restarts at 8m",
    sided: "none",
    read: (words, draft) => {
      if (!words.take("restarts")) throw misread('a gateway can only restart; write it as "gateway restarts at 8m"');
      readRestart(words, draft, "gateway");
    },
  },
  runner: { usage: "runner dies at 7m and returns after 2m", sided: "none", read: readRunner },
  someone: { usage: "someone sets canary to 30% at 6m", sided: "none", read: readSomeone },
  gitops: { usage: "gitops reverts every 3m from 4m", sided: "none", read: readGitops },
  route: { usage: "route written every 1s", sided: "none", read: readRoute },
  record: { usage: "record removed at 6m", sided: "none", read: readRecord },
  calls: {
    usage: "calls take 300ms",
    sided: "none",
    read: (words, draft) => {
      if (!words.take("take")) throw misread('say how long, as "calls take 300ms"');
      sayOnce(draft, "calls", words.clause);
      draft.callMs = readSpell(words, "how long a call takes");
    },
  },
  scrape: {
    usage: "scrape every 15s",
    sided: "none",
    read: (words, draft) => {
      words.take("every");
      sayOnce(draft, "scrape", words.clause);
      draft.scrapeMs = readSpell(words, "the scrape interval");
      if (draft.scrapeMs < 1000) throw misread("the scrape interval must be at least 1s");
    },
  },
  pods: {
    usage: "pods 3 and 1",
    sided: "none",
    read: (words, draft) => {
      sayOnce(draft, "pods", words.clause);
      const stable = readCount(words, "the number of stable pods", 1, 50);
      words.take("stable");
      if (!words.take("and")) throw misread('name both numbers, those of stable first, as "pods 3 and 1"');
      draft.pods = { stable, canary: readCount(words, "the number of canary pods", 1, 50) };
      words.take("canary");
    },
  },
  weights: {
    usage: "weights ignored from 6m",
    sided: "none",
    read: (words, draft) => {
      if (!words.take("ignored")) throw misread('weights can only be ignored; write it as "weights ignored from 6m"');
      draft.ignored = [...draft.ignored, readSpan(words)];
    },
  },
  share: {
    usage: "share 0% from phase 20",
    sided: "none",
    read: (words, draft) => {
      draft.share = [...draft.share, ...readCourse(words, (next) => readShare(next, "the canary's real share"))];
    },
  },
  protocol: {
    usage: "protocol grpc",
    sided: "none",
    read: (words, draft) => {
      const protocol = (["http", "grpc", "tcp"] as const).find((word) => words.take(word));
      if (protocol === undefined) throw misread("the protocol must be http, grpc or tcp");
      sayOnce(draft, "protocol", words.clause);
      draft.protocol = protocol;
    },
  },
  metric: { usage: "canary metric queue_depth is 40 until phase 20, then 140", sided: "either", read: readMetric },
};

/** How every clause is written, for help texts and documentation. */
export const clauseUsages: readonly string[] = Object.values(clauses).map((clause) => clause.usage);

function readTraffic(words: ClauseTokens, draft: ScenarioDraft): void {
  if (words.take("follows", "after")) {
    sayOnce(draft, "follows", words.clause);
    draft.followsAfterMs = readSpell(words, "the time until traffic follows the weights");
    return;
  }
  const layers = readCourse(words, (next) => readRate(next, "traffic"));
  const traffic = [...draft.traffic];
  addLayers(draft, "traffic", traffic, layers, "both", words.clause);
  draft.traffic = traffic;
}

function readLatency(words: ClauseTokens, draft: ScenarioDraft, side: ArmSelector): void {
  const factor = /^[\d.]+x$/.test(words.peek());
  const layers = readCourse(words, factor ? readFactor : (next) => readSpell(next, "a latency"));
  const to = factor ? draft.latencyFactor[side] : draft.latencyMs[side];
  addLayers(draft, factor ? "latency factor" : "latency", to, layers, side, words.clause);
}

function readFactor(words: ClauseTokens): number {
  const [, digits] = /^(\d+(?:\.\d+)?)x$/.exec(words.peek()) ?? [];
  const factor = Number(digits ?? Number.NaN);
  if (!(factor > 0 && factor <= 1000)) throw misread("a latency factor must be above 0 and at most 1000, as 1.5x");
  words.next();
  return factor;
}
