import { expect, test } from "vitest";
import type { Progress } from "../../src/ports/reporter.ts";
import type { RouteDiagram } from "../../src/ports/route-diagram.ts";
import { forMermaid, pictureMermaid } from "../../src/reports/diagram-mermaid.ts";
import { picture } from "../../src/reports/traffic-diagram.ts";
import { textOf } from "../../src/text/index.ts";
import { hostileProgress, layout, watching } from "./samples.ts";

const chart = (over: Partial<Progress> = {}) => {
  const drawn = picture({ ...watching, ...over });
  return drawn === undefined ? "" : pictureMermaid(drawn);
};

test("the flowchart: moved edges are thick, what is untouched is dashed", () => {
  expect(chart().split("\n")).toEqual([
    "flowchart LR",
    'r0["VirtualService<br/>shop#47;reviews<br/>reviews"]',
    'r0e0(["the mesh"]) --> r0',
    'r0e1(["gateway istio#45;system#47;edge"]) --> r0',
    'r0 -.-> r0u0["http#47;docs<br/>#47;docs#42;<br/>untouched"]:::untouched',
    'r0u0 -.->|"100#37;"| d2',
    'r0 --> r0u1["http#47;main<br/>all other requests"]',
    'r0u1 ==>|"80#37;"| d1',
    'r0u1 ==>|"20#37;"| d0',
    'd0("v2 #40;canary#41;"):::canary',
    'd1("v1 #40;stable#41;"):::stable',
    'd2("docs")',
    "classDef untouched stroke-dasharray:5 4",
    "classDef canary stroke:#bf8700,stroke-width:3px",
    "classDef stable stroke:#1f883d,stroke-width:3px",
  ]);
});

test("foreign text is letters, digits and numbers of signs: it ends no label and begins no directive", () => {
  expect(forMermaid('a"] --> b; %%{init: {}}%% ```<b>')).toMatch(/^[\p{L}\p{Nd} ]*(#\d+;[\p{L}\p{Nd} ]*)+$/u);
  expect(forMermaid("1. отзывы 评论")).toBe("1#46; отзывы 评论");
  const foul = (text: string): RouteDiagram => ({
    ...layout,
    kind: text,
    name: text,
    hosts: [text],
    entries: [{ kind: text, name: text }],
    rules: [
      { label: text, takes: [text], part: "moved", instead: text, destinations: [{ id: text, shown: 1, asked: 99 }] },
    ],
  });
  for (const { reason } of hostileProgress) {
    for (const line of chart({ sight: { layouts: [foul(textOf(reason))] } }).split("\n")) {
      const own = line.replace(/"[^"]*"/g, '""');
      expect(own).toMatch(/^(flowchart LR|classDef [\w:#,\- ]+|[\w ()[\]|=>.:-]*""[\w ()[\]|=>.:-]*)$/);
      expect(line).not.toMatch(/[`@{}%\\]/);
    }
  }
});
