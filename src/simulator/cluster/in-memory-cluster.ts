import type { Clock } from "../../base/clock.ts";
import { foreign } from "../../base/foreign.ts";
import { isMembers } from "../../base/json-value.ts";
import type { KubeObject } from "../../base/kube-object.ts";
import type { ClusterCode } from "../../base/reasons/api-reasons.ts";
import { type Reason, reason } from "../../base/reasons/index.ts";
import type { Millis } from "../../base/units.ts";
import type {
  AccessResult,
  ApiError,
  Cluster,
  Credential,
  ListResult,
  PatchResult,
  ReadResult,
  Resource,
  ServerTime,
  VersionsResult,
} from "../../ports/cluster.ts";
import { type FaultPoint, type FaultWrapper, steady } from "./fault-injection.ts";
import type { Store } from "./object-store.ts";
import { allows, everything, nameInSelector, type Rule } from "./rbac.ts";
import type { SimulatedResponse } from "./server-responses.ts";
import * as answers from "./server-responses.ts";

type RehearsalClusterOptions = {
  readonly store: Store;
  /** The caller's own clock. */
  readonly clock: Clock;
  /** The server's time in milliseconds since 1970. */
  readonly serverNow: () => Millis;
  /** What the `Date` header says at that time; undefined where the server sends none. */
  readonly date?: (serverNow: Millis) => Millis | undefined;
  readonly user?: string;
  readonly rights?: readonly Rule[] | (() => readonly Rule[]);
  readonly credential?: Credential;
  readonly manager?: string;
  readonly around?: FaultWrapper;
};

const defaultDeadlineMs = 10_000;

/** A cluster in memory: the store of an API server behind the port, with rights, server time and faults. */
export function rehearsalCluster(options: RehearsalClusterOptions): Cluster {
  const { store, clock, serverNow, user = "rehearsal", manager = "sluice" } = options;
  const date = options.date ?? wholeSeconds;
  const around = options.around ?? steady(clock);
  const rights = () => (typeof options.rights === "function" ? options.rights() : (options.rights ?? everything));

  /** What the server says when the request arrives, and its time then. */
  const ask = (
    verb: string,
    resource: Resource & { readonly name?: string },
    effect: () => SimulatedResponse,
  ): Timed => {
    const time = timeOf(date(serverNow()), clock);
    return { time, answer: allows(rights(), verb, resource) ? effect() : answers.forbidden(resource, user, verb) };
  };

  const through = async (call: FaultPoint, effect: () => Timed): Promise<Timed> => {
    const { answer, time } = await around<Timed>(call, effect, {
      lost: (why) => ({ answer: { code: 0, body: undefined, warnings: [], lost: why }, time: undefined }),
      answered: (code, message, retryAfterSeconds) => ({
        answer: {
          ...answers.refusal({ code, message }),
          ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
        },
        time: timeOf(date(serverNow()), clock),
      }),
    });
    // The caller learns the server's time when the answer arrives, which is later than the time it names.
    return { answer, time: time && { ...time, receivedAt: clock.now() } };
  };

  const asking = (verb: string, resource: Asked): Asking => ({ user, verb, object: nameOf(resource) });

  return {
    async read(resource, given) {
      const effect = () => ask("get", resource, () => store.read(resource));
      return readResult(await through(callOf("read", resource, given), effect), asking("get", resource));
    },
    async patch(resource, operations, given) {
      const write = { manager, dryRun: given.dryRun, fieldValidation: "Strict" } as const;
      const effect = () => ask("patch", resource, () => store.patch(serverNow(), resource, operations, write));
      const call = { ...callOf(given.dryRun ? "dry-run" : "patch", resource, given), operations };
      return patchResult((await through(call, effect)).answer, asking("patch", resource));
    },
    async list(resource, given = {}) {
      const { group, version, plural, namespace } = resource;
      const name = nameInSelector(given.fieldSelector);
      const named = { group, version, plural, namespace, ...(name !== undefined && { name }) };
      const effect = () => ask("list", named, () => store.list(resource, given));
      return listResult((await through(callOf("list", resource, given), effect)).answer, asking("list", resource));
    },
    async versions(group, given) {
      const effect = () => ({ answer: store.versions(group), time: undefined });
      const result = versionsResult((await through(callOf("versions", undefined, given), effect)).answer, {
        user,
        verb: "get",
        object: `/apis/${group}`,
      });
      if (given?.plural === undefined || result.kind !== "served") return result;
      const kind = store.kinds.find((one) => one.group === group && one.plural === given.plural);
      return { kind: "served", versions: result.versions.filter((version) => kind?.versions.includes(version)) };
    },
    async may(verb, resource, given) {
      const allowed = () => allows(rights(), verb, resource);
      const effect = () => ({ answer: answers.ok({ status: { allowed: allowed() } }), time: undefined });
      return accessResult((await through(callOf("may", resource, given), effect)).answer, asking(verb, resource));
    },
    credential: () => options.credential ?? { user, renewable: true },
    close() {},
  };
}

type Timed = { readonly answer: SimulatedResponse; readonly time: ServerTime | undefined };
type Given = { readonly signal?: AbortSignal; readonly deadlineMs?: Millis };

function wholeSeconds(serverNow: Millis): Millis {
  return Math.floor(serverNow / 1000) * 1000;
}

function timeOf(dateMs: Millis | undefined, clock: Clock): ServerTime | undefined {
  return dateMs === undefined ? undefined : { dateMs, receivedAt: clock.now() };
}

function callOf(kind: FaultPoint["kind"], resource: FaultPoint["resource"], given: Given = {}): FaultPoint {
  return { kind, resource, deadlineMs: given.deadlineMs ?? defaultDeadlineMs, signal: given.signal };
}

type Asked = Resource & { readonly name?: string };
/** What a reason names besides the answer. */
type Asking = { readonly user: string; readonly verb: string; readonly object: string };

/** As `pods "a" in namespace "shop"`. */
function nameOf({ group, plural, namespace, name }: Asked): string {
  const kind = group === "" ? plural : `${plural}.${group}`;
  return `${kind}${name === undefined ? "" : ` "${name}"`}${namespace === "" ? "" : ` in namespace "${namespace}"`}`;
}

function readResult({ answer, time }: Timed, asking: Asking): ReadResult {
  if (answer.code === 200) return { kind: "found", object: answer.body as KubeObject, time };
  if (answer.code !== 404) return failure(answer, asking);
  return { kind: "absent", reason: reason("api-not-found", { object: asking.object }), time };
}

function patchResult(answer: SimulatedResponse, asking: Asking): PatchResult {
  const { code, warnings } = answer;
  if (code === 200) return { kind: "applied", object: answer.body as KubeObject, warnings };
  if (code < 400 || code > 499) return { kind: "unknown", reason: reasonOf(answer, asking) };
  return { kind: "refused", status: code, reason: reasonOf(answer, asking), ...retryAfter(answer) };
}

function listResult(answer: SimulatedResponse, asking: Asking): ListResult {
  if (answer.code === 403) return { kind: "forbidden", reason: reasonOf(answer, asking) };
  const items = isMembers(answer.body) ? answer.body["items"] : undefined;
  return answer.code === 200 && Array.isArray(items) ? { kind: "listed", items } : failure(answer, asking);
}

function versionsResult(answer: SimulatedResponse, asking: Asking): VersionsResult {
  if (answer.code === 404) return { kind: "absent" };
  const versions = isMembers(answer.body) ? answer.body["versions"] : undefined;
  if (answer.code !== 200 || !Array.isArray(versions)) return failure(answer, asking);
  return { kind: "served", versions: versions.map((entry: { version: string }) => entry.version) };
}

function accessResult(answer: SimulatedResponse, asking: Asking): AccessResult {
  if (answer.code !== 200) return { kind: "unknown", reason: reasonOf(answer, asking) };
  const allowed =
    isMembers(answer.body) && isMembers(answer.body["status"]) && answer.body["status"]["allowed"] === true;
  return allowed ? { kind: "allowed" } : { kind: "denied", reason: reason("api-access-denied", asking) };
}

function failure(answer: SimulatedResponse, asking: Asking): ApiError {
  const status = answer.code === 0 ? {} : { status: answer.code };
  return { kind: "failed", reason: reasonOf(answer, asking), ...status, ...retryAfter(answer) };
}

function retryAfter({ retryAfterSeconds }: SimulatedResponse): { readonly retryAfterMs?: Millis } {
  return retryAfterSeconds === undefined ? {} : { retryAfterMs: retryAfterSeconds * 1000 };
}

const host = "rehearsal";

/** The reason that the client of a real server would give. */
function reasonOf(answer: SimulatedResponse, { user, verb, object }: Asking): Reason<ClusterCode> {
  const call = { host, verb, object };
  const { code: status, body, lost, point, isAdmission } = answer;
  if (lost !== undefined) return reason("api-unreachable", { ...call, cause: lost });
  const line = point ?? (isMembers(body) ? body["message"] : body);
  const says = typeof line === "string" && line !== "" ? { says: foreign(line.trim()) } : {};
  if (isAdmission) return reason("api-admission-denied", { ...call, status, ...says });
  if (status === 401) return reason("api-unauthorized", { user, ...says });
  if (status === 403) return reason("api-forbidden", { user, verb, object, ...says });
  if (status === 429) return reason("api-throttled", { ...call, ...says });
  return reason(status >= 400 && status < 500 ? "api-rejected" : "api-server-error", { ...call, status, ...says });
}
