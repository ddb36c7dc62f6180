import { expect, test } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { gitHubCircuitBreaker } from "../../src/reports/github-circuit-breaker.ts";
import { textOf } from "../../src/text/index.ts";
import { HandClock } from "./samples.ts";

function open() {
  const clock = new HandClock();
  const logged: string[] = [];
  const warned: string[] = [];
  const channel = gitHubCircuitBreaker({
    what: "The comment",
    permission: "pull-requests: write",
    clock,
    log: (line) => logged.push(line),
    warn: (line) => warned.push(line),
  });
  return { channel, clock, logged, warned };
}

test.each([401, 403, 404, 410])("after a %d the channel is off for good, with one warning", (status) => {
  const { channel, clock, logged, warned } = open();
  channel.failed({ kind: "failed", status, reason: reason("github-rejected", { status }) });
  channel.failed({ kind: "failed", status, reason: reason("github-rejected", { status }) });
  clock.advance(86_400_000);
  expect(channel.isOpen()).toBe(false);
  expect(logged).toEqual([]);
  expect(warned).toEqual([
    `The comment is off for the rest of this run: GitHub answered ${status}. If the job's token lacks the right, add \`permissions: { pull-requests: write }\` to the job.`,
  ]);
});

test("a limit closes it for as long as GitHub asks", () => {
  const { channel, clock, logged, warned } = open();
  const limited = reason("github-rate-limited", { status: 403, waitMs: 90_000 });
  channel.failed({ kind: "failed", status: 403, limitedMs: 90_000, reason: limited });
  expect(channel.isOpen()).toBe(false);
  clock.advance(90_000);
  expect(channel.isOpen()).toBe(true);
  expect(logged).toEqual([`The comment is not updated for now. ${textOf(limited)}`]);
  expect(warned).toEqual([]);
});

test.each([500, 502, 422, undefined])("after %s it stays open, with one line of the log", (status) => {
  const { channel, logged } = open();
  const silent = reason("github-unreachable", { cause: reason("api-no-answer", { withinMs: 20_000 }) });
  channel.failed({ kind: "failed", reason: silent, ...(status === undefined ? {} : { status }) });
  expect(channel.isOpen()).toBe(true);
  expect(logged).toEqual([`The comment was not updated. ${textOf(silent)}`]);
});
