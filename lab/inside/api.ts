import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";

export type Reply = { readonly code: number; readonly body: Readonly<Record<string, unknown>> };
export type Api = {
  ask(method: string, path: string, body?: unknown, type?: string): Promise<Reply>;
  /** Like `ask`, where anything but success is a fault of the lab. */
  must(method: string, path: string, body?: unknown, type?: string): Promise<Readonly<Record<string, unknown>>>;
};

export const apiUrl = "https://127.0.0.1:6443";
export const mergePatch = "application/merge-patch+json";
export const applyPatch = "application/apply-patch+yaml";
const answersWithinMs = 60_000;

class Hangup extends Error {}

/** A client of the lab's API server that knows nothing of Sluice, so that it can bear witness. */
export function apiClient(folder: string, token = "labtoken"): Api {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  // The file is written by the API server when it first starts.
  let ca: string | undefined;
  const optionsFor = (method: string, type: string) => {
    ca ??= readFileSync(`${folder}/apiserver.crt`, "utf8");
    return { method, agent, ca, headers: { authorization: `Bearer ${token}`, "content-type": type } };
  };

  const once: Api["ask"] = (method, path, body, type = "application/json") =>
    new Promise((resolve, reject) => {
      const call = request(apiUrl + path, optionsFor(method, type), (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("error", reject);
        response.on("end", () => {
          const isJson = response.headers["content-type"]?.startsWith("application/json") === true;
          resolve({ code: response.statusCode ?? 0, body: isJson ? JSON.parse(text) : { message: text } });
        });
      });
      call.setTimeout(answersWithinMs, () => call.destroy(new Error(`${method} ${path}: no answer`)));
      call.on("error", (error: NodeJS.ErrnoException) => {
        reject(call.reusedSocket && error.code === "ECONNRESET" ? new Hangup(error.message) : error);
      });
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  // The server may close a connection in the very moment in which it is taken up again.
  const ask: Api["ask"] = (...words) =>
    once(...words).catch((error: unknown) => {
      if (error instanceof Hangup) return ask(...words);
      throw error;
    });

  return {
    ask,
    async must(method, path, body, type) {
      const reply = await ask(method, path, body, type);
      if (reply.code >= 300) throw new Error(`${method} ${path}: ${reply.code} ${String(reply.body["message"])}`);
      return reply.body;
    },
  };
}
