import type { Resource, Verb } from "../../ports/cluster.ts";

/** One rule of a Role. `*` stands for everything; without `names` or `namespaces` all of them are meant. */
export type Rule = {
  readonly groups: readonly string[];
  readonly plurals: readonly string[];
  readonly verbs: readonly string[];
  readonly names?: readonly string[];
  readonly namespaces?: readonly string[];
};

export const everything: readonly Rule[] = [{ groups: ["*"], plurals: ["*"], verbs: ["*"] }];

/** As RBAC decides: rules only add, and a rule with names never covers a request that names nothing. */
export function allows(
  rules: readonly Rule[],
  verb: Verb | (string & {}),
  { group, plural, namespace, name }: Resource & { readonly name?: string },
): boolean {
  return rules.some(
    (rule) =>
      covers(rule.groups, group) &&
      covers(rule.plurals, plural) &&
      covers(rule.verbs, verb) &&
      (rule.namespaces === undefined || covers(rule.namespaces, namespace)) &&
      (rule.names === undefined || (name !== undefined && rule.names.includes(name))),
  );
}

function covers(allowed: readonly string[], asked: string): boolean {
  return allowed.includes("*") || allowed.includes(asked);
}

/** A list narrowed by `metadata.name=NAME` counts as a request for that name. */
export function nameInSelector(fieldSelector: string | undefined): string | undefined {
  return /(?:^|,)metadata\.name==?([^,]+)/.exec(fieldSelector ?? "")?.[1];
}
