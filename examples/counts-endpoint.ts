// An endpoint for `counts:` in a plan file, see docs/counts.md. Put the query of your own store into `count`.
import { createServer, type Server } from "node:http";

/** Requests of a version in [from, to), and how many of them failed. `null`: not known, or not complete yet. */
type Count = (version: string, from: number, to: number) => Promise<{ total: number; bad: number } | null>;

export function countsEndpoint(count: Count, token?: string): Server {
  return createServer(async (request, response) => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
      answer(401, { error: "unauthorized" });
      return;
    }
    const asked = new URL(request.url ?? "/", "http://localhost").searchParams;
    const [from = 0, to = 0, interval = 1] = ["from", "to", "interval"].map((name) => Number(asked.get(name)));
    const intervals: unknown[] = [];
    for (let at = from; at + interval <= to; at += interval) {
      const canary = await count(asked.get("canary") ?? "", at, at + interval);
      const stable = await count(asked.get("stable") ?? "", at, at + interval);
      if (canary !== null && stable !== null) intervals.push({ from: at, to: at + interval, canary, stable });
    }
    answer(200, { intervals });
  });
}
