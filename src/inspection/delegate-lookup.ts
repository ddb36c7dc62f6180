import type { KubeObject } from "../base/kube-object.ts";
import type { Code } from "../base/reasons/codes.ts";
import type { Finding } from "../base/reasons/finding.ts";
import type { CallOptions, Cluster, ResourceName } from "../ports/cluster.ts";
import type { RouteAdapter } from "../ports/route-adapter.ts";
import { textOf } from "../text/index.ts";

type DelegateFound =
  | { readonly kind: "stays" }
  | {
      readonly kind: "follows";
      readonly resource: ResourceName;
      /** The object that delegates. Hosts, gateways and metrics are its. */
      readonly root: KubeObject;
      /** The lens of the delegate: selectors that chose among the root's rules say nothing there. */
      readonly driver: RouteAdapter;
    }
  | { readonly kind: "refused"; readonly code: Code; readonly because: string };

type Sought = { readonly cluster: Cluster; readonly driver: RouteAdapter; readonly resource: ResourceName };

/** Finds the object that holds the weights of a root. The root is read once: a run stays with the delegate that it found. */
export async function followDelegate(
  { cluster, driver, resource }: Sought,
  selectors: readonly string[],
  options: CallOptions,
): Promise<DelegateFound> {
  const { delegation } = driver;
  if (delegation === undefined) return { kind: "stays" };
  const read = await cluster.read(resource, options);
  if (read.kind !== "found") return unread(read, resource);
  const root = read.object;
  const found = delegation.followed(root, selectors);
  if (found.kind === "stays") return found;
  if (found.kind === "refused") return { kind: "refused", code: found.problem.code, because: found.problem.message };
  const { namespace, name, labels, spent } = found;
  const there: ResourceName = { ...resource, namespace, name };
  const delegate = await cluster.read(there, options);
  if (delegate.kind !== "found") {
    const from = `${labels.join(", ")} of VirtualService ${resource.namespace}/${resource.name} delegates to it. `;
    return unread(delegate, there, from);
  }
  const problem = delegation.goesOn(root, delegate.object);
  if (problem !== undefined) return { kind: "refused", code: problem.code, because: problem.message };
  return { kind: "follows", resource: there, root, driver: inDelegate(driver, spent) };
}

type Unread = Exclude<Awaited<ReturnType<Cluster["read"]>>, { readonly kind: "found" }>;

function unread(read: Unread, { namespace, name }: ResourceName, from = ""): DelegateFound {
  const title = `VirtualService ${namespace}/${name}`;
  if (read.kind === "absent") {
    const because = `${title} was not found. ${from}Check name and namespace.`;
    return { kind: "refused", code: "object-not-found", because };
  }
  const denied = read.status === 401 || read.status === 403;
  const because = `${title} could not be read: ${textOf(read.reason)} ${from}`.trimEnd();
  return { kind: "refused", code: denied ? "permission-missing" : "cluster-unreachable", because };
}

function inDelegate(driver: RouteAdapter, spent: readonly string[]): RouteAdapter {
  if (spent.length === 0) return driver;
  return {
    ...driver,
    select: (object, target) =>
      driver.select(object, { ...target, rules: target.rules.filter((rule) => !spent.includes(rule)) }),
  };
}

type Checked = { readonly findings: readonly Finding[]; readonly notes: readonly string[] };

/** What callers meet: the object itself, or a delegate under the hosts and gateways of its roots. */
type Faced = Checked & { readonly object: KubeObject; readonly roots: readonly KubeObject[] };

/**
 * Who delegates to the object, whether it was reached through a root or named itself. Others of its namespace may delegate
 * to it too: then their traffic moves as well.
 */
export function faced(
  { driver: { delegation }, root }: Pick<Sought, "driver"> & { readonly root?: KubeObject },
  object: KubeObject,
  others: readonly KubeObject[],
): Faced {
  if (delegation === undefined || (root === undefined && !delegation.isDelegate(object))) {
    return { object, roots: [], findings: [], notes: [] };
  }
  const isRoot = ({ metadata }: KubeObject) =>
    metadata.name === root?.metadata.name && metadata.namespace === root.metadata.namespace;
  const sharing = delegation.rootsOf(
    object,
    others.filter((other) => !isRoot(other)),
  );
  const roots = [...(root === undefined ? [] : [root]), ...sharing];
  const ignored = roots.map((one) => delegation.ignored(one, object));
  // A delegate that one root leaves out may still be applied for another.
  const isApplied = ignored.some((findings) => findings.length === 0);
  return {
    object: delegation.facing(object, roots),
    roots,
    findings: [...(isApplied ? [] : ignored.flat()), ...roots.flatMap((one) => delegation.faultsOf(one, object))],
    notes: notesOn(object, root, roots),
  };
}

const titleOf = ({ metadata }: KubeObject) => `${metadata.namespace ?? "default"}/${metadata.name}`;

function notesOn(object: KubeObject, root: KubeObject | undefined, roots: readonly KubeObject[]): readonly string[] {
  const me = `VirtualService ${titleOf(object)}`;
  const others = roots.filter((one) => one !== root);
  const names = others.map(titleOf).join(", ");
  if (root !== undefined) {
    const follows = `follow-delegates: the weights of VirtualService ${titleOf(root)} live in its delegate ${titleOf(object)}, which is patched and holds the record; hosts and metrics are the root's.`;
    const shared = `${me} is the delegate of ${names} too: the traffic there gets the same weights.`;
    return others.length === 0 ? [follows] : [follows, shared];
  }
  if (others.length > 0) {
    const hosts = others.length > 1 ? "The traffic of all of them" : "Its traffic";
    return [`${me} is the delegate of ${names}. ${hosts} gets the new weights.`];
  }
  return [
    `${me} names no host, and no other object of its namespace delegates to it: unless one elsewhere does, no traffic follows its weights.`,
  ];
}
