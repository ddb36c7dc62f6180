import type { Rec, RecRule } from "./record.ts";

/** The oracle's own reading of the weights of a VirtualService. */

type Http = {
  readonly name?: string;
  readonly match?: unknown;
  readonly route?: readonly { readonly destination: { readonly subset?: string }; readonly weight?: number }[];
};

const rulesIn = (object: unknown): readonly Http[] =>
  (object as { spec?: { http?: readonly Http[] } } | undefined)?.spec?.http ?? [];

/** What a rule is, wherever it stands: the simulation gives every rule a name or a match of its own. */
const identity = (rule: Http): string => JSON.stringify([rule.name ?? null, rule.match ?? null]);

export const subsetOf = (destination: string): string => destination.split("/")[1] ?? "";

export type Shown = ReadonlyMap<string, ReadonlyMap<string, number | undefined>>;

/** What a version shows never changes: the store freezes what it hands out. The last ones are asked about again and again. */
const lately: { readonly object: unknown; readonly shown: Shown }[] = [];
const mostKept = 4;

/** By identity of the rule and subset: the weight that stands there. */
export function weightsShown(object: unknown): Shown {
  if (!Object.isFrozen(object)) return shownIn(object);
  const before = lately.find((one) => one.object === object);
  if (before !== undefined) return before.shown;
  const shown = shownIn(object);
  lately.unshift({ object, shown });
  lately.length = Math.min(lately.length, mostKept);
  return shown;
}

function shownIn(object: unknown): Shown {
  return new Map(
    rulesIn(object).map((rule) => [
      identity(rule),
      new Map((rule.route ?? []).map((entry) => [entry.destination.subset ?? "", entry.weight])),
    ]),
  );
}

/** Which rules a record means: fixed when the rollout begins, by what stands at its indices then. */
export function namesOf(object: unknown, rules: readonly RecRule[]): readonly string[] {
  return rules.map(({ index }) => {
    const rule = rulesIn(object)[index];
    return rule === undefined ? "" : identity(rule);
  });
}

export type Mismatch = string | undefined;

/** Whether the object shows what the record says: the canary its share, the rest in the ratio of home, or home itself. */
export function mismatch(rec: Rec, names: readonly string[], object: unknown): Mismatch {
  const shown = weightsShown(object);
  for (const [place, rule] of rec.rules.entries()) {
    const weights = shown.get(names[place] ?? "");
    if (weights === undefined) return `rule ${rule.index} is gone`;
    const subsets = rule.members.map((member) => subsetOf(rec.destinations[member] ?? ""));
    if (weights.size !== subsets.length) return `rule ${rule.index} has other destinations`;
    const found = subsets.map((subset) => weights.get(subset) ?? 0);
    if (subsets.some((subset) => !weights.has(subset))) return `rule ${rule.index} lost a destination`;
    const home = rule.home.map((weight) => weight ?? 0);
    const goesHome = rec.status === "rolled-back" || rule.atHome;
    const wrong = goesHome ? notHome(home, found) : notShared(rec, subsets, home, found);
    if (wrong !== undefined) return `rule ${rule.index}: ${wrong}`;
  }
  return undefined;
}

function notHome(home: readonly number[], found: readonly number[]): Mismatch {
  return home.every((weight, place) => weight === found[place]) ? undefined : `home is ${home}, it shows ${found}`;
}

function notShared(rec: Rec, subsets: readonly string[], home: readonly number[], found: readonly number[]): Mismatch {
  const canary = subsets.indexOf(subsetOf(rec.destinations[1] ?? ""));
  const sum = found.reduce((total, weight) => total + weight, 0);
  if (found.some((weight) => !Number.isInteger(weight) || weight < 0)) return `${found} are no weights`;
  if (sum !== 100) return `${found} add up to ${sum}`;
  if (found[canary] !== rec.weight) return `the canary shows ${found[canary]}, the record says ${rec.weight}`;
  const others = home.map((weight, place) => (place === canary ? 0 : weight));
  const whole = others.reduce((total, weight) => total + weight, 0);
  for (const [place, weight] of others.entries()) {
    if (place === canary || whole === 0) continue;
    const share = ((100 - rec.weight) * weight) / whole;
    if (Math.abs((found[place] ?? 0) - share) >= 1)
      return `${subsets[place]} shows ${found[place]} instead of ${share}`;
  }
  return undefined;
}

/** Whether two versions have the same rules, to the letter: that is how the server books who owns them. */
export const sameRules = (one: unknown, other: unknown): boolean => alike(rulesIn(one), rulesIn(other));

/** Whether some rule sends to more than one destination. */
export const splits = (object: unknown): boolean =>
  rulesIn(object).some(({ route }) => (route ?? []).filter(({ weight }) => (weight ?? 0) > 0).length > 1);

/** The canary's share as the first touched rule shows it. */
export function canaryShare(object: unknown, canary: string): number | undefined {
  for (const weights of weightsShown(object).values()) {
    if (weights.has(canary) && weights.size > 1) {
      const sum = [...weights.values()].reduce<number>((total, weight) => total + (weight ?? 0), 0);
      return sum === 0 ? 0 : (100 * (weights.get(canary) ?? 0)) / sum;
    }
  }
  return undefined;
}

const serverFields = ["resourceVersion", "generation", "managedFields", "annotations"];
const recordKey = "sluice.dev/rollout";

type Tree = Readonly<Record<string, unknown>>;

/** Whether two versions differ in anything but what Sluice may change: weights of the touched rules, its record, the server's own fields. */
export function changedElsewhere(before: unknown, after: unknown, names: readonly string[]): string | undefined {
  const [was, is] = [before as Tree, after as Tree];
  const [old, now] = [was["metadata"] as Tree, is["metadata"] as Tree];
  if (!alike(without(old, serverFields), without(now, serverFields))) return "metadata";
  const annotations = (metadata: Tree) => without((metadata["annotations"] ?? {}) as Tree, [recordKey]);
  if (!alike(annotations(old), annotations(now))) return "annotations";
  if (!alike(without(was, ["metadata", "spec"]), without(is, ["metadata", "spec"]))) return "top level";
  if (!alike(without(was["spec"] as Tree, ["http"]), without(is["spec"] as Tree, ["http"]))) return "spec";
  const [rules, others] = [rulesIn(before), rulesIn(after)];
  if (rules.length !== others.length) return "the number of rules";
  const place = rules.findIndex((rule, index) => !alikeButWeights(rule, others[index], names));
  return place < 0 ? undefined : `rule ${place}`;
}

function alikeButWeights(rule: Http, other: Http | undefined, names: readonly string[]): boolean {
  if (rule === other) return true;
  if (other === undefined || !names.includes(identity(rule))) return alike(rule, other);
  const bare = (one: Http) => (one.route ?? []).map((entry) => without(entry as Tree, ["weight"]));
  return alike(without(rule as Tree, ["route"]), without(other as Tree, ["route"])) && alike(bare(rule), bare(other));
}

function without(tree: Tree | undefined, names: readonly string[]): Tree {
  const rest: Record<string, unknown> = {};
  for (const name of Object.keys(tree ?? {})) if (!names.includes(name)) rest[name] = tree?.[name];
  return rest;
}

function alike(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  return names.every((name) => name in other && alike((one as Tree)[name], (other as Tree)[name]));
}
