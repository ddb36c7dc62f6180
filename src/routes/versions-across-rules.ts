import { type Finding, finding } from "../base/reasons/finding.ts";
import { sameDestination } from "../rollout/same-destination.ts";
import { type AdapterParts, type RouteView, type RuleView, weightsIn } from "./route-view.ts";
import { type ResolvedVersions, type VersionNames, versionsIn } from "./versions-in-rule.ts";

/** What was asked of which object; `chosen`: the user selected the rules. */
type VersionSearch = {
  readonly lens: AdapterParts;
  readonly view: RouteView;
  readonly words: VersionNames;
  readonly chosen: boolean;
};
type VersionsResolved = {
  readonly rules: readonly RuleView[];
  readonly versions: ResolvedVersions | undefined;
  readonly problems: readonly Finding[];
};

/** The rules that hold both versions, and which destinations those are: the same in every rule, or refused. */
export function settle(asked: VersionSearch, rules: readonly RuleView[]): VersionsResolved {
  const { lens, view, words, chosen } = asked;
  const answers = rules.map((rule) => ({ rule, says: versionsIn(lens.shape, rule, words, view.namespace) }));
  const unclear = answers.flatMap(({ says }) => (says.kind === "unclear" ? says.finding : []));
  const pairs = answers.flatMap(({ rule, says }) => (says.kind === "both" ? { rule, versions: says } : []));
  const without = answers.flatMap(({ rule, says }) => (says.kind === "lacks" ? { rule, ...says } : []));
  const missing = chosen || (pairs.length === 0 && unclear.length === 0) ? lacking(asked, without) : [];
  const [first] = pairs;
  const differ = pairs.some(
    ({ versions }) =>
      first !== undefined &&
      !(
        sameDestination(versions.stable, first.versions.stable) &&
        sameDestination(versions.canary, first.versions.canary)
      ),
  );
  const problems = [...missing, ...unclear, ...(differ ? [severalPairs(pairs, words)] : [])];
  const { stable, canary } = first?.versions ?? {};
  const versions = stable === undefined || canary === undefined || differ ? undefined : { stable, canary };
  return { rules: pairs.map(({ rule }) => rule), versions, problems };
}

type Without = { readonly rule: RuleView; readonly canary: boolean; readonly stable: boolean };

/** The canary is told first. Without a selector a rule with one version is left alone, so only a lack everywhere counts. */
function lacking(asked: VersionSearch, rules: readonly Without[]): readonly Finding[] {
  const { words, chosen } = asked;
  const all = rules.map(({ rule }) => rule);
  const noCanary = rules.filter((rule) => rule.canary).map(({ rule }) => rule);
  const noStable = rules.filter((rule) => rule.stable).map(({ rule }) => rule);
  if (chosen) {
    const canaries = noCanary.map((rule) => noCanaryIn(asked, rule, all.length > 1));
    return [...canaries, ...(noStable.length > 0 ? [noStableIn(noStable, words)] : [])];
  }
  const holdStable = all.filter((rule) => !noStable.includes(rule));
  const holdCanary = all.filter((rule) => !noCanary.includes(rule));
  if (words.canary !== undefined && holdCanary.length > 0) return [noStableIn(holdCanary, words)];
  const lost = words.stable !== undefined && all.length > 0 && holdStable.length === 0 ? [noStableIn(all, words)] : [];
  // Which destination a nameless canary would be can only be asked where stable is.
  return words.canary === undefined && lost.length > 0
    ? lost
    : [noCanaryIn(asked, holdStable[0] ?? all[0], false), ...lost];
}

function noCanaryIn({ lens, view, words }: VersionSearch, rule: RuleView | undefined, amongOthers: boolean): Finding {
  const { canary } = words;
  const model = rule?.destinations[0]?.id;
  return finding("canary-destination-missing", {
    ...(canary === undefined ? {} : { canary }),
    where: rule !== undefined && amongOthers ? "rule" : "route",
    rules: rule === undefined ? [] : [rule.label],
    add: lens.shape.exampleOf(canary ?? "NAME-OF-THE-CANARY", model, view.namespace),
  });
}

function noStableIn(rules: readonly RuleView[], { stable, canary }: VersionNames): Finding {
  return finding("stable-destination-missing", {
    ...(stable === undefined ? {} : { stable }),
    ...(canary === undefined ? {} : { canary }),
    rules: rules.map(({ label }) => label),
    destinations: [...new Set(rules.flatMap(({ destinations }) => destinations.map(({ id }) => id)))],
  });
}

function severalPairs(
  pairs: readonly { readonly rule: RuleView; readonly versions: ResolvedVersions }[],
  words: VersionNames,
): Finding {
  const rules = pairs.map(({ rule }) => weightsIn(rule));
  for (const side of ["canary", "stable"] as const) {
    const ids = [...new Set(pairs.map(({ versions }) => versions[side]))];
    const word = words[side];
    if (word === undefined || ids.length < 2) continue;
    return finding("canary-ambiguous", { unclear: "word", word, rules, destinations: ids });
  }
  return finding("canary-ambiguous", { unclear: "both", rules, destinations: [] });
}
