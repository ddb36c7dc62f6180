import type { KubeObject } from "../base/kube-object.ts";
import { type Finding, finding } from "../base/reasons/finding.ts";
import type { Reason } from "../base/reasons/index.ts";
import { type Notice, notice } from "../base/reasons/notice.ts";
import type { CallOptions, Cluster, ResourceName } from "../ports/cluster.ts";
import type { RouteAdapter } from "../ports/route-adapter.ts";

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
  | { readonly kind: "refused"; readonly finding: Finding };

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
  if (found.kind !== "follows") return found;
  const { namespace, name, labels, spent } = found;
  const there: ResourceName = { ...resource, namespace, name };
  const delegate = await cluster.read(there, options);
  if (delegate.kind !== "found") {
    return unread(delegate, there, { root: `VirtualService ${resource.namespace}/${resource.name}`, rules: labels });
  }
  const further = delegation.goesOn(root, delegate.object);
  if (further !== undefined) return { kind: "refused", finding: further };
  return { kind: "follows", resource: there, root, driver: inDelegate(driver, spent) };
}

type Unread = Exclude<Awaited<ReturnType<Cluster["read"]>>, { readonly kind: "found" }>;

type DelegatedBy = Reason<"object-not-found">["data"]["delegatedBy"];

function unread(read: Unread, { namespace, name }: ResourceName, delegatedBy?: DelegatedBy): DelegateFound {
  const about = {
    object: `VirtualService ${namespace}/${name}`,
    ...(delegatedBy === undefined ? {} : { delegatedBy }),
  };
  if (read.kind === "absent") return { kind: "refused", finding: finding("object-not-found", about) };
  const says = read.reason;
  const isDenied = read.status === 401 || read.status === 403;
  const found = isDenied
    ? finding("permission-missing", { asked: "read", verbs: ["get"], says, ...about })
    : finding("cluster-unreachable", { asked: "read", says, ...about });
  return { kind: "refused", finding: found };
}

function inDelegate(driver: RouteAdapter, spent: readonly string[]): RouteAdapter {
  if (spent.length === 0) return driver;
  return {
    ...driver,
    select: (object, target) =>
      driver.select(object, { ...target, rules: target.rules.filter((rule) => !spent.includes(rule)) }),
  };
}

type Checked = { readonly findings: readonly Finding[]; readonly notices: readonly Notice[] };

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
    return { object, roots: [], findings: [], notices: [] };
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
    notices: noticesOn(object, root, roots),
  };
}

const titleOf = ({ metadata }: KubeObject) => `${metadata.namespace ?? "default"}/${metadata.name}`;

function noticesOn(object: KubeObject, root: KubeObject | undefined, roots: readonly KubeObject[]): readonly Notice[] {
  const delegate = titleOf(object);
  const others = roots.filter((one) => one !== root).map(titleOf);
  if (root !== undefined) {
    const follows = notice("delegate-followed", { root: titleOf(root), delegate });
    const shared = notice("delegate-of", { delegate, roots: others, moved: "root" });
    return others.length === 0 ? [follows] : [follows, shared];
  }
  if (others.length > 0) return [notice("delegate-of", { delegate, roots: others, moved: "delegate" })];
  return [notice("delegate-unused", { delegate })];
}
