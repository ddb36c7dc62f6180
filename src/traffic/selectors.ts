import type { Problem } from "../errors.ts";
import { enumerate, type RouteView, type RuleView, type Shape } from "./route.ts";

const lists = ["http", "tcp", "tls"];

/** The rules that a user's selectors mean, in the order of the object, and what is wrong with the others. */
export function rulesSelected(
  view: RouteView,
  shape: Shape,
  selectors: readonly string[],
): { readonly rules: readonly RuleView[]; readonly problems: readonly Problem[] } {
  const answers = selectors.map((selector) => ruleSelected(view, shape, selector));
  const chosen = new Set(answers.flatMap((answer) => ("rule" in answer ? answer.rule : [])));
  return {
    rules: view.rules.filter((rule) => chosen.has(rule)),
    problems: answers.flatMap((answer) => ("problem" in answer ? answer.problem : [])),
  };
}

function ruleSelected(
  view: RouteView,
  shape: Shape,
  selector: string,
): { readonly rule: RuleView } | { readonly problem: Problem } {
  const slash = selector.indexOf("/");
  const prefix = slash < 0 ? "" : selector.slice(0, slash);
  const list = lists.includes(prefix) ? prefix : shape.list;
  const word = lists.includes(prefix) ? selector.slice(slash + 1) : selector;
  const present = `Rules present: ${enumerate(view.rules.map(({ label }) => label))}.`;
  if (list !== shape.list) return { problem: otherList(selector, list, shape, present) };
  const named = view.rules.filter(({ name }) => name === word);
  const indexed = /^(0|[1-9]\d{0,8})$/.test(word) ? view.rules[Number(word)] : undefined;
  const [first, ...more] = named;
  if (first !== undefined && more.length > 0) return { problem: sameName(word, named) };
  if (first !== undefined && indexed !== undefined && first !== indexed) {
    return { problem: nameOrIndex(selector, first, indexed) };
  }
  const rule = first ?? indexed;
  if (rule !== undefined) return { rule };
  return { problem: { code: "route-not-found", message: `No ${list} rule matches ${selector}. ${present}` } };
}

function otherList(selector: string, list: string, shape: Shape, present: string): Problem {
  const message = `No rule can be selected by ${selector}: this version of Sluice moves ${shape.list} rules of a ${shape.kubeKind}, not ${list} rules. ${present}`;
  return { code: "route-not-found", message };
}

function sameName(name: string, rules: readonly RuleView[]): Problem {
  const indexes = rules.map(({ index }) => index);
  const last = indexes.pop();
  const all = indexes.length > 1 ? "all" : "both";
  return {
    code: "duplicate-route-name",
    message: `Rules ${indexes.join(", ")} and ${last} are ${all} named ${name}. Rename one or select by index.`,
  };
}

function nameOrIndex(selector: string, named: RuleView, indexed: RuleView): Problem {
  return {
    code: "ambiguous-scope",
    message: `It is not clear which rule ${selector} means: it is the name of rule ${named.index} and the index of rule ${indexed.index}. Rename rule ${named.index}.`,
  };
}
