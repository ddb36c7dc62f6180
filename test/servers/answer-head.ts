import type { ServerResponse } from "node:http";
import type { SimulatedResponse } from "../../src/simulator/cluster/server-responses.ts";

/** Writes the head of an answer as an API server does, and gives the body that has to follow it. Without a date none is sent. */
export function answerHead(response: ServerResponse, answer: SimulatedResponse, date: string | null): string {
  response.sendDate = false;
  if (date !== null) response.setHeader("Date", date);
  response.setHeader("Cache-Control", "no-cache, private");
  const isText = typeof answer.body === "string";
  const body = isText ? String(answer.body) : `${JSON.stringify(answer.body)}\n`;
  for (const warning of answer.warnings) response.appendHeader("Warning", `299 - ${JSON.stringify(warning)}`);
  if (answer.retryAfterSeconds !== undefined) response.setHeader("Retry-After", answer.retryAfterSeconds);
  // Pages come from a proxy on the way.
  const type = isText ? `text/${body.startsWith("<") ? "html" : "plain"}; charset=utf-8` : "application/json";
  response.writeHead(answer.code, { "Content-Type": type, "Content-Length": Buffer.byteLength(body) });
  return body;
}
