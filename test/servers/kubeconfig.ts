import { stringify } from "yaml";

/** What a test changes in a kubeconfig to see what becomes of it. */
export type KubeconfigChanges = {
  readonly cluster?: Record<string, unknown>;
  readonly user?: Record<string, unknown>;
  readonly namespace?: string;
};

type Reachable = {
  readonly url: string;
  readonly authority: string;
  readonly users: readonly { readonly name: string; readonly token?: string }[];
};

/** A kubeconfig by which one user reaches a loopback server. */
export function kubeconfigFor(server: Reachable, user: string, changes: KubeconfigChanges): string {
  const token = server.users.find((known) => known.name === user)?.token;
  const authority = server.url.startsWith("https:")
    ? { "certificate-authority-data": Buffer.from(server.authority).toString("base64") }
    : {};
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "loopback", cluster: { server: server.url, ...authority, ...changes.cluster } }],
    users: [{ name: user, user: changes.user ?? { token } }],
    contexts: [
      {
        name: "loopback",
        context: {
          cluster: "loopback",
          user,
          ...(changes.namespace === undefined ? {} : { namespace: changes.namespace }),
        },
      },
    ],
    "current-context": "loopback",
  });
}
