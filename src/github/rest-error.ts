import { type Foreign, foreign, foreignLimit, visibleLine } from "../base/foreign.ts";
import { listOf, member, textOf } from "../base/read-fields.ts";
import type { GitHubCode } from "../base/reasons/api-reasons.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import { errnoOf, networkReason } from "../network/network-error.ts";
import type { GitHubError } from "../ports/github.ts";

/** GitHub's advice where it names no time. */
const silenceMs = 60_000;
const longestSilenceMs = 60 * 60_000;

/** What GitHub says where a limit stands behind a 403 that no header explains. */
const limits = /\b(secondary rate|rate limit|abuse)\b/i;

export const failed = (why: Reason<GitHubCode>): GitHubError => ({ kind: "failed", reason: why });

/** An error of Octokit as data: only what GitHub said in words is kept of it, since it holds headers and the token. */
export function failureOf(error: unknown): GitHubError {
  const response = member(error, "response");
  const headers = member(response, "headers");
  if (headers === undefined) return failed(unasked(error));
  const status = statusOf(member(error, "status")) ?? statusOf(member(response, "status"));
  const data = member(response, "data");
  const message = textOf(member(data, "message")) ?? "";
  const details = (listOf(member(data, "errors")) ?? []).map(detailOf);
  const line = visibleLine([message, ...details].filter((word) => word !== "").join("; "), foreignLimit);
  const says = line === "" ? {} : { says: foreign(line) };
  const stands = status === undefined ? {} : { status };
  const limitedMs = limitOf(status, `${message} ${messageOf(error)}`, headers);
  if (status === undefined || limitedMs === undefined)
    return { ...failed(reason("github-rejected", { ...stands, ...says })), ...stands };
  return { ...failed(reason("github-rate-limited", { status, waitMs: limitedMs, ...says })), status, limitedMs };
}

/** No answer of GitHub is in the error: the network failed, or the client itself did. */
function unasked(error: unknown): Reason<GitHubCode> {
  const cause = networkReason(error);
  if (cause.code === "network-redirected") return reason("github-redirected", { status: cause.data.status });
  if (cause.code !== "network-failed" || errnoOf(error) !== "UNKNOWN") return reason("github-unreachable", { cause });
  return reason("github-failed", { says: wordsOf(error) });
}

function wordsOf(error: unknown): Foreign {
  return foreign(messageOf(error) || "no words");
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return "";
  }
}

const statusOf = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;

const detailOf = (value: unknown): string =>
  textOf(value) ?? textOf(member(value, "message")) ?? textOf(member(value, "code")) ?? "";

function limitOf(status: number | undefined, message: string, headers: unknown): Millis | undefined {
  const asked = Number(textOf(member(headers, "retry-after")) ?? Number.NaN);
  const spent = String(member(headers, "x-ratelimit-remaining")) === "0";
  const refused = status === 403 || status === 429;
  if (status !== 429 && !(refused && (spent || Number.isFinite(asked) || limits.test(message)))) return undefined;
  if (Number.isFinite(asked)) return Math.min(Math.max(0, asked) * 1000, longestSilenceMs);
  // Both times are GitHub's: the runner's own clock may be wrong.
  const wait = spent
    ? Number(member(headers, "x-ratelimit-reset")) * 1000 - Date.parse(textOf(member(headers, "date")) ?? "") + 1000
    : Number.NaN;
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 1000), longestSilenceMs) : silenceMs;
}
