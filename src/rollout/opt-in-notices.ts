import { reason } from "../base/reasons/index.ts";
import type { Notice } from "../base/reasons/notice.ts";
import type { State } from "./rollout-state.ts";
import { placeOf } from "./same-destination.ts";

/** What a person allowed this rollout beyond moving weights, as its record says: told as long as the record stands. */
export function optInNotices(state: State): readonly Notice[] {
  const told = [created(state), others(state), flux(state)].filter((one) => one !== undefined);
  return told.map((why) => ({ reason: why }));
}

const stageOf = ({ status }: State) => (status === "promoted" || status === "rolled-back" ? status : "runs");
const rulesOf = ({ rules }: State) =>
  rules
    .filter(({ atHome }) => !atHome)
    .map(({ list, index, name }) => `${list}/${name ?? index}`)
    .slice(0, 20);

function created(state: State) {
  if (state.created === undefined) return undefined;
  return reason("canary-was-added", { canary: state.canary, rules: rulesOf(state), rollout: stageOf(state) });
}

function others(state: State) {
  if (state.others === undefined) return undefined;
  const versions = [state.stable, state.canary];
  const isThird = (destinations: readonly string[], index: number) =>
    versions.every((version) => placeOf(destinations, version) !== index);
  const third = state.rules.flatMap(({ destinations }) =>
    destinations.filter((_, index) => isThird(destinations, index)),
  );
  if (third.length === 0) return undefined;
  return reason("others-kept", { destinations: [...new Set(third)] });
}

const flux = (state: State) =>
  state.flux === undefined ? undefined : reason("flux-paused", { rollout: stageOf(state) });
