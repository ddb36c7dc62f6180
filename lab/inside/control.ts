import { createServer } from "node:http";
import type { Part, PartName } from "./parts.ts";
import { type Processes, statusOf, until } from "./processes.ts";

export const controlUrl = "http://127.0.0.1:7071";

/**
 * Lets tests and people stop, start, hold and release parts of the lab: `POST /PART/stop`. Nothing but the lab's own
 * loopback can reach it.
 */
export function serveControl(all: Readonly<Record<PartName, Part>>, processes: Processes): Promise<void> {
  const actions: Readonly<Record<string, (part: Part) => Promise<void>>> = {
    start: (part) => processes.start(part),
    stop: (part) => processes.stop(part),
    kill: (part) => processes.stop(part, "SIGKILL"),
    hold: async (part) => processes.signal(part, "SIGSTOP"),
    release: async (part) => processes.signal(part, "SIGCONT"),
    ready: async (part) => {
      const page = part.ready;
      if (page !== undefined) await until(part.name, async () => (await statusOf(page)) === 200);
    },
  };
  const server = createServer((request, response) => {
    const [, name = "", action = ""] = (request.url ?? "").split("/");
    const part = Object.hasOwn(all, name) ? all[name as PartName] : undefined;
    const act = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (part === undefined || act === undefined) {
      response
        .writeHead(404)
        .end(`Parts: ${Object.keys(all).join(", ")}. Actions: ${Object.keys(actions).join(", ")}.\n`);
      return;
    }
    act(part).then(
      () => response.end(`${name}: ${action}\n`),
      (error: unknown) => response.writeHead(500).end(`${String(error)}\n`),
    );
  });
  return new Promise((resolve) => server.listen(7071, "127.0.0.1", resolve));
}
