import { type Finding, finding } from "../base/reasons/finding.ts";
import { malformed, type RouteShape, type RouteView, type RuleView } from "./route-view.ts";

type Found = { readonly rules: readonly RuleView[]; readonly problems: readonly Finding[] };
type Selector = { readonly text: string; readonly list: string; readonly word: string };

/** The rules that a user's selectors mean, in the order of the object, and what is wrong with the others. */
export function rulesSelected(view: RouteView, shape: RouteShape, selectors: readonly string[]): Found {
  const parsed = selectors.map((text) => parse(shape, text));
  const names = new Set(view.rules.flatMap(({ list, name }) => (list === "tls" && name !== null ? name : [])));
  const words = parsed.flatMap(({ list, word }) => (list === "tls" ? [serversIn(word)] : []));
  const single = words.flatMap((servers) => (servers.length === 1 && !names.has(servers.join()) ? servers : []));
  const answers = parsed.map((selector) => {
    const rules = view.rules.filter(({ list }) => list === selector.list);
    if (!shape.lists.includes(selector.list)) return refused([unknownList(view, shape, selector)]);
    if (rules.length === 0) return refused([malformed(`spec.${selector.list}`, "rules")]);
    if (selector.list === "tls") return byServer(rules, selector, single);
    return selector.list === "tcp" ? byPort(rules, selector) : byNameOrIndex(rules, selector);
  });
  const chosen = new Set(answers.flatMap(({ rules }) => rules));
  return {
    rules: view.rules.filter((rule) => chosen.has(rule)),
    problems: answers.flatMap(({ problems }) => problems),
  };
}

const refused = (problems: readonly Finding[]): Found => ({ rules: [], problems });
const serversIn = (word: string): readonly string[] => [...new Set(word.toLowerCase().split("+"))].sort();
const labelsOf = (rules: readonly RuleView[]) => rules.map(({ label }) => label);

/** A word without a known list in front is a name or an index, which may itself hold a slash. */
function parse(shape: RouteShape, text: string): Selector {
  const slash = text.indexOf("/");
  const prefix = slash < 0 ? "" : text.slice(0, slash);
  const list = shape.listNamed(prefix) ?? (["http", "tcp", "tls"].includes(prefix) ? prefix : undefined);
  return { text, list: list ?? shape.lists[0], word: list === undefined ? text : text.slice(slash + 1) };
}

function unknownList(view: RouteView, { kubeKind }: RouteShape, { text, list }: Selector): Finding {
  const about = { selector: text, list, kind: kubeKind, rules: labelsOf(view.rules) };
  return finding("route-not-found", { why: "no-such-list", ...about });
}

const noRule = (rules: readonly RuleView[], { text, list }: Selector): Finding =>
  finding("route-not-found", { why: "no-match", selector: text, list, rules: labelsOf(rules) });

function byNameOrIndex(rules: readonly RuleView[], selector: Selector): Found {
  const { word, text } = selector;
  const named = rules.filter(({ name }) => name === word);
  const indexed = /^(0|[1-9]\d{0,8})$/.test(word) ? rules[Number(word)] : undefined;
  const [first, ...more] = named;
  if (first !== undefined && more.length > 0) return refused([sameName(word, named)]);
  if (first !== undefined && indexed !== undefined && first !== indexed) {
    return refused([nameOrIndex(text, first, indexed)]);
  }
  const rule = first ?? indexed;
  return rule === undefined ? refused([noRule(rules, selector)]) : { rules: [rule], problems: [] };
}

function byPort(rules: readonly RuleView[], selector: Selector): Found {
  const found = rules.filter(({ name }) => name === selector.word);
  if (found.length === 0) return refused([noRule(rules, selector)]);
  if (found.length > 1) return refused([sameMatch(selector, found)]);
  return { rules: found, problems: [] };
}

/**
 * A rule may name several servers. All of them joined are its name, and mean no other rule. Those of `single`, which name no
 * rule, mean the rule whose servers are all among them.
 */
function byServer(rules: readonly RuleView[], selector: Selector, single: readonly string[]): Found {
  const asked = serversIn(selector.word);
  const named = rules.filter(({ name }) => name === asked.join("+"));
  const found = named.length > 0 || asked.length > 1 ? named : rules.filter((rule) => isMadeUpOf(rule, asked, single));
  const [first, ...more] = found;
  if (first === undefined) return refused([noRule(rules, selector)]);
  if (more.length === 0) return { rules: [first], problems: [] };
  return refused([
    more.every(({ name }) => name === first.name) ? sameMatch(selector, found) : inSeveral(selector, found),
  ]);
}

const isMadeUpOf = ({ sniHosts = [] }: RuleView, [server = ""]: readonly string[], single: readonly string[]) =>
  sniHosts.includes(server) && sniHosts.every((host) => single.includes(host));

const indexesOf = (rules: readonly RuleView[]) => rules.map(({ index }) => index);

const sameName = (word: string, rules: readonly RuleView[]): Finding =>
  finding("duplicate-route-name", { same: "name", list: rules[0]?.list ?? "", word, indexes: indexesOf(rules) });

const sameMatch = ({ list, word }: Selector, rules: readonly RuleView[]): Finding =>
  finding("duplicate-route-name", { same: "match", list, word, indexes: indexesOf(rules) });

const inSeveral = ({ text, list }: Selector, rules: readonly RuleView[]): Finding =>
  finding("route-not-found", { why: "several", selector: text, list, rules: labelsOf(rules) });

function nameOrIndex(selector: string, named: RuleView, indexed: RuleView): Finding {
  const places = { named: named.index, indexed: indexed.index };
  const rules = labelsOf([named, indexed]);
  return finding("ambiguous-scope", { unclear: "selector", rules, selectors: [selector], delegates: [], ...places });
}
