import type { State } from "./rollout-state.ts";
import { placeOf } from "./same-destination.ts";

/** What a person allowed this rollout beyond moving weights, as its record says: told as long as the record stands. */
export function optInNotices(state: State): readonly string[] {
  return [created(state), others(state), flux(state)].filter((line) => line !== undefined);
}

const isOver = (state: State) => "endedAt" in state;
const rulesOf = ({ rules }: State) =>
  rules
    .filter(({ atHome }) => !atHome)
    .map(({ list, index, name }) => `${list}/${name ?? index}`)
    .slice(0, 20)
    .join(", ");

function created(state: State): string | undefined {
  if (state.created === undefined) return undefined;
  const weight = state.status === "rolled-back" ? "and stays there with its weight from home" : "and stays there";
  return `${state.canary} was added to ${rulesOf(state)} by this rollout, ${weight} (create-destination).`;
}

function others(state: State): string | undefined {
  if (state.others === undefined) return undefined;
  const versions = [state.stable, state.canary];
  const isThird = (destinations: readonly string[], index: number) =>
    versions.every((version) => placeOf(destinations, version) !== index);
  const third = state.rules.flatMap(({ destinations }) =>
    destinations.filter((_, index) => isThird(destinations, index)),
  );
  if (third.length === 0) return undefined;
  return `${[...new Set(third)].join(", ")} keeps its weight; stable alone makes room for the canary (others: fixed).`;
}

function flux(state: State): string | undefined {
  if (state.flux === undefined) return undefined;
  return isOver(state)
    ? "Flux was kept from the route while the rollout ran (gitops: pause-flux)."
    : "Flux is kept from the route until the rollout ends (gitops: pause-flux).";
}
