import { describe, expect, it, onTestFinished } from "vitest";
import { foreign } from "../../../src/base/foreign.ts";
import { SluiceError } from "../../../src/base/problem.ts";
import { reason } from "../../../src/base/reasons/index.ts";
import { type PrometheusOptions, rangeClient } from "../../../src/metrics/prometheus/range-client.ts";
import { everyText, everywhere, formsOf, json, matrix, sendJson, serve } from "./servers.ts";

const from = 1_767_225_600_000;
const minute = 60_000;
const up = { kind: "number", query: "up", stepMs: minute } as const;

function source(url: string, further: Partial<PrometheusOptions> = {}) {
  const made = rangeClient({ url, ...further });
  onTestFinished(() => made.close());
  return made;
}

describe("Prometheus", () => {
  it("is asked for exactly the grid, below the path of its URL", async () => {
    const server = await serve((response, seen) => sendJson(response, matrix({ values: everywhere(seen, "0.5") })));
    const measured = await source(`${server.url}/prom/`).measure(up, from, from + 2.5 * minute);
    expect(measured).toMatchObject({
      kind: "samples",
      seriesCount: 1,
      samples: [0, 1, 2].map((step) => ({ at: from + step * minute, kind: "value", value: 0.5 })),
    });
    expect(server.seen[0]?.path).toBe("/prom/api/v1/query_range");
    expect(Object.fromEntries(server.seen[0]?.form ?? [])).toEqual({
      query: "up",
      start: "1767225600",
      end: "1767225720",
      step: "60",
      timeout: "9s",
    });
  });

  it("keeps milliseconds", async () => {
    const server = await serve((response, seen) => sendJson(response, matrix({ values: everywhere(seen, "1") })));
    const measured = await source(server.url).measure({ ...up, stepMs: 500 }, from + 1, from + 501);
    expect(measured).toMatchObject({
      samples: [
        { at: from + 1, value: 1 },
        { at: from + 501, value: 1 },
      ],
    });
    expect(server.seen[0]?.form.get("start")).toBe("1767225600.001");
  });

  it("splits what Prometheus would refuse, at whole steps, sharing one point", async () => {
    const server = await serve((response, seen) => {
      const { values, steps } = { values: everywhere(seen, "1"), steps: everywhere(seen, "1").length - 1 };
      if (steps > 11_000) sendJson(response, { status: "error", error: "exceeded maximum resolution" }, 400);
      else sendJson(response, matrix({ values }));
    });
    const made = source(server.url);
    const measured = await made.measure({ ...up, stepMs: 1000 }, from, from + 25_000_000);
    expect(measured.kind === "samples" && measured.samples.length).toBe(25_001);
    expect(
      measured.kind === "samples" &&
        measured.samples.every((sample, step) => sample.kind === "value" && sample.at === from + step * 1000),
    ).toBe(true);
    expect(server.seen.map((seen) => Number(seen.form.get("end")) - Number(seen.form.get("start")))).toEqual([
      11_000, 11_000, 3000,
    ]);
    await made.measure({ ...up, stepMs: 1000 }, from, from + 11_000_000);
    expect(server.seen).toHaveLength(4);
  });

  it("asks for counters in smaller parts and puts every series together again", async () => {
    const server = await serve((response, seen) => {
      const metric = { pod: "a" };
      sendJson(response, matrix({ metric, values: everywhere(seen, "7") }));
    });
    const measured = await source(server.url).measure(
      { kind: "counters", query: "x", stepMs: 1000 },
      from,
      from + 1_500_000,
    );
    expect(measured).toMatchObject({ kind: "series", series: [{ labels: { pod: "a" } }] });
    expect(measured.kind === "series" && measured.series[0]?.values).toEqual(Array(1501).fill(7));
    expect(server.seen).toHaveLength(3);
  });

  it("reads more of counters than of numbers, since every series comes by itself", async () => {
    const server = await serve((response, seen) => {
      const pods = Array.from({ length: 400 }, (_, pod) => ({
        metric: { pod: `p${pod}` },
        values: everywhere(seen, "7"),
      }));
      sendJson(response, matrix(...pods));
    });
    const made = source(server.url);
    const counters = await made.measure({ kind: "counters", query: "x", stepMs: 1000 }, from, from + 240_000);
    expect(counters.kind === "series" && counters.series.length).toBe(400);
    expect(await made.measure({ ...up, stepMs: 1000 }, from, from + 240_000)).toEqual({
      kind: "error",
      reason: reason("metric-reply-too-large", { source: "Prometheus", limitBytes: 1_048_576 }),
    });
  });

  it("reads no more than 8 MiB of counters either", async () => {
    const server = await serve((response) => {
      const [head, tail] = JSON.stringify(matrix({ metric: { pod: "a" } })).split('"a"');
      response.writeHead(200, json).end(`${head}"${"x".repeat(8 * 1024 * 1024)}"${tail}`);
    });
    const asked = source(server.url).measure({ kind: "counters", query: "x", stepMs: 1000 }, from, from);
    const why = reason("metric-reply-too-large", { source: "Prometheus", limitBytes: 8 * 1_048_576 });
    expect(await asked).toEqual({ kind: "error", reason: why });
  });

  it("stops at the first part that fails", async () => {
    const server = await serve((response, seen) => {
      if (server.seen.length === 2)
        sendJson(response, { status: "error", errorType: "timeout", error: "query timed out" }, 503);
      else sendJson(response, matrix({ values: everywhere(seen, "1") }));
    });
    const measured = await source(server.url).measure({ ...up, stepMs: 1000 }, from, from + 40_000_000);
    const says = foreign("timeout: query timed out");
    const why = reason("metric-status", { source: "Prometheus", status: 503, says });
    expect(measured).toEqual({ kind: "error", reason: why });
    expect(server.seen).toHaveLength(2);
  });

  it("asks nothing for an empty or an endless range", async () => {
    const server = await serve((response) => sendJson(response, matrix()));
    const made = source(server.url);
    expect(await made.measure(up, from, from - 1)).toMatchObject({ kind: "error" });
    expect(await made.measure({ ...up, stepMs: 0 }, from, from + 1)).toMatchObject({ kind: "error" });
    expect(await made.measure({ ...up, stepMs: Number.NaN }, from, from + 1)).toMatchObject({ kind: "error" });
    expect(await made.measure({ ...up, stepMs: 1000 }, from, from + 1e12)).toMatchObject({ kind: "error" });
    expect(server.seen).toHaveLength(0);
  });

  it("tells its own time", async () => {
    const server = await serve((response, seen) => {
      response.setHeader("date", "Thu, 01 Jan 2026 00:00:42 GMT");
      sendJson(response, matrix({ values: everywhere(seen, "1") }));
    });
    expect(await source(server.url).measure(up, from, from)).toMatchObject({ date: from + 42_000 });
  });

  it("shows no secret that the answer echoes: neither in values nor in labels, types or warnings", async () => {
    const secret = 'tok"en/+s3cret';
    const echoes: ((echo: string) => unknown)[] = [
      (echo) => matrix({ values: [[from / 1000, echo]] }),
      (echo) =>
        matrix(
          { metric: { echo }, values: [[from / 1000, "1"]] },
          { metric: { echo: "x", [echo]: "y" }, values: [[from / 1000, "1"]] },
        ),
      (echo) => ({ status: "success", data: { resultType: echo, result: [1] } }),
      (echo) => ({ ...(matrix() as object), warnings: [`refused ${echo}`] }),
      (echo) => ({ status: "error", errorType: echo, error: JSON.stringify(echo) }),
    ];
    const answers: unknown[] = [];
    for (const echo of echoes) {
      const server = await serve((response, seen) => sendJson(response, echo(String(seen.headers.authorization))));
      const made = source(server.url, { credentials: { bearer: secret } });
      answers.push(
        made,
        await made.measure(up, from, from),
        await made.measure({ ...up, kind: "counters" }, from, from),
      );
    }
    const text = everyText(answers);
    for (const form of formsOf(secret)) expect(text).not.toContain(form);
    expect(text).toContain("***");
  });

  it("is not made where it cannot be asked, and says why without the secret", () => {
    const cases: [PrometheusOptions, string][] = [
      [{ url: "https://me:hunter22@prometheus.example.com" }, "user name or password"],
      [{ url: "http://prometheus.example.com", allowHttp: true, credentials: { bearer: "hunter22" } }, "loopback only"],
      [{ url: "https://p.example.com", credentials: { bearer: "hunter22\n" } }, "line break"],
      [{ url: "http://169.254.169.254" }, "link-local"],
      [{ url: "data:application/json,{}" }, "written in full"],
    ];
    for (const [options, words] of cases) {
      try {
        rangeClient(options);
        expect.unreachable("it must be refused");
      } catch (error) {
        expect(error).toBeInstanceOf(SluiceError);
        expect(error).toMatchObject({ code: "input", message: expect.stringContaining(words) });
        expect(everyText(error)).not.toContain("hunter22");
      }
    }
  });
});
