import { BlockList, isIP, isIPv6, type LookupFunction } from "node:net";
import { isLoopback } from "../../network/proxy.ts";

/** Where questions may go. `hosts` are further hosts, or addresses that are refused unless somebody wrote them down. */
type UrlPolicy = {
  readonly hosts: readonly string[];
  readonly allowHttp: boolean;
  /** Whether a request carries credentials: over plain http they go to loopback only. */
  readonly credentials: boolean;
};

type CheckedUrl = { readonly kind: "url"; readonly url: URL } | { readonly kind: "refused"; readonly because: string };

// Link-local addresses, and those where clouds hand out credentials to whoever asks from the machine. A question sent
// there could come back with a token, so a name that leads there is refused as well.
const forbidden = new BlockList();
for (const [network, bits] of [
  ["169.254.0.0", 16],
  ["100.100.100.200", 32],
  ["192.0.0.192", 32],
  ["168.63.129.16", 32],
] as const) {
  // The list sees through IPv4 addresses that are mapped into IPv6, but not through the older and the NAT64 spelling.
  forbidden.addSubnet(network, bits, "ipv4");
  forbidden.addSubnet(`::${network}`, 96 + bits, "ipv6");
  forbidden.addSubnet(`64:ff9b::${network}`, 96 + bits, "ipv6");
}
forbidden.addSubnet("fe80::", 10, "ipv6");
forbidden.addAddress("fd00:ec2::254", "ipv6");
forbidden.addAddress("fd20:ce::254", "ipv6");

/** Whether an address is one that no metric source has. Text that is no address is forbidden too. */
export function isBlockedAddress(address: string): boolean {
  const bare = address.split("%")[0] ?? "";
  if (isIP(bare) === 0) return true;
  return forbidden.check(bare, isIPv6(bare) ? "ipv6" : "ipv4");
}

/** The host without the brackets of IPv6 and without the dot at the end of a full name. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}

function isClusterName(host: string): boolean {
  return host.endsWith(".svc") || host.endsWith(".svc.cluster.local");
}

/** Brings an entry of `hosts` into the form that `URL` gives to a host. */
function normalHost(text: string): string {
  const bracketed = isIPv6(text) ? `[${text}]` : text;
  return URL.canParse(`https://${bracketed}/`) ? new URL(`https://${bracketed}/`).host : text.toLowerCase();
}

/** Whether the list names this host, with its port or for every port. */
export function isListed(url: URL, hosts: readonly string[]): boolean {
  const known = hosts.map(normalHost);
  return known.includes(url.host) || known.includes(url.hostname) || known.includes(hostOf(url));
}

/** Checks a URL before anything is contacted. Messages name the host at most: paths and user names may be secrets. */
export function checkUrl(text: string, reach: UrlPolicy): CheckedUrl {
  // `URL` would silently drop line breaks and turn backslashes into slashes; `//host` and paths have no scheme.
  if (!/^https?:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text)) {
    return refuse("The URL must be written in full, as https://metrics.example.com.");
  }
  const url = new URL(text);
  const host = hostOf(url);
  if (url.username !== "" || url.password !== "" || /^https?:\/\/[^/?#]*@/i.test(text)) {
    return refuse("The URL holds a user name or password. Take them out and use `bearer`, `basic` or `headers`.");
  }
  if (text.includes("?") || text.includes("#")) {
    return refuse(
      "The URL holds a `?` or `#`. Sluice adds its own questions to the path; credentials go into `headers`.",
    );
  }
  if (isIP(host) !== 0 && isBlockedAddress(host) && !isListed(url, reach.hosts)) return refuse(refusedAddress(host));
  if (url.protocol === "http:" && !isLoopback(host)) {
    if (reach.credentials) {
      return refuse(`Credentials go over plain http to loopback only. Use https for ${url.host}.`);
    }
    if (!isClusterName(host) && !reach.allowHttp) {
      return refuse(`${url.host} would be asked over plain http. Use https, or set \`allow-http: true\`.`);
    }
  }
  return { kind: "url", url };
}

function refuse(because: string): CheckedUrl {
  return { kind: "refused", because };
}

function refusedAddress(address: string): string {
  return `${address} is a link-local or metadata address, which is never asked. If it is meant, list it under \`hosts\`.`;
}

/**
 * Checks names when the connection is made, since a name may lead elsewhere than it did a moment before. It is not
 * called for addresses, which `checkUrl` has seen, nor behind a proxy, where only the list of hosts protects.
 */
export function guardLookup(
  lookup: LookupFunction,
  hosts: readonly string[],
  /** Told the address to which the name leads. */
  refused: (address: string) => void,
): LookupFunction {
  const allowed = new Set(hosts.map((host) => normalHost(host).replace(/^\[(.*)\]$/, "$1")));
  return (name, options, callback) => {
    lookup(name, options, (error, found, family) => {
      if (error !== null && error !== undefined) {
        callback(error, found, family);
        return;
      }
      const addresses = typeof found === "string" ? [found] : found.map((entry) => entry.address);
      const bad = addresses.find((address) => isBlockedAddress(address) && !allowed.has(address));
      if (bad === undefined) {
        callback(error, found, family);
        return;
      }
      refused(bad);
      callback(new Error("refused address"), found, family);
    });
  };
}
