import type { KubeObject } from "../../../src/base/kube-object.ts";

/** One destination of a rule, whatever its kind of route calls it. */
export type Entry = { readonly host: string; readonly subset?: string; readonly weight: number };

type MeshEntry = {
  readonly destination: { readonly host: string; readonly subset?: string };
  readonly weight?: number;
};
type Backend = { readonly name: string; readonly weight?: number };
type Spec = {
  readonly http?: readonly { readonly route?: readonly MeshEntry[] }[];
  readonly tcp?: readonly { readonly route?: readonly MeshEntry[] }[];
  readonly rules?: readonly { readonly backendRefs?: readonly Backend[] }[];
};

/** The destinations of the rule that holds both versions. */
export function splitOf(object: KubeObject): readonly Entry[] {
  const { http = [], tcp = [], rules = [] } = object.spec as Spec;
  const mesh = [...http, ...tcp].map(({ route = [] }) =>
    route.map(({ destination, weight = 0 }) => ({ ...destination, weight })),
  );
  const gateway = rules.map(({ backendRefs = [] }) =>
    backendRefs.map(({ name, weight = 1 }) => ({ host: name, weight })),
  );
  return [...mesh, ...gateway].find((entries) => entries.length > 1) ?? [];
}

/** The weights of the rule that holds both versions. */
export const weightsOf = (object: KubeObject): readonly number[] => splitOf(object).map(({ weight }) => weight);

/** An object's text without the weights of rules that hold several destinations. */
export const withoutWeights = (value: unknown): string =>
  JSON.stringify(value, (key, part: unknown) => {
    const isSplit = (key === "route" || key === "backendRefs") && Array.isArray(part) && part.length > 1;
    if (!isSplit) return part;
    return (part as readonly { readonly weight?: number }[]).map(({ weight: _weight, ...entry }) => entry);
  });
