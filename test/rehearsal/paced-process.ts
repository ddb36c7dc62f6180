import diagnostics from "node:diagnostics_channel";

/**
 * Loaded before the shipped command line: its clock and its timers go by what the test says, and the test is told when
 * the process has nothing left to do but wait. So a slow machine makes nothing late.
 */

type Timer = { readonly at: number; readonly act: () => void };
type Words = { readonly now: number };

let now = 0;
let requests = 0;
let rounds = 0;
let places = 0;
const timers = new Map<number, Timer>();

/** As many rounds of the event loop without anything new are taken for rest. */
const restRounds = 5;

function tell(words: object): void {
  if (process.connected) process.send?.(words);
}

/** Something has happened: says when the process rests again, and until when. */
function changed(): void {
  // Only what waits for a timer keeps the process alive.
  if (timers.size > 0) process.channel?.ref();
  else process.channel?.unref();
  if (rounds === 0) setImmediate(look);
  rounds = restRounds;
}

function look(): void {
  if (requests > 0) {
    rounds = 0;
    return;
  }
  rounds -= 1;
  if (rounds > 0) {
    setImmediate(look);
    return;
  }
  tell({ kind: "rests", next: timers.size === 0 ? null : Math.min(...[...timers.values()].map(({ at }) => at)) });
}

performance.now = () => now;
globalThis.setTimeout = ((act: () => void, ms = 0) => {
  places += 1;
  timers.set(places, { at: now + Math.max(0, ms), act });
  changed();
  return places;
}) as unknown as typeof setTimeout;
globalThis.clearTimeout = ((place: number | undefined) => {
  if (place !== undefined && timers.delete(place)) changed();
}) as typeof clearTimeout;

diagnostics.subscribe("http.client.request.created", (message) => {
  const { request } = message as { request: { once(event: "close", act: () => void): void } };
  requests += 1;
  tell({ kind: "works" });
  request.once("close", () => {
    requests -= 1;
    changed();
  });
});

process.on("message", (words: Words) => {
  now = Math.max(now, words.now);
  const due = [...timers].filter(([, { at }]) => at <= now).sort(([, a], [, b]) => a.at - b.at);
  for (const [place, { act }] of due) if (timers.delete(place)) act();
  changed();
});
process.channel?.unref();
