import { type Cell, MINUTE } from "../world.ts";
import { cell, crossed } from "./shape.ts";

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} pp`;

/** B1: a step at the entry. */
const b1 = crossed([1, 10, 50, 300, 1000], [0.001, 0.01, 0.05]).flatMap(([rps, base]) => [
  ...[2, 5, 10].map((times) => step(rps, base, Math.min(1, base * times), `${times}x`)),
  ...[0.005, 0.01, 0.05].map((more) => step(rps, base, base + more, `+${percent(more)}`)),
]);
const b1Heavier = crossed(crossed([1, 50, 1000], [0.001, 0.01]), [20, 50]).flatMap(([[rps, base], weight]) =>
  [2, 5].map((times) => step(rps, base, base * times, `${times}x`, weight)),
);

function step(rps: number, base: number, canaryRate: number, harm: string, weight = 5): Cell {
  return cell({ family: "B1", aim: "harm", rps, base, canaryRate, harm, weight, peers: weight === 5 });
}

/** B2: it begins late; also just after a restart of the evidence. */
const b2 = crossed([50, 1000], [30, 31, 40]).map(([rps, minute]) => {
  const fromMs = minute * MINUTE;
  const harm = `5x from minute ${minute}`;
  return cell({ family: "B2", aim: "harm", rps, base: 0.002, canaryRate: 0.01, fromMs, harm, minutes: 90 });
});

/** B3: it grows. */
const b3 = [50, 1000].map((rps) => {
  const base = 0.002;
  const rate = (arm: string, atMs: number) =>
    base * (arm === "stable" ? 1 : 1 + 9 * Math.min(1, Math.max(0, atMs / (20 * MINUTE))));
  return cell({ family: "B3", aim: "harm", rps, base, canaryRate: 10 * base, harm: "1x to 10x", world: { rate } });
});

/** B5: the canary crashes in minute 10. Only client proxies see it, in a counter that was not there before. */
const b5 = [1, 50, 1000].map((rps) => {
  const fromMs = 10 * MINUTE;
  return cell({
    family: "B5",
    aim: "harm",
    rps,
    base: 0,
    canaryRate: 1,
    fromMs,
    harm: "crash",
    world: { gateways: 2 },
  });
});

/** B6: it shows only under load. */
const b6 = [50, 1000].map((rps) => {
  const phases = [5, 20, 50].map((weight) => ({ weight, minutes: 10 }));
  const rate = (arm: string, _: number, weight: number) => (arm === "canary" && weight >= 50 ? 0.01 : 0.002);
  return cell({
    family: "B6",
    aim: "harm",
    rps,
    base: 0.002,
    canaryRate: 0.01,
    fromMs: 20 * MINUTE,
    harm: "5x at 50",
    world: { phases, canaryPods: 3, rate },
  });
});

/** A canary with five times the bursts is found although bursts discount the evidence. */
const bursts = [50, 1000].map((rps) =>
  cell({ family: "N6", aim: "harm", rps, base: 0.005, canaryRate: 0.025, harm: "5x the bursts", world: { burst: 10 } }),
);

/** At the limit of the promotion, and at twice it. */
const margins = (["margin", "twice"] as const).flatMap((aim) =>
  crossed(crossed([1, 50, 1000], [0, 0.001, 0.01]), [5, 50]).flatMap(([[rps, base], weight]) => {
    const canaryRate = base + (aim === "margin" ? 0.005 : 0.01);
    const draft = { family: "P", aim, rps, weight, base, canaryRate, harm: `+${percent(canaryRate - base)}` };
    if (base !== 0.01) return [cell(draft)];
    return [
      cell(draft),
      cell({ ...draft, harm: `${draft.harm} and pod noise`, world: { noise: 0.5 } }),
      cell({ ...draft, harm: `${draft.harm} and bursts of 10`, world: { burst: 10 } }),
    ];
  }),
);

export const harmCells: readonly Cell[] = [...b1, ...b1Heavier, ...b2, ...b3, ...b5, ...b6, ...bursts, ...margins];
