/** A page of Envoy's admin interface. */
export async function envoyPage(path: string): Promise<string> {
  return (await fetch(`http://127.0.0.1:15000${path}`)).text();
}

/**
 * Requests to one port that Envoy could not pass on because there was no route or no cluster for them, by its own counters
 * (response flags NR and NC).
 */
export async function requestsWithoutRoute(port: number): Promise<number> {
  const filter = `^http\\..*_${port}.*\\.no_(cluster|route)$`;
  const text = await envoyPage(`/stats?filter=${encodeURIComponent(filter)}`);
  const counters = [...text.matchAll(/: (\d+)$/gm)];
  if (counters.length === 0) throw new Error("Envoy has no counter of requests without a route.");
  return counters.reduce((sum, [, count]) => sum + Number(count), 0);
}
