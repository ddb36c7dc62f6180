import { describe, expect, it, onTestFinished } from "vitest";
import { foreign } from "../../../src/base/foreign.ts";
import { mebibyte, readReply } from "../../../src/metrics/http/http-response.ts";
import { rangeClient } from "../../../src/metrics/prometheus/range-client.ts";
import { json, serve } from "../prometheus/servers.ts";

const step = 15_000;
const first = Date.UTC(2026, 0, 1);
const question = { kind: "number", query: "up", stepMs: step } as const;

type Body = { readonly status: number; readonly text: string };
const ok = (text: string): Body => ({ status: 200, text });
const matrix = (result: string): Body => ok(`{"status":"success","data":{"resultType":"matrix","result":[${result}]}}`);

/** As many pieces as fit. */
function pieces(bytes: number, make: (index: number) => string): string {
  const made: string[] = [];
  for (let length = 0; length < bytes; length += (made.at(-1)?.length ?? 0) + 1) made.push(make(made.length));
  return made.join(",");
}

const fill = (unit: string, bytes: number): string => unit.repeat(bytes / unit.length);
/** Just below the limit, so that it is read. */
const whole = mebibyte - 1_000;
/** What took seconds for 80 kB, and four times that for twice as much. */
const part = 200_000;

const hostile: readonly (readonly [string, Body])[] = [
  ["escapes in a text that never ends", ok(`"${fill('\\"', part)}`)],
  ["quotes that are escaped or not", ok(fill('"\\', part))],
  ["dashes and halves of words", ok(`[${fill("-NaNa,-Infinit,", whole)}`)],
  ["a list of bare NaN", ok(`[${fill("NaN,", whole)}NaN]`)],
  ["lists in lists", ok(fill("[", whole))],
  ["objects in objects", ok(fill('{"":', whole))],
  ["an error without an end", { status: 400, text: `{"status":"error","error":"${fill("x ", whole)}"}` }],
  [
    "series of which each has a label of its own",
    matrix(pieces(whole, (index) => `{"metric":{"l${index}":""},"values":[[${first / 1000},"1"]]}`)),
  ],
  [
    "one series with all labels there are",
    matrix(`{"metric":{${pieces(whole, (index) => `"l${index}":""`)}},"values":[[${first / 1000},"1"]]}`),
  ],
  ["a number of a million digits", matrix(`{"metric":{},"values":[[${first / 1000},"${fill("1", whole - 200)}x"]]}`)],
];
const plain = matrix(`{"metric":{},"values":[${pieces(whole, (index) => `[${first / 1000 + index},"${index}"]`)}]}`);

/** The processor time of this thread until the body was asked for, read and understood. */
async function costOf({ status, text }: Body): Promise<number> {
  const server = await serve((response) => response.writeHead(status, json).end(text));
  const source = rangeClient({ url: server.url, deadlineMs: 600_000 });
  onTestFinished(() => source.close());
  const before = process.threadCpuUsage();
  const measured = await source.measure(question, first, first + 200 * step);
  const { user, system } = process.threadCpuUsage(before);
  expect(measured).not.toMatchObject({ reason: { code: "metric-reply-too-large" } });
  return user + system;
}

/**
 * The event loop stands still for as long as this thread computes on one body. Wall time, or a fixed number of milliseconds,
 * would fail on a busy machine, so the processor time of this thread is compared with what a harmless body of the same size
 * costs in the same run. Read in one pass, all ten stay below 7 times as much; a reader that goes back to what it has seen
 * took from 430 times as much.
 */
describe("hostile bodies", () => {
  it.each(hostile)("hold the process no longer than others of their size: %s", async (_, body) => {
    const costs = [await costOf(plain), await costOf(plain), await costOf(plain)];
    expect((await costOf(body)) / Math.max(...costs)).toBeLessThan(50);
  });
});

describe("a bare NaN", () => {
  const read = (body: string) =>
    readReply({ status: 200, type: "application/json", body, date: "" }, { name: "Prometheus", words: foreign });

  it("is read as a word in up to 1 MiB, and is broken JSON in more", () => {
    const body = (bytes: number) => `[NaN,"${"x".repeat(bytes - '[NaN,""]'.length)}"]`;
    expect(read(body(mebibyte))).toMatchObject({ kind: "json" });
    expect(read(body(mebibyte + 1))).toMatchObject({ kind: "failed", reason: { code: "metric-reply-broken" } });
    expect(read(body(mebibyte + 1).replace("NaN", "1.5"))).toMatchObject({ kind: "json" });
  });
});
