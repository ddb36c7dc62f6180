import type { Millis } from "../base/units.ts";

/** A credential plugin as the kubeconfig describes it, checked and resolved: nothing is looked up again when it runs. */
export type Plugin = {
  /** The name of the kubeconfig's user, for people. */
  readonly user: string;
  /** The command as the kubeconfig writes it. */
  readonly command: string;
  /** Where it was found, outside the workspace. */
  readonly path: string;
  readonly args: readonly string[];
  readonly apiVersion: string;
  /** What the kubeconfig itself gives it. */
  readonly env: Readonly<Record<string, string>>;
  /** Names of variables that it may see besides the usual ones. */
  readonly passed: readonly string[];
  /** The content of KUBERNETES_EXEC_INFO. */
  readonly info: string;
};

/** One API server and one way to log in, taken out of a kubeconfig and checked. */
export type Access = {
  readonly context: string;
  readonly cluster: string;
  readonly user: string;
  /** The namespace of the context. */
  readonly namespace: string | undefined;
  readonly server: string;
  /** The proxy that the kubeconfig names for this server. */
  readonly proxyUrl?: string;
  /** A kubeconfig with this one cluster, user and context in it; it can run nothing, and its paths are absolute. */
  readonly kubeconfig: string;
  /** A file that holds the token and is renewed by someone else, as a pod's service account. */
  readonly tokenFile?: string;
  readonly plugin?: Plugin;
  /** When the part of the credentials ends that stands in the kubeconfig itself and that nothing renews. */
  readonly endsAt?: Millis;
  /** Every secret known from the start, in all its forms. */
  readonly secrets: readonly string[];
};
