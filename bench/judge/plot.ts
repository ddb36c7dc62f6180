import type { Scores } from "./score.ts";
import { againstPeers, isBeyond, isValid, tools } from "./targets.ts";

const ROW = 16;
const LEFT = 250;
const WIDTH = 560;
const [LOW, HIGH] = [0.02, 20];

const colours: Readonly<Record<string, string>> = { flagger: "#c2571a", argo: "#8250df", kayenta: "#57606a" };

const titles: Readonly<Record<string, string>> = { flagger: "Flagger", argo: "Argo Rollouts", kayenta: "Kayenta" };

/**
 * Bad requests served in every scored cell, as a multiple of those of the best valid peer: full dots are Sluice, rings
 * are peers, faint where they roll back equal canaries too.
 */
export function plot(scores: Scores, judge = "sluice"): string {
  const rows = againstPeers(scores, judge).toSorted((a, b) => a.ratio - b.ratio);
  const height = 68 + rows.length * ROW;
  const marks = rows.flatMap(({ cell, peer, ratio }, i) => {
    const y = 48 + i * ROW;
    const judges = scores.get(cell);
    const best = judges?.get(peer);
    const twin = [...scores].find(
      ([other]) =>
        other.family === "N1" &&
        other.harm === "" &&
        other.rps === cell.rps &&
        other.base === cell.base &&
        other.weight === cell.weight,
    )?.[1];
    const rings = tools.flatMap((name) => {
      const score = judges?.get(name);
      if (score === undefined || best === undefined || !isBeyond(cell.canaryRate ?? 0, cell.base)) return [];
      const x = across(score.bad / score.runs / (best.bad / best.runs));
      const faint = isValid(twin?.get(name)) ? 1 : 0.25;
      return [
        `<circle cx="${x}" cy="${y}" r="4" fill="none" stroke="${colours[name.replace(/[-/].*/, "")]}" opacity="${faint}"><title>${name}</title></circle>`,
      ];
    });
    const label = `<text x="${LEFT - 8}" y="${y + 4}" text-anchor="end">${cell.id.replace("B1, ", "").replace(", weight 5", "")}</text>`;
    return [label, ...rings, `<circle cx="${across(ratio)}" cy="${y}" r="4.5" fill="#0969da"/>`];
  });
  const ticks = [0.03, 0.1, 0.3, 1, 3, 10].flatMap((tick) => [
    `<line x1="${across(tick)}" y1="38" x2="${across(tick)}" y2="${height - 22}" stroke="${tick === 1 ? "#57606a" : "#d0d7de"}"/>`,
    `<text x="${across(tick)}" y="${height - 8}" text-anchor="middle">${tick}x</text>`,
  ]);
  const head = [
    `<text x="8" y="16" font-weight="bold">Failed requests of a harmed canary until it was rolled back, against the best valid peer</text>`,
    ...[
      ["Sluice", "#0969da"] as const,
      ...Object.entries(titles).map(([name, title]) => [title, colours[name]] as const),
    ].map(
      ([title, colour], i) =>
        `<text x="${LEFT + i * 100}" y="31" fill="${colour}">${i === 0 ? "●" : "○"} ${title}</text>`,
    ),
    `<text x="${LEFT + 390}" y="31" fill="#57606a">faint: rolls back equal canaries too</text>`,
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + 20} ${height}" font-family="sans-serif" font-size="11">`,
    "<title>Bad requests served, of Sluice and its peers</title>",
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...head,
    ...ticks,
    ...marks,
    "</svg>",
    "",
  ].join("\n");
}

function across(ratio: number): number {
  const clipped = Math.min(HIGH, Math.max(LOW, ratio));
  return Math.round(10 * (LEFT + (WIDTH * Math.log(clipped / LOW)) / Math.log(HIGH / LOW))) / 10;
}
