import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import type { Env } from "../../network/proxy.ts";
import { clean, formsOf } from "../../network/redact.ts";
import type { Plugin } from "../resolved-kubeconfig.ts";
import type { NamedEntry } from "./merge-sources.ts";
import { type PluginEnvOptions, readPluginEnv } from "./plugin-env.ts";
import {
  inside,
  isFields,
  isSecretName,
  isVariableName,
  type KubeconfigFields,
  type Notes,
  problem,
  quoted,
  textOf,
} from "./problems-and-secrets.ts";

type PluginOptions = PluginEnvOptions & { readonly execAllow: readonly string[]; readonly env: Env };

const versions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

/** Checks what the user of the context runs to log in. Nothing runs here, and only what `exec-allow` names will. */
export function readPlugin(
  user: NamedEntry,
  cluster: KubeconfigFields,
  options: PluginOptions,
  notes: Notes,
): Plugin | undefined {
  const exec = user.fields["exec"];
  if (exec === undefined || exec === null) return undefined;
  const owner = `kubeconfig user ${quoted(user.name)}`;
  const command = isFields(exec) ? textOf(exec, "command", owner, notes) : undefined;
  if (!isFields(exec) || command === undefined) {
    problem(notes, `${owner}: its "exec" names no command. Take the kubeconfig anew, or pass a token.`);
    return undefined;
  }
  const apiVersion = readVersion(exec, owner, notes);
  if (exec["interactiveMode"] === "Always") {
    problem(
      notes,
      `${owner}: ${quoted(command)} wants to ask a person (interactiveMode: Always). Pass a token instead.`,
    );
  }
  if (user.fields["token"] !== undefined || user.fields["tokenFile"] !== undefined) {
    problem(notes, `${owner} has a token and runs ${quoted(command)} to get one. Keep one of the two.`);
  }
  const args = readArgs(exec, owner, notes);
  const env = readPluginEnv(user, exec, options, notes);
  const passed = readPassed(options.execEnv, notes);
  const path = resolveCommand(command, user, exec, options, notes);
  if (path === undefined) return undefined;
  const info = JSON.stringify({
    apiVersion,
    kind: "ExecCredential",
    spec: { interactive: false, ...(exec["provideClusterInfo"] === true ? { cluster } : {}) },
  });
  return { user: user.name, command, path, args, apiVersion, env, passed, info };
}

function readVersion(exec: KubeconfigFields, owner: string, notes: Notes): string {
  const version = exec["apiVersion"];
  if (typeof version === "string" && versions.includes(version)) return version;
  problem(
    notes,
    `${owner}: its exec plugin speaks ${typeof version === "string" ? quoted(version) : "no version"}. ` +
      `Sluice knows ${versions.join(" and ")}: update the plugin and the kubeconfig.`,
  );
  return "";
}

function readArgs(exec: KubeconfigFields, owner: string, notes: Notes): readonly string[] {
  const args = exec["args"] ?? [];
  if (!Array.isArray(args) || !args.every((arg): arg is string => typeof arg === "string")) {
    problem(notes, `${owner}: the "args" of its exec plugin have to be a list of texts. Put numbers in quotes.`);
    return [];
  }
  for (const [index, arg] of args.entries()) {
    const [flag = "", value] = arg.split(/=(.*)/s);
    if (isSecretName(flag)) hide(value ?? args[index + 1] ?? "", notes);
  }
  return args;
}

function readPassed(names: readonly string[], notes: Notes): readonly string[] {
  for (const name of names.filter((name) => !isVariableName(name))) {
    problem(
      notes,
      `exec-env: ${quoted(name)} is not the name of a variable. Write full names: no patterns, no values.`,
      {
        input: "exec-env",
      },
    );
  }
  return names.filter(isVariableName);
}

/** It may be a path or a switch, so nothing is refused; what is long enough to be masked is masked. */
function hide(value: string, notes: Notes): void {
  for (const form of value.startsWith("-") ? [] : formsOf(value)) notes.secrets.add(form);
}

/**
 * A bare name is looked up in PATH once. A path has to be listed itself, or be the very file that a listed name stands
 * for: `/somewhere/aws` is not `aws`.
 */
function resolveCommand(
  command: string,
  user: NamedEntry,
  exec: KubeconfigFields,
  options: PluginOptions,
  notes: Notes,
): string | undefined {
  const runs = `kubeconfig user ${quoted(user.name)} runs ${quoted(command)} to log in`;
  const isPath = command.includes("/");
  const path = isPath ? executable(resolve(user.folder, command)) : search(command, options);
  if (path !== undefined && inside(options.workspace, path)) {
    problem(
      notes,
      `${runs}, which is a file inside the workspace: whoever changes the repository could run commands with the ` +
        "credentials. Install it outside the workspace, or pass a token.",
    );
    return undefined;
  }
  const name = basename(command);
  const listed = options.execAllow.includes(name) ? search(name, options) : undefined;
  if (!options.execAllow.includes(command) && (path === undefined || path !== listed)) {
    const other = isPath && options.execAllow.includes(name) ? `, which is not the ${quoted(name)} of PATH` : "";
    const message = `${runs}${other}. Add "exec-allow: ${clean(command, 80)}" or pass a token.`;
    problem(notes, message, { input: "exec-allow" });
    return undefined;
  }
  if (path !== undefined) return path;
  const hint = exec["installHint"];
  const words = typeof hint === "string" && hint !== "" ? ` The kubeconfig says: ${clean(hint, 200)}` : "";
  const where = isPath ? "is no such program" : "is no such command in PATH";
  problem(notes, `${runs}, and there ${where}. Install it, or pass a token.${words}`);
  return undefined;
}

/** The first match in PATH, as a shell would find it; a relative folder in PATH is one of the workspace. */
function search(name: string, options: PluginOptions): string | undefined {
  const base = options.workspace ?? process.cwd();
  const folders = (options.env["PATH"] ?? "").split(delimiter);
  const candidates = folders.map((folder) => executable(join(resolve(base, folder), name)));
  return candidates.find((path) => path !== undefined);
}

/**
 * The path under which a program is started. Links of folders are followed, but not that of the program: some tools are
 * one program that looks at the name under which it was called.
 */
function executable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? join(realpathSync(dirname(path)), basename(path)) : undefined;
  } catch {
    return undefined;
  }
}
