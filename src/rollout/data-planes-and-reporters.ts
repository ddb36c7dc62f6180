/** The proxies whose metrics a plan is judged by. Each names what it counts in its own way. */
export const dataPlanes = ["istio", "linkerd", "envoy-gateway", "traefik", "contour", "kgateway"] as const;
export type DataPlane = (typeof dataPlanes)[number];

/** Who counts a request: the caller's proxy or gateway, the server's proxy, or a waypoint. Always exactly one of them. */
export const reporters = ["source", "waypoint", "destination"] as const;
export type MetricReporter = (typeof reporters)[number];
