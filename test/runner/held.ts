import type { Socket } from "node:net";

/** Connections on which a server answers nothing, or no more, on purpose: who waits for one of them does nothing else. */

const ports = new Set<number>();
const listeners = new Set<() => void>();

/** From now on nothing more is answered on this connection. */
export function hold(socket: Socket): void {
  const { remotePort } = socket;
  if (remotePort === undefined) return;
  ports.add(remotePort);
  socket.once("close", () => ports.delete(remotePort));
  for (const listener of listeners) listener();
}

/** Whether the client at this local port waits in vain. */
export const isHeld = (port: number): boolean => ports.has(port);

/** Told of every connection that is held; returns how to be told no more. */
export function onHeld(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
