import { spawnSync } from "node:child_process";

/** Something that the machine lacks, and the command that provides it. */
export type Missing = { readonly what: string; readonly remedy: string };

const works = (program: string, ...args: readonly string[]): boolean =>
  spawnSync(program, args, { stdio: "ignore", timeout: 30_000 }).status === 0;

/** Whether Go is there, and new enough for the control planes: they are built with the toolchain of the machine. */
function goIsNew(): boolean {
  const { status, stdout } = spawnSync("go", ["env", "GOVERSION"], { encoding: "utf8", timeout: 30_000 });
  const [, major = "0", minor = "0"] = /^go(\d+)\.(\d+)/.exec(stdout?.trim() ?? "") ?? [];
  return status === 0 && (Number(major) > 1 || Number(minor) >= 26);
}

export const hasPrometheus = (): boolean => works("prometheus", "--version");
export const hasDebian = (): boolean => works("apt-get", "--version") && works("dpkg-deb", "--version");

/** What the lab needs of a machine and cannot bring along. Nothing here is ever installed by the lab. */
export function missing(): readonly Missing[] {
  const found: Missing[] = [];
  const need = (isThere: boolean, what: string, remedy: string) => {
    if (!isThere) found.push({ what, remedy });
  };
  need(process.platform === "linux" && process.arch === "x64", "Linux on x64 is needed", "use such a machine");
  need(goIsNew(), "Go 1.26 or newer is missing", "install it from go.dev/dl, or: apt-get install golang-1.26");
  need(works("python3", "-m", "pip", "--version"), "pip is missing", "apt-get install python3-pip");
  need(works("ip", "-V"), "ip is missing", "apt-get install iproute2");
  need(
    works("unshare", "-rn", "-p", "-f", "--kill-child", "--mount-proc", "true"),
    "unprivileged user namespaces are not allowed",
    "sysctl -w kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0 user.max_user_namespaces=10000",
  );
  need(hasPrometheus() || hasDebian(), "Prometheus is missing", "apt-get install prometheus");
  return found;
}
