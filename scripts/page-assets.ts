import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/** What every report page carries along: its script with the charts' library in it, and its styles, as two texts. */

const root = fileURLToPath(new URL("..", import.meta.url));
const page = `${root}src/reports/page`;

export type PageAssets = {
  readonly script: string;
  readonly styles: string;
  /** Of Sluice. */
  readonly version: string;
  /** What the script is made of, for the licences. */
  readonly modules: readonly string[];
};

/** Comments and what only keeps a style sheet readable. */
const small = (styles: string): string =>
  styles
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\s+/g, " ")
    .replace(/ ?([{};,]) ?/g, "$1")
    .replace(/: /g, ":")
    .replace(/;}/g, "}")
    .trim();

let made: Promise<PageAssets> | undefined;

async function make(): Promise<PageAssets> {
  const bundle = await rolldown({ input: `${page}/browser/index.ts`, cwd: root, platform: "browser" });
  const { output } = await bundle.generate({ format: "iife", minify: true, comments: { legal: false } });
  await bundle.close();
  const [chunk] = output;
  // Inside an element a script may hold neither its end nor the beginning of a comment, not even in a text.
  const script = chunk.code
    .trim()
    .replace(/<\/(script)/gi, "<\\/$1")
    .replaceAll("<!--", "<\\!--");
  const [library, own, manifest] = await Promise.all([
    readFile(`${root}node_modules/uplot/dist/uPlot.min.css`, "utf8"),
    readFile(`${page}/page.css`, "utf8"),
    readFile(`${root}package.json`, "utf8"),
  ]);
  const { version } = JSON.parse(manifest) as { version: string };
  return { script, styles: small(`${library}\n${own}`), version, modules: chunk.moduleIds };
}

/** Made once a process. */
export function pageAssets(): Promise<PageAssets> {
  made ??= make();
  return made;
}
