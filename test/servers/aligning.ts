import http from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export type AligningFrontEnd = {
  readonly url: string;
  /** How many points it was asked for in each range. */
  readonly points: number[];
};

/**
 * A query front end as people put before a Prometheus: it rounds start and end of a range down to multiples of the step, so
 * that its cache can be found again, as Thanos' does. On loopback; ends with the test.
 */
export async function startAligningFrontEnd(behind: string): Promise<AligningFrontEnd> {
  const points: number[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://loopback");
      const form = new URLSearchParams([...searchParams, ...new URLSearchParams(Buffer.concat(chunks).toString())]);
      if (pathname.endsWith("/query_range")) points.push(aligned(form));
      const answer = await fetch(`${behind}${pathname}`, { method: "POST", body: form });
      const headers = ["content-type", "date"].map((name) => [name, answer.headers.get(name) ?? ""] as const);
      response.sendDate = false;
      response.writeHead(answer.status, Object.fromEntries(headers)).end(await answer.text());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, points };
}

/** Rounds the range, and says how many points it has. */
function aligned(form: URLSearchParams): number {
  const [start, end, step] = ["start", "end", "step"].map((name) => Number(form.get(name)) * 1000);
  if (start === undefined || end === undefined || step === undefined) throw new Error("no range was asked for");
  const down = (at: number) => at - (at % step);
  form.set("start", String(down(start) / 1000));
  form.set("end", String(down(end) / 1000));
  return (down(end) - down(start)) / step + 1;
}
