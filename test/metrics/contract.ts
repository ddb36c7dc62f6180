import { describe, expect, it, onTestFinished } from "vitest";
import type { SourceFactory } from "../../src/metrics/index.ts";
import type { Measurement } from "../../src/ports/metric-source.ts";
import { type Answering, everyText, formsOf, handClock, json, type Seen, serve } from "./prometheus/servers.ts";

/** How a source's server says what every server may say: one such object for each registered source. */
export type Speech = {
  readonly query: string;
  /** A full answer to what was asked; a second series where `second` is true. */
  series(seen: Seen, value: unknown, second?: boolean): unknown;
  empty(): unknown;
  /** A refusal in the source's own words. */
  refusal(words: string): unknown;
};

const from = 1_767_225_600_000;
const stepMs = 60_000;
const points = 3;
const secret = 'c0ntract-"s3cret"/+';

/** What every metric source owes to those who ask it: data with a reason, whatever the server does, and no secret in it. */
export function metricSourceContract(name: string, make: SourceFactory, speech: Speech): void {
  async function measure(answer: Answering, kind: "number" | "counters" = "number"): Promise<Measurement> {
    const clock = handClock();
    const server = await serve((response, seen, request) => {
      // A server that leaves the answer open keeps it open until the time is up.
      answer(response, seen, request);
      setImmediate(() => {
        if (!response.writableEnded && !response.destroyed) clock.ring();
      });
    });
    const credentials = { bearer: secret, headers: { "X-Tenant": `${secret}-tenant` } };
    const source = make({ url: server.url, credentials, clock });
    onTestFinished(() => source.close());
    const measured = await source.measure({ kind, query: speech.query, stepMs }, from, from + (points - 1) * stepMs);
    const text = everyText([measured, source]);
    for (const form of formsOf(secret)) expect(text).not.toContain(form);
    return measured;
  }

  const saying =
    (value: (seen: Seen) => unknown): Answering =>
    (response, seen) => {
      response.writeHead(200, json).end(JSON.stringify(value(seen)));
    };

  const kinds = (measured: Measurement) =>
    measured.kind === "samples" ? [...new Set(measured.samples.map((sample) => sample.kind))] : [measured.kind];

  describe(`the metric source ${name}`, () => {
    it("gives one value for each point of the grid", async () => {
      const measured = await measure(saying((seen) => speech.series(seen, "0.25")));
      expect(measured).toMatchObject({
        kind: "samples",
        samples: Array.from({ length: points }, (_, step) => ({
          at: from + step * stepMs,
          kind: "value",
          value: 0.25,
        })),
      });
    });

    it.each([["NaN"], ["+Inf"], ["-Inf"], [""], ["0x10"], ["abc"], [null], [true], [[]], [{}], [0.25]])(
      "takes %j for no value at any point",
      async (value) => {
        const measured = await measure(saying((seen) => speech.series(seen, value)));
        expect(kinds(measured)).toEqual(["missing"]);
        expect(measured.kind === "samples" && measured.samples).toHaveLength(points);
      },
    );

    it("misses every point of an empty answer and of one with several series, each for its own reason", async () => {
      const empty = await measure(saying(() => speech.empty()));
      const several = await measure(saying((seen) => speech.series(seen, "0.25", true)));
      expect([kinds(empty), kinds(several)]).toEqual([["missing"], ["missing"]]);
      const reasons = [empty, several].map(
        (measured) =>
          measured.kind === "samples" &&
          measured.samples.map((sample) => sample.kind === "missing" && JSON.stringify(sample.reason)),
      );
      expect(reasons[0]).not.toEqual(reasons[1]);
      expect(empty).toMatchObject({ seriesCount: 0 });
      expect(several).toHaveProperty("unfit", expect.stringContaining("several series, 2"));
    });

    it("gives raw counters, each by itself, and none where one cannot be read", async () => {
      const good = await measure(
        saying((seen) => speech.series(seen, "7", true)),
        "counters",
      );
      expect(good).toMatchObject({ kind: "series", series: [{ values: [7, 7, 7] }, { values: [7, 7, 7] }] });
      for (const value of ["NaN", "-7", "x"]) {
        expect(
          kinds(
            await measure(
              saying((seen) => speech.series(seen, value)),
              "counters",
            ),
          ),
        ).toEqual(["error"]);
      }
      expect(
        await measure(
          saying(() => speech.empty()),
          "counters",
        ),
      ).toMatchObject({ kind: "series", series: [] });
    });

    const bad: [string, Answering][] = [
      ["status 500", (response) => response.writeHead(500).end("oh")],
      [
        "status 503 with an error page",
        (response) => response.writeHead(503, { "content-type": "text/html" }).end("<html>"),
      ],
      ["status 401", (response) => response.writeHead(401).end()],
      ["status 429", (response) => response.writeHead(429, { "retry-after": "1" }).end()],
      ["a login page", (response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>")],
      [
        "another content type",
        (response, seen) =>
          response.writeHead(200, { "content-type": "text/plain" }).end(JSON.stringify(speech.series(seen, "1"))),
      ],
      [
        "half an answer",
        (response, seen) => response.writeHead(200, json).end(JSON.stringify(speech.series(seen, "1")).slice(0, -9)),
      ],
      ["JSON of another kind", (response) => response.writeHead(200, json).end("[]")],
      ["a redirect", (response) => response.writeHead(307, { location: "http://127.0.0.1:1/" }).end()],
      ["a closed connection", (response) => response.socket?.destroy()],
      ["silence", () => {}],
      ["a body that never ends", (response) => response.writeHead(200, json).write("{")],
      ["a flood", (response) => response.writeHead(200, json).end(Buffer.alloc(8 * 1024 * 1024, 0x20))],
      [
        "its own words with our headers in them",
        (response, seen) =>
          response.writeHead(400, json).end(JSON.stringify(speech.refusal(JSON.stringify(seen.headers)))),
      ],
      [
        "the same under status 200",
        (response, seen) =>
          response.writeHead(200, json).end(JSON.stringify(speech.refusal(JSON.stringify(seen.headers)))),
      ],
    ];
    it.each(bad)("is an error, with words, when the server answers with %s", async (_what, answer) => {
      for (const kind of ["number", "counters"] as const) {
        const measured = await measure(answer, kind);
        expect(measured.kind).toBe("error");
        expect(measured.kind === "error" && measured.because).toMatch(/^[^\p{Cc}]{15,400}$/u);
      }
    });

    it("ends when it is cancelled", async () => {
      const stop = new AbortController();
      const server = await serve(() => stop.abort());
      const source = make({ url: server.url });
      onTestFinished(() => source.close());
      const measured = await source.measure({ kind: "number", query: speech.query, stepMs }, from, from, stop.signal);
      expect(measured.kind).toBe("error");
    });
  });
}
