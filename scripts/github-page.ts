import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { marked } from "marked";

/** A page on which Markdown looks as on GitHub, its charts drawn, without any request. Set as a page's content and waited for by `drawn`. */

const packageFile = (path: string) =>
  readFile(fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url)), "utf8");

export type Looks = { readonly dark?: boolean; readonly width?: number };

export async function githubPage(markdown: string, { dark = false, width = 900 }: Looks = {}): Promise<string> {
  const [css, mermaid] = await Promise.all([
    packageFile(`github-markdown-css/github-markdown-${dark ? "dark" : "light"}.css`),
    packageFile("mermaid/dist/mermaid.min.js"),
  ]);
  const body = await marked.parse(markdown, { gfm: true });
  // GitHub draws charts strictly too: no script, no click, and an error takes the place of the chart.
  const draw = `
    // As GitHub does: a paragraph runs the way its first letter does.
    for (const one of document.querySelectorAll("article :is(p, h1, h2, h3, h4, ul, ol, pre)")) one.dir = "auto";
    mermaid.initialize({ startOnLoad: false, securityLevel: "strict", theme: ${JSON.stringify(dark ? "dark" : "default")} });
    (async () => {
      const failures = [];
      for (const [at, code] of [...document.querySelectorAll("code.language-mermaid")].entries()) {
        try {
          const { svg } = await mermaid.render("chart" + at, code.textContent);
          const place = document.createElement("div");
          place.className = "chart";
          place.innerHTML = svg;
          code.parentElement.replaceWith(place);
        } catch (error) { failures.push(String(error)); }
      }
      document.body.dataset.failures = JSON.stringify(failures);
      document.body.dataset.drawn = "yes";
    })();`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>As on GitHub</title><style>${css}
body { margin: 0; background: ${dark ? "#0d1117" : "#ffffff"}; }
article { box-sizing: border-box; width: ${width}px; padding: 24px; }
.chart svg { max-width: 100%; }</style></head>
<body><article class="markdown-body">${body}</article><script>${mermaid.replaceAll("</script", "<\\/script")}</script><script>${draw}</script></body></html>`;
}
