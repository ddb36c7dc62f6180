import { until } from "./inside/processes.ts";

export const prometheusUrl = "http://127.0.0.1:9090";

type Answer = { readonly data?: { readonly result?: readonly { readonly value: readonly [number, string] }[] } };

/** The value of the first series of an instant query. */
export async function query(text: string): Promise<number | undefined> {
  const response = await fetch(`${prometheusUrl}/api/v1/query?query=${encodeURIComponent(text)}`);
  const { data } = (await response.json()) as Answer;
  const value = data?.result?.[0]?.value[1];
  return value === undefined ? undefined : Number(value);
}

/** A comparison looks back over some scrapes, so stable must have been measured for as long. */
const seconds = 4;

/** Waits until Prometheus knows stable's traffic: before that, preflight rightly refuses. */
export const isMeasured = (namespace: string, of: "requests" | "connections" = "requests") =>
  until(`metrics of ${namespace}`, async () => {
    const select = `{destination_service_namespace="${namespace}"}`;
    const names =
      of === "requests"
        ? ["istio_requests_total", "istio_request_duration_milliseconds_count"]
        : ["istio_tcp_connections_opened_total"];
    const counts = await Promise.all(names.map((name) => query(`sum(${name}${select} offset ${seconds}s)`)));
    return counts.every((count) => (count ?? 0) > 20);
  });
