import { BlockList, isIP, isIPv4 } from "node:net";
import { type Reason, reason } from "../base/reasons/index.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** Where a request to one URL goes: straight there, through a proxy, or nowhere since the proxy named for it cannot be used. */
export type Route =
  | { readonly kind: "direct" }
  | { readonly kind: "proxy"; readonly proxy: URL }
  | { readonly kind: "unusable"; readonly reason: Reason<"network-proxy-unusable"> };

/** The one proxy decision that every client shares: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in both cases. */
export function proxyFor(url: string | URL, env: Env): Route {
  const target = new URL(url);
  if (isLoopback(target.hostname) || isExempt(target, variable(env, "no_proxy"))) return { kind: "direct" };
  const name = target.protocol === "https:" ? "https_proxy" : "http_proxy";
  const value = variable(env, name);
  return value === "" ? { kind: "direct" } : readProxy(value, name.toUpperCase());
}

/** One proxy as it was written; a value without a scheme means `http://`. `source` names it for people. */
export function readProxy(value: string, source: string): Route {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy === undefined || proxy.hostname === "" || userinfoOf(proxy) === undefined) {
    return { kind: "unusable", reason: reason("network-proxy-unusable", { source }) };
  }
  if (proxy.protocol !== "http:" && proxy.protocol !== "https:") {
    const scheme = proxy.protocol.slice(0, -1);
    return { kind: "unusable", reason: reason("network-proxy-unusable", { source, scheme }) };
  }
  return { kind: "proxy", proxy };
}

/** User name and password of a URL as they are sent; undefined where they cannot be decoded. */
function userinfoOf(url: URL): readonly [string, string] | undefined {
  try {
    return [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  } catch {
    return undefined;
  }
}

/** What must never be printed of a proxy's URL: its password, as it is written and as it is sent. */
export function proxySecrets(value: string): string[] {
  const route = readProxy(value, "");
  const [user, password] = route.kind === "proxy" ? (userinfoOf(route.proxy) ?? ["", ""]) : ["", ""];
  if (password === "" || route.kind !== "proxy") return [];
  return [...new Set([password, route.proxy.password, `${user}:${password}`])];
}

/** The values of the environment that name a proxy. */
export function proxiesOf(env: Env): string[] {
  return ["https_proxy", "http_proxy"]
    .flatMap((name) => [env[name], env[name.toUpperCase()]])
    .filter((value) => value !== undefined);
}

function variable(env: Env, name: string): string {
  return (env[name] || env[name.toUpperCase()] || "").trim();
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("0.0.0.0", "ipv4");
loopback.addAddress("::1", "ipv6");
loopback.addAddress("::", "ipv6");

/** Whether the name or address, as a URL holds it, is this machine itself. */
export function isLoopback(hostname: string): boolean {
  const host = bare(hostname);
  return isIP(host) === 0 ? host === "localhost" || host.endsWith(".localhost") : listed(loopback, host);
}

function isExempt(target: URL, noProxy: string): boolean {
  const host = bare(target.hostname);
  const port = target.port || (target.protocol === "https:" ? "443" : "80");
  return noProxy.split(/[\s,]+/).some((entry) => entry !== "" && covers(entry.toLowerCase(), host, port));
}

function covers(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return coversNetwork(entry, host);
  // A port is what follows the last colon, unless the whole is an IPv6 address without brackets.
  const parts = isIP(entry) === 6 ? null : /^(.*):(\d+)$/.exec(entry);
  if (parts !== null && parts[2] !== port) return false;
  const name = bare(parts?.[1] ?? entry);
  if (isIP(host) !== 0) return name === host;
  const suffix = name.replace(/^\*?\./, "");
  return suffix !== "" && (host === suffix || host.endsWith(`.${suffix}`));
}

function coversNetwork(entry: string, host: string): boolean {
  const [address = "", length = ""] = entry.split("/");
  const network = bare(address);
  const bits = Number(length);
  const family = isIP(network);
  if (isIP(host) === 0 || family === 0 || !/^\d{1,3}$/.test(length) || bits > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, family === 4 ? "ipv4" : "ipv6");
  return listed(list, host);
}

function listed(list: BlockList, host: string): boolean {
  return list.check(host, isIPv4(host) ? "ipv4" : "ipv6");
}

/** A host without brackets, zone and trailing dot; an IPv4 address in IPv6 clothes becomes the IPv4 address that it is. */
function bare(hostname: string): string {
  const host = hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "");
  if (isIP(host) !== 6) return host;
  const canonical = URL.canParse(`http://[${host}]/`) ? new URL(`http://[${host}]/`).hostname.slice(1, -1) : host;
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (mapped === null) return canonical;
  const [high, low] = [Number.parseInt(mapped[1] ?? "", 16), Number.parseInt(mapped[2] ?? "", 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
