import { type Cell, MINUTE, type World } from "../world.ts";
import { cell, crossed, type Draft } from "./shape.ts";

const RATES = [0.1, 1, 10, 50, 300, 1000, 10_000];
const BASES = [0, 0.0001, 0.001, 0.01, 0.05];
const FEW = [1, 50, 1000];

/** One course in each of the usual amounts of traffic, at 5 and at 50 percent. */
function each(family: string, aim: Draft["aim"], bases: readonly number[], world: (base: number) => Partial<World>) {
  return crossed(crossed(FEW, [5, 50]), bases).map(([[rps, weight], base]) =>
    cell({ family, aim, rps, weight, base, peers: weight === 5, world: world(base) }),
  );
}

/** N1: equal and constant. */
const n1: readonly Cell[] = [
  ...crossed(RATES, BASES).map(([rps, base]) => cell({ family: "N1", aim: "equal", rps, base, peers: true })),
  ...crossed(crossed(FEW, [0.001, 0.01]), [1, 20, 50]).map(([[rps, base], weight]) =>
    cell({ family: "N1", aim: "equal", rps, base, weight }),
  ),
];

/** N1 in three phases, as a rollout goes. */
const rollout = crossed(FEW, [0.001, 0.01]).map(([rps, base]) => {
  const phases = [5, 20, 50].map((weight) => ({ weight, minutes: 20 }));
  return cell({ family: "N1", aim: "equal", harm: "5/20/50", rps, base, world: { phases, canaryPods: 3 } });
});

/** N2: both drift together. */
const n2 = each("N2", "equal", [0.001, 0.01], (base) => ({
  rate: (_, atMs) => base * (1 + 0.8 * Math.sin((2 * Math.PI * atMs) / (30 * MINUTE))),
}));

/** N2 at its worst for one who adds up looks: a minute of failures in every four, and few requests. */
const n2Fast = [0.1, 0.3, 1, 10].map((rps) => {
  const rate: World["rate"] = (_, atMs) => ((((atMs / MINUTE) % 4) + 4) % 4 < 1 ? 0.3 : 0.003);
  return cell({ family: "N2", aim: "equal", harm: "one bad minute in four", rps, base: 0.003, world: { rate } });
});

/** Eight minutes from a moment at which the evidence begins anew: it has nothing else to weigh it against. */
const incident: World["rate"] = (_, atMs) => (atMs >= 30 * MINUTE && atMs < 38 * MINUTE ? 0.1 : 0.003);

/** N3: a shared incident; also as client proxies tell it, and with every pod scraped at a time of its own. */
const n3 = [
  ...each("N3", "equal", [0.003], () => ({ rate: incident })),
  ...FEW.map((rps) =>
    cell({ family: "N3", aim: "equal", harm: "by gateways", rps, base: 0.003, world: { rate: incident, gateways: 2 } }),
  ),
  ...crossed([1, 10, 50, 300, 1000], [5, 50]).map(([rps, weight]) => {
    const world = { rate: incident, scrapes: { staggered: true, lost: 0 } };
    return cell({ family: "N3", aim: "equal", harm: "staggered scrapes", rps, weight, base: 0.003, world });
  }),
];

const n4 = each("N4", "equal", [0.02], () => ({}));

const n7 = each("N7", "equal", [0.001, 0.01], () => ({ restarts: { everyMs: 15 * MINUTE, renamed: 0.5 } }));

const n8 = [
  ...each("N8", "equal", [0.001, 0.01], () => ({ scrapes: { staggered: true, lost: 0.1 } })),
  ...FEW.map((rps) => {
    const world = { gateways: 2, scrapes: { staggered: true, lost: 0.1 } };
    return cell({ family: "N8", aim: "equal", harm: "by gateways", rps, base: 0.01, world });
  }),
];

const n5 = each("N5", "noisy", [0.005], () => ({ noise: 0.5 }));
const n6 = each("N6", "noisy", [0.005], () => ({ burst: 10 }));

/** Outside the promise, reported all the same: the history was calmer than the rollout is. */
const calm = [
  ...each("N5", "calm", [0.005], () => ({ noise: 0.5, before: { noise: 0 } })).map((one) =>
    renamed(one, "no noise before"),
  ),
  ...each("N5", "calm", [0.005], () => ({ noise: 0.5, before: { traffic: 0.2 } })).map((one) =>
    renamed(one, "a fifth of the traffic before"),
  ),
  ...each("N6", "calm", [0.005], () => ({ burst: 3, before: { burst: 2 } })).map((one) =>
    renamed(one, "bursts of 3 after bursts of 2"),
  ),
  ...each("N6", "calm", [0.005], () => ({ burst: 2, before: { burst: 1 } })).map((one) =>
    renamed(one, "bursts of 2 after none"),
  ),
];

function renamed(one: Cell, harm: string): Cell {
  return { ...one, harm, id: one.id.replace(`${one.family},`, `${one.family}, ${harm},`) };
}

export const equalCells: readonly Cell[] = [
  ...n1,
  ...rollout,
  ...n2,
  ...n2Fast,
  ...n3,
  ...n4,
  ...n5,
  ...n6,
  ...n7,
  ...n8,
  ...calm,
];
