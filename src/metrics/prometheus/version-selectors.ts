import { type Reason, reason } from "../../base/reasons/index.ts";
import type { VersionTargets } from "../../ports/metric-source.ts";
import { literally, quoted } from "./placeholders.ts";

type Labels = Readonly<Record<string, string>>;

/** One way to write the matchers of both versions. */
type VersionMatchers = {
  readonly canary: string;
  readonly stable: string;
  /** Finds the series of both, and maybe some of neither: `versionOf` tells. */
  readonly both: string;
};

/** Label matchers for both versions, or why the metrics cannot tell them apart. */
export type VersionSelectors =
  | (VersionMatchers & {
      readonly kind: "selectors";
      readonly label: string;
      /** The same series where a scrape has renamed their labels. */
      readonly also?: VersionMatchers;
      readonly versionOf: (labels: Labels) => "canary" | "stable" | undefined;
    })
  | { readonly kind: "refused"; readonly reason: Reason<"versions-alike"> };
export type SelectorsFound = Extract<VersionSelectors, { kind: "selectors" }>;

/** Whether each version is a Service of its own. */
export function areTwoServices({ canary, stable }: VersionTargets): boolean {
  return canary.service !== stable.service || canary.namespace !== stable.namespace;
}

/** The values that a label may have, or a regular expression for them. Both versions are told apart by the same labels. */
export type VersionMatcher = { readonly name: string; readonly values: readonly string[]; readonly pattern?: true };

type VersionMatch = { readonly canary: readonly VersionMatcher[]; readonly stable: readonly VersionMatcher[] };

/** The matchers of both versions as text, with what stands in front of every one of them. */
export function matchingOf({ canary, stable }: VersionMatch, common: readonly VersionMatcher[] = []): VersionMatchers {
  const by = (matchers: readonly VersionMatcher[]) => [...common, ...matchers].map(written).join(",");
  const both = canary.map((one, index): VersionMatcher => {
    return { ...one, values: [...new Set([...one.values, ...(stable[index]?.values ?? [])])].sort() };
  });
  return { canary: by(canary), stable: by(stable), both: by(both) };
}

export function selected(label: string, told: VersionMatch, common: readonly VersionMatcher[] = []): SelectorsFound {
  return {
    kind: "selectors",
    ...matchingOf(told, common),
    label,
    versionOf: (labels) => (fits(labels, told.canary) ? "canary" : fits(labels, told.stable) ? "stable" : undefined),
  };
}

/** All spellings of the matchers of one version, or of both. */
export function spellingsOf(selectors: SelectorsFound, which: keyof VersionMatchers): readonly string[] {
  return [selectors[which], ...(selectors.also === undefined ? [] : [selectors.also[which]])];
}

/** `service` and `others`: what the problem is about. */
export const refused = (problem: Alike["problem"], about: Omit<Alike, "problem"> = {}): VersionSelectors => ({
  kind: "refused",
  reason: reason("versions-alike", { problem, ...about }),
});
type Alike = Reason<"versions-alike">["data"];

function fits(labels: Labels, matchers: readonly VersionMatcher[]): boolean {
  return matchers.every(({ name, values, pattern }) => {
    if (!Object.hasOwn(labels, name)) return false;
    const value = labels[name] ?? "";
    return pattern === undefined
      ? values.includes(value)
      : values.some((one) => new RegExp(`^(?:${one})$`).test(value));
  });
}

function written({ name, values, pattern }: VersionMatcher): string {
  if (pattern !== undefined) return `${name}=~${quoted(values.join("|"))}`;
  const [only] = values;
  return only !== undefined && values.length === 1
    ? `${name}=${quoted(only)}`
    : `${name}=~${quoted(values.map(literally).join("|"))}`;
}
