import { resolve } from "node:path";
import { formsOf } from "../../network/redact.ts";
import type { NamedEntry } from "./merge-sources.ts";
import {
  inside,
  isFields,
  isSecretName,
  isVariableName,
  type KubeconfigFields,
  type Notes,
  problem,
  quoted,
} from "./problems-and-secrets.ts";

export type PluginEnvOptions = {
  /** Variables that the step allows besides the known ones. */
  readonly execEnv: readonly string[];
  readonly home: string | undefined;
  readonly workspace: string | undefined;
};

/** Who logs in, where, and how: all that the tools of the clouds write into a kubeconfig. None of it chooses code or files. */
const known = new Set([
  ...["AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_STS_REGIONAL_ENDPOINTS", "AWS_ROLE_ARN"],
  ...["USE_GKE_GCLOUD_AUTH_PLUGIN", "CLOUDSDK_CORE_ACCOUNT", "CLOUDSDK_CORE_PROJECT"],
  ...["AAD_LOGIN_METHOD", "AZURE_CLIENT_ID", "AZURE_TENANT_ID"],
]);

/** What such a variable is set to decides which code the allowed command runs: `exec-env` cannot allow it either. */
const steering =
  /^(LD_|DYLD_|BASH_ENV$|ENV$|NODE_OPTIONS$|PATH$|PYTHON(PATH|HOME|STARTUP|INSPECT)$|RUBYOPT$|PERL5(LIB|OPT)$)/;

/** The variables that the kubeconfig sets for its plugin: those of a closed list, those that the step allows, and no others. */
export function readPluginEnv(
  user: NamedEntry,
  exec: KubeconfigFields,
  options: PluginEnvOptions,
  notes: Notes,
): Readonly<Record<string, string>> {
  const owner = `kubeconfig user ${quoted(user.name)}`;
  const list = exec["env"] ?? [];
  const entries: readonly unknown[] = Array.isArray(list) ? list : [undefined];
  const env = new Map<string, string>();
  for (const [index, entry] of entries.entries()) {
    const at = (key: string) => user.placeOf(["exec", "env", index, key]);
    const [name, value] = isFields(entry) ? [entry["name"], entry["value"]] : [];
    if (typeof name !== "string" || typeof value !== "string" || !isVariableName(name)) {
      problem(
        notes,
        `${owner}: the "env" of its exec plugin has to be a list of names and values, both text.`,
        at("name"),
      );
      continue;
    }
    if (isSecretName(name)) for (const form of formsOf(value)) notes.secrets.add(form);
    const sets = `${owner}: its exec plugin sets ${name.slice(0, 80)}`;
    if (steering.test(name)) {
      problem(notes, `${sets}, which changes what code runs. Remove it from "env".`, at("name"));
    } else if (!known.has(name) && !options.execEnv.includes(name)) {
      const remedy = 'Remove it from "env", or name it in "exec-env" if that is meant.';
      problem(notes, `${sets}, which is not one of the variables that a kubeconfig may set. ${remedy}`, at("name"));
    } else if (namesWorkspace(value, options)) {
      const remedy = "Keep the file in another folder, for example RUNNER_TEMP.";
      problem(
        notes,
        `${sets} to a path in the workspace, where a pull request can change what the plugin reads. ${remedy}`,
        at("value"),
      );
    } else env.set(name, value);
  }
  return Object.fromEntries(env);
}

/** Whether any part of the value is a path that leads into the workspace. A plugin starts in the root folder. */
function namesWorkspace(value: string, { home = "/", workspace }: PluginEnvOptions): boolean {
  const written = value.replaceAll(/~(?=\/)|\$HOME\b|\$\{HOME\}/g, home);
  const paths = written.split(/[:;,=\s]/).filter((part) => part.includes("/"));
  return [written, ...paths].some((path) => path.includes("/") && inside(workspace, resolve("/", path)));
}
