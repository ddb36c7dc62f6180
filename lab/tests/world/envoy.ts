/** A page of Envoy's admin interface. */
export async function envoyPage(path: string): Promise<string> {
  return (await fetch(`http://127.0.0.1:15000${path}`)).text();
}

/** Requests that Envoy could not pass on because their cluster was not there, by its own counters (response flag NC). */
export async function requestsWithoutCluster(): Promise<number> {
  const text = await envoyPage(`/stats?filter=${encodeURIComponent("^http\\.outbound.*\\.no_cluster$")}`);
  const counters = [...text.matchAll(/: (\d+)$/gm)];
  if (counters.length === 0) throw new Error("Envoy has no counter of requests without a cluster.");
  return counters.reduce((sum, [, count]) => sum + Number(count), 0);
}
