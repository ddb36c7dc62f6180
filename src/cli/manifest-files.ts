import type { KubeObject } from "../base/kube-object.ts";
import type { Problem } from "../base/problem.ts";
import { fieldsOf, listOf, member, textOf } from "../base/read-fields.ts";
import type { FileText } from "../inputs/text-file-reader.ts";
import type { GivenObject } from "../rehearsal/objects/plan-routes.ts";
import { kinds } from "../simulator/cluster/served-kinds.ts";

/** The objects of some YAML or JSON files that a rehearsal knows what to do with, and every problem in the files. */
export async function readRouteFiles(
  files: readonly string[],
  readFile: (path: string) => FileText,
): Promise<{ readonly objects: readonly GivenObject[]; readonly problems: readonly Problem[] }> {
  const objects: GivenObject[] = [];
  const problems: Problem[] = [];
  if (files.length === 0) return { objects, problems };
  const yaml = await import("yaml");
  for (const file of files) {
    const read = readFile(file);
    if ("because" in read) {
      problems.push({ code: "input", message: `The file ${file} ${read.because}`, place: { input: "route" } });
      continue;
    }
    const lines = new yaml.LineCounter();
    const options = { lineCounter: lines, prettyErrors: false, version: "1.2" } as const;
    const documents = yaml.parseAllDocuments(read.text, options);
    if (!Array.isArray(documents)) continue;
    for (const document of documents) {
      const at = (offset: number) => {
        const { line, col } = lines.linePos(offset);
        return { file, line, column: col };
      };
      const [error] = document.errors;
      if (error !== undefined) {
        const message =
          "This is not valid YAML. A template must be rendered first, as with `helm template` or `kustomize build`.";
        problems.push({ code: "input", message, place: at(error.pos[0]) });
        continue;
      }
      const place = at(document.contents?.range?.[0] ?? 0);
      for (const item of itemsOf(contentOf(document))) {
        const object = objectOf(item);
        if (object === undefined) {
          const message = "This is no Kubernetes object: it needs `apiVersion`, `kind` and `metadata.name`.";
          problems.push({ code: "input", message, place });
        } else if (isKnown(object)) objects.push({ object, at: place });
      }
    }
  }
  return { objects, problems };
}

/** A document whose aliases would unfold into something huge is no object. */
function contentOf(document: { toJS(options: { maxAliasCount: number }): unknown }): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    return false;
  }
}

function itemsOf(value: unknown): readonly unknown[] {
  if (value === null || value === undefined) return [];
  const items = listOf(member(value, "items"));
  return items !== undefined && /List$/.test(textOf(member(value, "kind")) ?? "") ? items : [value];
}

function objectOf(value: unknown): KubeObject | undefined {
  const metadata = member(value, "metadata");
  const named = textOf(member(metadata, "name"));
  const namespace = member(metadata, "namespace");
  const isWhole = named !== undefined && named !== "" && (namespace === undefined || typeof namespace === "string");
  const hasKind = textOf(member(value, "kind")) !== undefined && textOf(member(value, "apiVersion")) !== undefined;
  return fieldsOf(value) !== undefined && isWhole && hasKind ? (value as KubeObject) : undefined;
}

/** ConfigMaps and the like may stand in the same file: they have no part in a rollout. */
function isKnown({ apiVersion = "", kind }: KubeObject): boolean {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  return kinds.some((known) => known.kind === kind && known.group === group && known.versions.includes(version));
}
