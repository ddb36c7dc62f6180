import { SluiceError } from "../../base/problem.ts";
import type { Check, Plan } from "../../rollout/plan.ts";
import type { Expression } from "./ast.ts";
import { nameLabel } from "./label-set.ts";
import { parse } from "./parse.ts";

/** What to say of queries that ask for metrics which the scenario does not have. */
export function foreignMetrics(plan: Plan, known: readonly string[]): readonly string[] {
  const own = plan.compare === "off" ? [] : plan.compare.metrics;
  const asking = [
    ...plan.checks.map((check) => ({ who: `check ${check.name}`, queries: queriesOf(check) })),
    ...own.map(({ name, total, bad }) => ({ who: `metric ${name}`, queries: [total, bad] })),
  ];
  return asking.flatMap(({ who, queries }) => {
    const missing = [...new Set(queries.flatMap(namesIn))].filter((name) => !known.includes(name));
    return missing.map(
      (name) =>
        `The ${who} asks for the metric ${name}, and the scenario has none, so its query finds nothing. ` +
        `Add a clause to the scenario, as "metric ${name} counts good requests" for a counter or "metric ${name} is 0.97" for a gauge; ` +
        "it carries the labels app, service, version, workload, namespace and pod.",
    );
  });
}

const queriesOf = (check: Check): readonly string[] => ["query" in check.ask ? check.ask.query : "", check.count ?? ""];

function namesIn(template: string): readonly string[] {
  // Only the window stands outside of a string, and any duration does for reading the names.
  const query = template.replaceAll(/\{\{\s*window\s*\}\}/g, "1m");
  if (query.trim() === "") return [];
  try {
    return selected(parse(query));
  } catch (error) {
    // A query that cannot be read is told by preflight, in the words of a Prometheus.
    if (error instanceof SluiceError) return [];
    throw error;
  }
}

function selected(node: Expression): readonly string[] {
  switch (node.kind) {
    case "number":
    case "string":
      return [];
    case "selector":
      return node.matchers.flatMap(({ name, kind, value }) => (name === nameLabel && kind === "=" ? [value] : []));
    case "range":
      return selected(node.selector);
    case "negative":
    case "subquery":
      return selected(node.of);
    case "aggregate":
      return [...(node.parameter === undefined ? [] : selected(node.parameter)), ...selected(node.of)];
    case "call":
      return node.arguments.flatMap(selected);
    case "binary":
      return [...selected(node.left), ...selected(node.right)];
    default:
      return node satisfies never;
  }
}
