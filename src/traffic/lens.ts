import type { TrafficDriver } from "./driver.ts";
import { write } from "./patch.ts";
import { enumerate, type Lens, weightsText } from "./route.ts";
import { select } from "./selection.ts";
import { landed, standing } from "./standing.ts";

/** Makes a driver of what is particular about one kind of route. */
export function routeDriver(lens: Lens): TrafficDriver {
  const { kind, kubeKind, group, plural, versions } = lens.shape;
  return {
    kind,
    kubeKind,
    group,
    plural,
    versions,
    select: (object, target) => select(lens, object, target),
    standing: (object, state) => standing(lens, object, state),
    write: (object, state, record) => write(lens, object, state, record),
    landed: (object, state, record) => landed(lens, object, state, record),
    parts: lens.shape.parts,
    protocol: (rules) => rules.map(({ list }) => lens.shape.protocolOf(list)).find((word) => word !== "http") ?? "http",
    weights: (object) => {
      const rules = lens.read(object).rules.filter(({ destinations }) => destinations.length > 0);
      return enumerate(rules.map((rule) => `${rule.label}: ${weightsText(rule)}`));
    },
  };
}
