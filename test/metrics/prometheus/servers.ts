import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { onTestFinished } from "vitest";
import type { Clock } from "../../../src/base/clock.ts";

export type Seen = {
  method: string;
  path: string;
  headers: http.IncomingHttpHeaders;
  body: string;
  form: URLSearchParams;
};
export type Loopback = { url: string; port: number; seen: Seen[] };
export type Answering = (response: ServerResponse, seen: Seen, request: IncomingMessage) => void;

/** A server on loopback that keeps what it was asked and ends with the test. */
export async function serve(answer: Answering): Promise<Loopback> {
  const seen: Seen[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://loopback");
      const body = Buffer.concat(chunks).toString("utf8");
      const form = body === "" ? searchParams : new URLSearchParams(body);
      const one = { method: request.method ?? "", path: pathname, headers: request.headers, body, form };
      seen.push(one);
      answer(response, one, request);
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
  return { url: `http://127.0.0.1:${port}`, port, seen };
}

export const json = { "content-type": "application/json" };

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, json).end(JSON.stringify(value));
}

export type Series = {
  metric?: Record<string, unknown>;
  values?: readonly (readonly [number, unknown])[];
  histograms?: readonly (readonly [number, unknown])[];
};

export function matrix(...series: Series[]): unknown {
  const result = series.map(({ metric = {}, ...points }) => ({ metric, ...points }));
  return { status: "success", data: { resultType: "matrix", result } };
}

/** Points at the times that were asked for, every one with this value. */
export function everywhere(seen: Seen, value: unknown): [number, unknown][] {
  const [start, end, step] = ["start", "end", "step"].map((name) => Number(seen.form.get(name)));
  if (start === undefined || end === undefined || step === undefined) throw new Error("no range was asked for");
  const points: [number, unknown][] = [];
  for (let at = start; at <= end + 1e-9; at += step) points.push([Math.round(at * 1000) / 1000, value]);
  return points;
}

/** A clock whose waits end when the test says so: a time limit is reached exactly where the test wants it. */
export function handClock(): Clock & { ring(): void } {
  const waiting = new Set<() => void>();
  return {
    now: () => 0,
    sleep: (_ms, signal) =>
      new Promise((resolve) => {
        waiting.add(resolve);
        signal?.addEventListener("abort", () => resolve(), { once: true });
        if (signal?.aborted === true) resolve();
      }),
    ring: () => {
      for (const end of waiting) end();
    },
  };
}

/** All text that could leave with a value: printed, as JSON, and along the causes of errors. */
export function everyText(value: unknown): string {
  const texts: string[] = [];
  for (let left = value, depth = 0; left !== undefined && depth < 10; depth++) {
    texts.push(inspect(left, { depth: 20, showHidden: true, getters: true, maxStringLength: null }));
    texts.push(JSON.stringify(left) ?? "", String(left));
    if (left instanceof Error) texts.push(left.stack ?? "", left.message);
    left = (left as { cause?: unknown } | null)?.cause;
  }
  return texts.join("\n");
}

/** The forms in which a secret must not leave either. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [secret, JSON.stringify(secret).slice(1, -1), bytes.toString("base64"), encodeURIComponent(secret)];
}
