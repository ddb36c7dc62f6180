import { rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Plugin, rolldown } from "rolldown";
import { licencesOf } from "./licences.ts";
import { pageAssets } from "./page-assets.ts";

/** Builds dist/: the action and the command line, sharing chunks. Equal sources give equal bytes. */

const root = fileURLToPath(new URL("..", import.meta.url));
const out = process.argv[2] ?? `${root}dist`;

/**
 * Packages that come along with others and that Sluice never calls: its own transport speaks to the API server, and
 * Octokit is given a fetch. A stub says so if it is ever reached.
 */
const unused: Record<string, readonly string[]> = {
  undici: [
    "Agent",
    "ProxyAgent",
    "fetch",
    "FormData",
    "Headers",
    "Request",
    "Response",
    "EnvHttpProxyAgent",
    "setGlobalDispatcher",
    "getGlobalDispatcher",
    "Dispatcher",
  ],
  "isomorphic-ws": ["default", "WebSocket"],
  ws: ["default", "WebSocket"],
  "tar-fs": ["default", "pack", "extract"],
  "stream-buffers": ["default", "WritableStreamBuffer", "ReadableStreamBuffer"],
  "form-data": ["default"],
  "openid-client": ["discovery", "refreshTokenGrant", "customFetch"],
  "jsonpath-plus": ["JSONPath"],
  "socks-proxy-agent": ["SocksProxyAgent"],
  socks: ["SocksClient"],
};

const stub = (name: string, exports: readonly string[]) =>
  [
    `class Unused { constructor() { throw new Error(${JSON.stringify(`${name} is not part of this bundle`)}); } }`,
    ...exports.map((word) => (word === "default" ? "export default Unused;" : `export { Unused as ${word} };`)),
  ].join("\n");

const stubs: Plugin = {
  name: "stubs",
  resolveId: (id) => (Object.hasOwn(unused, id) ? { id: `\0stub:${id}`, moduleSideEffects: false } : null),
  load(id) {
    if (!id.startsWith("\0stub:")) return null;
    const name = id.slice("\0stub:".length);
    return stub(name, unused[name] ?? []);
  },
};

/**
 * An ES import of `http` touches every one of its exports, and one of them loads Node's own fetch: 20 ms and 3 MiB for
 * nothing. Asked for by name, the module is what it is.
 */
const plainHttp: Plugin = {
  name: "plain-http",
  resolveId: (id) => (id === "http" || id === "node:http" ? { id: "\0plain-http", moduleSideEffects: false } : null),
  load: (id) =>
    id === "\0plain-http"
      ? [
          'const http = process.getBuiltinModule("node:http");',
          "export default http;",
          "export const { Agent, ClientRequest, IncomingMessage, ServerResponse, STATUS_CODES, METHODS, request, get, globalAgent, createServer } = http;",
        ].join("\n")
      : null,
};

const carried = await pageAssets();

/** The report page's script and styles as two texts: they are made here, and read by nobody who writes no page. */
const pageTexts: Plugin = {
  name: "page-texts",
  load: (id) => {
    if (!id.endsWith("/src/reports/page/assets.ts")) return null;
    const { script, styles, version } = carried;
    const texts = Object.entries({ script, styles, version });
    return texts.map(([name, text]) => `export const ${name} = ${JSON.stringify(text)};`).join("\n");
  },
};

await rm(out, { recursive: true, force: true });
const bundle = await rolldown({
  input: { index: `${root}src/main.ts`, cli: `${root}src/cli/index.ts` },
  cwd: root,
  platform: "node",
  plugins: [stubs, plainHttp, pageTexts],
  treeshake: {
    moduleSideEffects: [
      { test: /node_modules\/(@kubernetes\/client-node|@actions\/(core|exec|io|http-client))\//, sideEffects: false },
    ],
  },
});
const { output } = await bundle.write({
  dir: out,
  format: "esm",
  minify: true,
  entryFileNames: "[name].js",
  chunkFileNames: "[name].js",
  comments: { legal: false },
});
await bundle.close();
const modules = [...output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : [])), ...carried.modules];
await writeFile(`${out}/licences.txt`, licencesOf(modules));
const sizes = output.map((file) => ({
  name: file.fileName,
  bytes: file.type === "chunk" ? Buffer.byteLength(file.code) : 0,
}));
for (const { name, bytes } of sizes) console.log(`${String(bytes).padStart(9)}  ${name}`);
console.log(`${String(sizes.reduce((sum, { bytes }) => sum + bytes, 0)).padStart(9)}  in all`);
