export type JsonPatchOperation = {
  readonly op: "test" | "add" | "replace" | "remove";
  readonly path: string;
  readonly value?: unknown;
};

export type JsonPatch = readonly JsonPatchOperation[];

/** A Kubernetes object as the API server sent it. */
export type KubeObject = {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly controller?: boolean;
      readonly apiVersion?: string;
    }[];
    readonly managedFields?: readonly {
      readonly manager?: string;
      readonly operation?: string;
      readonly subresource?: string;
      readonly time?: string;
      readonly fieldsV1?: unknown;
    }[];
  };
  readonly spec?: unknown;
  readonly status?: unknown;
};

/** One route object, as `shop/virtualservice/reviews`. */
export type RouteRef = { readonly kind: string; readonly namespace: string; readonly name: string };

/** As people name it, `shop/virtualservice/reviews`. */
export const routeTitle = ({ namespace, kind, name }: RouteRef): string => `${namespace}/${kind}/${name}`;

/** Routes that move together, the one with the record first. */
export const routeTitles = (routes: readonly RouteRef[]): string => routes.map(routeTitle).join(", ");
