import diagnostics from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";

/**
 * Loaded before the shipped program: its clock, its date and its timers go by what the test says, and the test is told
 * when the process has nothing left to do but wait, and for what. So a slow machine makes nothing late.
 */

/** What the test is told: the process does something, or it waits for its next timer and for answers at these local ports. */
export type Told =
  | { readonly kind: "works" }
  | {
      readonly kind: "rests";
      readonly next: number | null;
      readonly ports: readonly number[];
      /** The last word from the test that it knew of. */
      readonly heard: number;
    };
export type Go = { readonly now: number; readonly word: number };

const { searchParams } = new URL(import.meta.url);
const epoch = Number(searchParams.get("epoch"));
let now = Number(searchParams.get("now"));

/** So many rounds of the event loop without anything new, and without any of its work under way, are taken for rest. */
const restRounds = 5;
/** What only waits for others. All else that Node counts as active is work of the process itself, above all reads of files. */
const waiting = new Set(["Immediate", "Timeout", "PipeWrap", "TTYWrap", "TCPSocketWrap", "TLSWrap", "SignalWrap"]);

const timers = new Map<number, VirtualTimer>();
const requests = new Set<ClientRequest>();
let heard = 0;
let ids = 0;
let rounds = 0;
let isLooking = false;
let isFiring = false;
let hasRest = false;

class VirtualTimer {
  readonly id: number;
  readonly act: () => void;
  readonly repeats: boolean;
  at = 0;
  private readonly ms: number;
  private isRef = true;

  constructor(act: () => void, ms: number, repeats: boolean) {
    ids += 1;
    this.id = ids;
    this.act = act;
    this.ms = ms;
    this.repeats = repeats;
    this.refresh();
  }

  refresh(): this {
    this.at = now + this.ms;
    timers.set(this.id, this);
    changed();
    return this;
  }
  ref(): this {
    this.isRef = true;
    changed();
    return this;
  }
  unref(): this {
    this.isRef = false;
    changed();
    return this;
  }
  hasRef(): boolean {
    return this.isRef;
  }
  close(): this {
    if (timers.delete(this.id)) changed();
    return this;
  }
  [Symbol.toPrimitive](): number {
    return this.id;
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

const set =
  (repeats: boolean) =>
  (act: (...values: unknown[]) => void, ms?: number, ...values: unknown[]) =>
    // As Node has it: never less than a millisecond, and one where the number is none.
    new VirtualTimer(() => act(...values), ms !== undefined && ms >= 1 && ms < 2 ** 31 ? ms : 1, repeats);
const clear = (timer?: VirtualTimer | number | string | null) => {
  if (timer instanceof VirtualTimer) timer.close();
  else if (timer !== undefined && timer !== null) timers.get(Number(timer))?.close();
};

function tell(words: Told): void {
  if (process.connected) process.send?.(words);
}

/** Something has happened: what was said of rest does not hold any more, and it is looked for again. */
function changed(): void {
  // Only a timer that keeps a process alive keeps this one.
  if ([...timers.values()].some((timer) => timer.hasRef())) process.channel?.ref();
  else process.channel?.unref();
  if (hasRest) tell({ kind: "works" });
  hasRest = false;
  rounds = restRounds;
  if (isLooking) return;
  isLooking = true;
  setImmediate(look);
}

function look(): void {
  const works = isFiring || process.getActiveResourcesInfo().some((kind) => !waiting.has(kind));
  rounds = works ? restRounds : rounds - 1;
  if (rounds > 0) {
    setImmediate(look);
    return;
  }
  isLooking = false;
  hasRest = true;
  const times = [...timers.values()].map(({ at }) => at);
  // A request without a socket waits for another one to be through.
  const ports = [...requests].flatMap(({ socket }) => (socket?.localPort === undefined ? [] : [socket.localPort]));
  tell({ kind: "rests", next: times.length === 0 ? null : Math.min(...times), ports, heard });
}

/** All that is due, in its order, each with all that follows from it. */
async function fire(): Promise<void> {
  if (isFiring) return;
  isFiring = true;
  for (;;) {
    const [first] = [...timers.values()].sort((a, b) => a.at - b.at || a.id - b.id);
    if (first === undefined || first.at > now) break;
    if (first.repeats) first.refresh();
    else timers.delete(first.id);
    first.act();
    await new Promise((resolve) => setImmediate(resolve));
  }
  isFiring = false;
  changed();
}

performance.now = () => now;
Date.now = () => epoch + Math.floor(now);
globalThis.Date = new Proxy(Date, {
  construct: (target, given, newTarget) =>
    Reflect.construct(target, given.length === 0 ? [Date.now()] : given, newTarget),
  apply: () => new Date().toString(),
});
Object.assign(globalThis, {
  setTimeout: set(false),
  setInterval: set(true),
  clearTimeout: clear,
  clearInterval: clear,
});

diagnostics.subscribe("http.client.request.created", (message) => {
  const { request } = message as { readonly request: ClientRequest };
  requests.add(request);
  changed();
  request.once("close", () => {
    requests.delete(request);
    changed();
  });
});

process.on("message", (go: Go) => {
  now = Math.max(now, go.now);
  heard = go.word;
  changed();
  void fire();
});
changed();
