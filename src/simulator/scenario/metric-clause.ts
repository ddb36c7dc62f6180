import { type ClauseTokens, misread, readCourse, readNumber } from "./clause-reader.ts";
import type { ArmSelector, ScenarioDraft } from "./scenario-draft.ts";

export function readMetric(words: ClauseTokens, draft: ScenarioDraft, side: ArmSelector): void {
  const name = words.next();
  if (!/^[A-Za-z_:][\w:]*$/.test(name))
    throw misread(`"${name}" is not the name of a metric; use letters, digits and underscores`);
  const known = draft.metrics.find((metric) => metric.name === name);
  if (words.take("counts")) {
    const counts = words.take("good") ? "good" : words.take("bad") ? "bad" : "all";
    if (!words.take("requests")) throw misread('a metric counts "requests", "good requests" or "bad requests"');
    if (known !== undefined) throw misread(`the metric ${name} is described twice; remove one`);
    if (side !== "both") throw misread(`a counter exists for both versions; leave "${side}" out`);
    draft.metrics = [...draft.metrics, { kind: "counter", name, counts }];
    return;
  }
  if (!words.take("is"))
    throw misread('say "is" and a number, or "counts requests", "counts good requests", "counts bad requests"');
  if (known?.kind === "counter") throw misread(`the metric ${name} is described twice; remove one`);
  const layers = readCourse(words, (next) => readNumber(next, "the value of a metric"));
  const before = known?.values ?? { stable: [], canary: [] };
  const values = {
    // What is said of both lies below what is said of one, in whatever order it was said.
    stable:
      side === "both"
        ? [...layers, ...before.stable]
        : side === "stable"
          ? [...before.stable, ...layers]
          : before.stable,
    canary:
      side === "both"
        ? [...layers, ...before.canary]
        : side === "canary"
          ? [...before.canary, ...layers]
          : before.canary,
  };
  draft.metrics = [...draft.metrics.filter((metric) => metric.name !== name), { kind: "gauge", name, values }];
}
