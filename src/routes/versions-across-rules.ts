import type { Problem } from "../base/problem.ts";
import { sameDestination } from "../rollout/same-destination.ts";
import { type AdapterParts, enumerate, type RouteView, type RuleView, weightsText } from "./route-view.ts";
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
  readonly problems: readonly Problem[];
};

/** The rules that hold both versions, and which destinations those are: the same in every rule, or refused. */
export function settle(asked: VersionSearch, rules: readonly RuleView[]): VersionsResolved {
  const { lens, view, words, chosen } = asked;
  const answers = rules.map((rule) => ({ rule, says: versionsIn(lens.shape, rule, words, view.namespace) }));
  const unclear = answers.flatMap(({ says }) => (says.kind === "unclear" ? says.problem : []));
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
function lacking(asked: VersionSearch, rules: readonly Without[]): readonly Problem[] {
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

function noCanaryIn({ lens, view, words }: VersionSearch, rule: RuleView | undefined, amongOthers: boolean): Problem {
  const canary = words.canary ?? "a second destination";
  const start =
    rule !== undefined && amongOthers
      ? `${rule.label} does not send traffic to ${canary}.`
      : `No rule sends traffic to ${canary}.`;
  const name = words.canary ?? "NAME-OF-THE-CANARY";
  const example = lens.shape.exampleOf(name, rule?.destinations[0]?.id, view.namespace);
  const where = rule === undefined ? "" : ` under \`${lens.shape.members}\` of ${rule.label}`;
  const word = words.canary === undefined ? "" : "; or set `create-destination: true`";
  const message = `${start} Add it with weight 0: ${example}${where}${word}.${dotted(words.canary ?? "")}`;
  return { code: "canary-destination-missing", message };
}

function noStableIn(rules: readonly RuleView[], { stable, canary }: VersionNames): Problem {
  const labels = enumerate(rules.map(({ label }) => label));
  const there = enumerate([...new Set(rules.flatMap(({ destinations }) => destinations.map(({ id }) => id)))]);
  const message =
    stable === undefined
      ? `${labels} sends to ${canary ?? "one destination"} alone, so nothing there can be stable. Destinations there: ${there}.`
      : `${stable} is not a destination of ${labels}. Destinations there: ${there}.${dotted(stable)}`;
  return { code: "stable-destination-missing", message };
}

/** The mesh completes only names without a dot, which surprises everybody once. */
function dotted(name: string): string {
  const short = name.includes(".") && !name.includes(".svc.");
  return short
    ? " A name with a dot is taken as it stands: write it in full, as NAME.NAMESPACE.svc.cluster.local."
    : "";
}

function severalPairs(
  pairs: readonly { readonly rule: RuleView; readonly versions: ResolvedVersions }[],
  words: VersionNames,
): Problem {
  for (const side of ["canary", "stable"] as const) {
    const ids = [...new Set(pairs.map(({ versions }) => versions[side]))];
    const word = words[side];
    if (word === undefined || ids.length < 2) continue;
    const labels = enumerate(pairs.map(({ rule }) => rule.label));
    const message = `${ids.length} destinations in ${labels} match ${word}: ${enumerate(ids)}. Name host, subset and port in full.`;
    return { code: "canary-ambiguous", message };
  }
  const list = pairs.map(({ rule }) => `${rule.label} (${weightsText(rule)})`);
  const message = `It is not clear which destinations are stable and canary: ${enumerate(list)}. Name them with \`stable\` and \`canary\`.`;
  return { code: "canary-ambiguous", message };
}
