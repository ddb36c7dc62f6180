import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import type { SourceLocation } from "../../base/problem.ts";
import type { Env } from "../../network/proxy.ts";
import { type Notes, problem, quoted } from "./problems-and-secrets.ts";

/** One text of a kubeconfig, where it stands, and the folder that its relative paths begin at. */
export type KubeconfigText = {
  readonly text: string;
  readonly folder: string;
  readonly place: SourceLocation;
  readonly file?: string;
};

export type KubeconfigSourceOptions = {
  readonly input?: string;
  readonly env: Env;
  readonly home: string | undefined;
  readonly workspace: string | undefined;
  readonly serviceAccount: string;
};

const maxBytes = 1_048_576;

/** Where a pod has its service account. */
export const usualServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The first that is there: the input, the files of KUBECONFIG, `~/.kube/config`, the service account of the pod. One
 * that was named and cannot be read is a problem and never a reason to try the next.
 */
export function findSources(options: KubeconfigSourceOptions, notes: Notes): KubeconfigText[] {
  const base = options.workspace ?? process.cwd();
  const input = options.input?.trim() ?? "";
  if (input !== "") return fromInput(input, base, options.home, notes);
  const named = options.env["KUBECONFIG"]?.trim() ?? "";
  if (named !== "") return fromVariable(named, base, notes);
  const usual = options.home === undefined ? undefined : join(options.home, ".kube", "config");
  if (usual !== undefined && existsSync(usual)) return fromFile(usual, "~/.kube/config", notes);
  const pod = fromPod(options.env, options.serviceAccount);
  if (pod !== undefined) return [pod];
  problem(
    notes,
    'No kubeconfig was found: the input "kubeconfig" and the variable KUBECONFIG are empty, there is no ' +
      '~/.kube/config, and this is not a pod with a service account. Set "kubeconfig" to the text or the path of one.',
  );
  return [];
}

function fromInput(input: string, base: string, home: string | undefined, notes: Notes): KubeconfigText[] {
  if (/\n|^\{|^[A-Za-z]+:(\s|$)/.test(input)) return [{ text: input, folder: base, place: { input: "kubeconfig" } }];
  const path = home !== undefined && input.startsWith("~/") ? join(home, input.slice(2)) : resolve(base, input);
  if (existsSync(path)) return fromFile(path, 'The path in "kubeconfig"', notes);
  const decoded = /^[A-Za-z0-9+/=]+$/.test(input) ? Buffer.from(input, "base64").toString("utf8") : "";
  if (/^(apiVersion|kind|clusters|users|contexts|current-context)\s*:|^\s*\{/m.test(decoded)) {
    problem(notes, "The kubeconfig is encoded in base64. Decode it first, and pass its text or a path.");
    return [];
  }
  // What was meant as a path may be a token in the wrong place: only what is plainly a path is repeated.
  const shown = /^(\.{0,2}|~)\/|\.(ya?ml|json|conf|config)$|(^|\/)config$/.test(input) ? ` ${quoted(input)}` : "";
  problem(notes, `The kubeconfig${shown} is neither the text of one nor the path of a file. Check the path.`);
  return [];
}

function fromVariable(named: string, base: string, notes: Notes): KubeconfigText[] {
  const files = named.split(delimiter).filter((file) => file !== "");
  const present = files.filter((file) => existsSync(resolve(base, file)));
  if (present.length === 0) {
    problem(notes, `KUBECONFIG names ${quoted(named)}, where there is no file. Correct or unset it.`);
  } else {
    const missing = files.filter((file) => !present.includes(file));
    if (missing.length > 0)
      notes.warnings.push(`KUBECONFIG names files that are not there: ${missing.map(quoted).join(", ")}.`);
  }
  return present.flatMap((file) => fromFile(resolve(base, file), `The file ${quoted(file)} of KUBECONFIG`, notes));
}

function fromFile(path: string, what: string, notes: Notes): KubeconfigText[] {
  const text = readText(path);
  if (text === undefined) {
    problem(notes, `${what} cannot be read. Check that it is a file and its permissions.`);
    return [];
  }
  return [{ text, folder: dirname(path), place: { file: path }, file: path }];
}

/** The service account of a pod, written down as the kubeconfig that it amounts to. */
function fromPod(env: Env, folder: string): KubeconfigText | undefined {
  const host = env["KUBERNETES_SERVICE_HOST"] ?? "";
  const port = env["KUBERNETES_SERVICE_PORT"] ?? "443";
  const tokenFile = join(folder, "token");
  if (host === "" || !existsSync(tokenFile)) return undefined;
  const namespace = readText(join(folder, "namespace"))?.trim();
  const name = "in-cluster";
  const text = JSON.stringify({
    "current-context": name,
    contexts: [{ name, context: { cluster: name, user: "service-account", namespace } }],
    clusters: [
      {
        name,
        cluster: {
          server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
          "certificate-authority": join(folder, "ca.crt"),
        },
      },
    ],
    users: [{ name: "service-account", user: { tokenFile } }],
  });
  return { text, folder, place: {} };
}

/** The content of a file, unless it cannot be read or is far too large for what it should be. */
export function readText(path: string): string | undefined {
  try {
    const content = readFileSync(path);
    return content.length > maxBytes ? undefined : content.toString("utf8");
  } catch {
    return undefined;
  }
}
