import { type Score, type Scores, upperLimit } from "./score.ts";
import { againstPeers, isBeyond, isMet, isValid, type Target, targetsOf, tests, tools } from "./targets.ts";
import { type Cell, MINUTE } from "./world.ts";

/** All that was measured, as Markdown. */
export function render(scores: Scores): string {
  const judge = "sluice";
  const runs = [...scores.values()].reduce((sum, judges) => sum + (judges.get(judge)?.runs ?? 0), 0);
  return [
    "# The judge, measured",
    `${runs} courses in ${scores.size} cells.`,
    "## Targets",
    targetTable(targetsOf(scores, judge)),
    "## Equal canaries: rolled back, of all courses",
    equalTable(scores, judge),
    "## Harm: found, and bad requests served until then",
    "A star: this judge also rolls back more than 1.5 % of equal canaries in the same traffic. A cell in brackets is near the tolerance, and not scored.",
    harmTable(scores, judge),
    "## Bad requests against the best valid peer",
    peerLines(scores, judge),
    "",
  ].join("\n\n");
}

function targetTable(targets: readonly Target[]): string {
  const rows = targets.map((target) => {
    const { name, limit, measured, where, unit } = target;
    const verdict = measured === undefined ? "not played" : isMet(target) ? "met" : "**missed**";
    return [name, shown(limit, unit), measured === undefined ? "" : shown(measured, unit), where, verdict];
  });
  return table(["target", "at most", "measured", "where it is worst", ""], rows);
}

function equalTable(scores: Scores, judge: string): string {
  const names = [judge, ...tools, ...tests];
  const rows = [...scores].flatMap(([cell, judges]) => {
    const own = judges.get(judge);
    if (own === undefined || !["equal", "noisy", "calm"].includes(cell.aim)) return [];
    const shares = names.map((name) => {
      const score = judges.get(name);
      return score === undefined ? "" : percent(score.rollbacks / score.runs);
    });
    const limit = percent(upperLimit(own.rollbacks, own.runs));
    return [
      [
        cell.id,
        String(own.runs),
        ...shares,
        limit,
        percent(own.promotions / own.runs),
        percent(own.undecided / own.runs),
      ],
    ];
  });
  return table(["cell", "courses", ...names, "upper limit", "promoted", "undecided"], rows);
}

function harmTable(scores: Scores, judge: string): string {
  const names = [judge, "core", ...tools.filter((name) => !/-1$|-0$/.test(name)), ...tests];
  const rows = [...scores].flatMap(([cell, judges]) => {
    const own = judges.get(judge);
    if (cell.aim !== "harm" || own === undefined) return [];
    const isNear = cell.family === "B1" && !isBeyond(cell.canaryRate ?? 0, cell.base);
    const twin = twinOf(scores, cell);
    const shares = names.map((name) => {
      const score = judges.get(name);
      if (score === undefined) return "";
      const equal = twin?.get(name);
      return `${found(score)} / ${served(score)}${equal === undefined || isValid(equal) ? "" : "*"}`;
    });
    const delay = own.rollbacks === 0 ? "" : (own.delayMs / own.rollbacks / MINUTE).toFixed(1);
    return [[isNear ? `(${cell.id})` : cell.id, String(own.runs), ...shares, delay]];
  });
  return table(["cell", "courses", ...names, "delay, min"], rows);
}

function twinOf(scores: Scores, { rps, base, weight }: Cell): ReadonlyMap<string, Score> | undefined {
  const twin = [...scores].find(
    ([cell]) =>
      cell.family === "N1" && cell.harm === "" && cell.rps === rps && cell.base === base && cell.weight === weight,
  );
  return twin?.[1];
}

const found = ({ rollbacks, early, runs }: Score): string => `${Math.round((100 * (rollbacks - early)) / runs)}`;
const served = ({ bad, runs }: Score): string => Number((bad / runs).toPrecision(2)).toString();

/** Means over cells in logarithms: at the deciding look, and once with the wait for late samples charged. */
function peerLines(scores: Scores, judge: string): string {
  const mean = (peers: readonly string[], of: "ratio" | "lateRatio") => {
    const logs = againstPeers(scores, judge, peers).map((each) => Math.log(each[of]));
    return `${Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length).toFixed(2)} over ${logs.length} cells`;
  };
  return [
    `- against Flagger, Argo Rollouts and Kayenta: ${mean(tools, "ratio")}`,
    `- the same, with the two looks charged that the judge waits for late samples: ${mean(tools, "lateRatio")}`,
    `- with the uncorrected z-test and the asymptotic confidence sequence among the peers: ${mean([...tools, ...tests], "ratio")}`,
  ].join("\n");
}

function shown(value: number, unit: Target["unit"]): string {
  if (unit === "%") return percent(value);
  return `${Number.isFinite(value) ? Number(value.toPrecision(3)) : "never"} ${unit}`.trim();
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.1 ? 2 : 0)} %`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
