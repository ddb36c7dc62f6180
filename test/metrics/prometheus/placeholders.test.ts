import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isSafeName,
  literally,
  promDuration,
  quoted,
  render,
  type Values,
} from "../../../src/metrics/prometheus/placeholders.ts";

const values: Values = { canary: "reviews-v2", stable: "reviews.v1", namespace: "shop", windowMs: 60_000 };

function rendered(template: string, further: Partial<Values> = {}): string {
  const result = render(template, { ...values, ...further });
  return result.kind === "query" ? result.query : result.why.problem;
}

describe("placeholders", () => {
  it.each([
    ["rate(x{v=\"{{canary}}\",ns='{{namespace}}'}[{{window}}])", "rate(x{v=\"reviews-v2\",ns='shop'}[1m])"],
    ['x{v="{{ stable }}"} offset {{window}}', 'x{v="reviews.v1"} offset 1m'],
    ['x{v=~"{{stable}}-.*"}', 'x{v=~"reviews\\\\.v1-.*"}'],
    ["x{v !~ 'a|{{stable}}'}", "x{v !~ 'a|reviews\\\\.v1'}"],
    ["x{v=~`{{stable}}`}", "x{v=~`reviews\\.v1`}"],
    ["x{v=`{{stable}}`}", "x{v=`reviews.v1`}"],
    ['x{v=~ # why\n "{{stable}}"}', 'x{v=~ # why\n "reviews\\\\.v1"}'],
    ['x{v=~"[ab]\\\\[{{canary}}"}', 'x{v=~"[ab]\\\\[reviews-v2"}'],
    ['x{v="a\\"{{canary}}"}', 'x{v="a\\"reviews-v2"}'],
    ['x{v="{{window}}"} # {{canary}} "', 'x{v="1m"} # {{canary}} "'],
    ["up", "up"],
  ])("are put into %s", (template, query) => {
    expect(rendered(template)).toBe(query);
  });

  it.each([
    ["x_{{canary}}", "placeholder-unquoted", "canary"],
    ['x{v="{{canaries}}"}', "placeholder-unknown", "canaries"],
    ["{{args.service}}", "placeholder-unknown", "args.service"],
    ['x{v="{{canary"}', "placeholder-open", undefined],
    ["x[{{window]", "placeholder-open", undefined],
    ['x{v="{{canary}}}', "string-open", '"'],
    ['x{v=~"[{{canary}}]"}', "placeholder-in-class", "canary"],
    ['x{v=~"a\\\\{{canary}}"}', "placeholder-escaped", "canary"],
    ['x{v="a\\{{canary}}"}', "placeholder-escaped", "canary"],
  ])("are refused in %s", (template, problem, placeholder) => {
    expect(render(template, values)).toEqual({
      kind: "refused",
      why: { problem, ...(placeholder === undefined ? {} : { placeholder }) },
    });
  });

  it.each([
    'v2"} or vector(1) #',
    "v2\\",
    "v2\n",
    "V2",
    "v 2",
    "",
    "-v2",
    "v2-",
    "a..b",
    "v2}",
    "é",
    "a".repeat(254),
    "$1",
    ".*",
  ])("are refused for the name %j", (canary) => {
    expect(render('x{v="{{canary}}"}', { ...values, canary })).toMatchObject({ why: { problem: "name-unsafe" } });
    expect(rendered("up", { canary })).toBe("up");
  });

  it("take a window for a duration", () => {
    expect([60_000, 90_000, 3_600_000, 1500, 86_400_000].map(promDuration)).toEqual([
      "1m",
      "90s",
      "1h",
      "1500ms",
      "24h",
    ]);
  });
});

describe("writing values", () => {
  it("quotes any label value", () => {
    expect(quoted('a"b\\c\nd')).toBe('"a\\"b\\\\c\\nd"');
  });

  it("makes a regular expression match one text only", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, other) => {
        const regex = new RegExp(`^(?:${literally(text)})$`);
        expect(regex.test(text)).toBe(true);
        if (other !== text) expect(regex.test(other)).toBe(false);
      }),
    );
  });
});

/** An independent reader of PromQL: kinds of tokens with all text, but the content of strings decoded and set aside. */
function treeOf(query: string): { shape: string[]; strings: string[] } {
  const shape: string[] = [];
  const strings: string[] = [];
  for (let at = 0; at < query.length; ) {
    const sign = query.charAt(at);
    if (sign === '"' || sign === "'" || sign === "`") {
      let content = "";
      for (at += 1; query.charAt(at) !== sign; at += 1) {
        if (at >= query.length) throw new Error("a string is not closed");
        if (sign !== "`" && query.charAt(at) === "\\") at += 1;
        content += query.charAt(at);
      }
      strings.push(content);
      shape.push("string");
    } else {
      shape.push(sign);
    }
    at += 1;
  }
  return { shape, strings };
}

describe("the syntax tree of a rendered query", () => {
  const names = fc
    .stringMatching(/^[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?)?$/)
    .filter(isSafeName);
  const places = [
    'v="{{NAME}}"',
    "v='x{{NAME}}y'",
    "v=`{{NAME}}`",
    'v=~"{{NAME}}"',
    "v!~'({{NAME}}|other)'",
    "v=~`{{NAME}}-[0-9]+`",
    'v=~"[a-z]\\\\.{{NAME}}"',
  ];

  it("is the same for every value, and each string means the value", () => {
    const place = fc.tuple(fc.constantFrom(...places), fc.constantFrom("canary", "stable", "namespace"));
    fc.assert(
      fc.property(
        fc.array(place, { minLength: 1, maxLength: 4 }),
        names,
        names,
        names,
        (list, canary, stable, namespace) => {
          const matchers = list.map(([text, name]) => text.replace("NAME", name));
          const template = `sum(rate(x{${matchers.join(",")}}[{{window}}])) / 2`;
          const one = treeOf(rendered(template, { canary, stable, namespace }));
          const other = treeOf(rendered(template, { canary: "a", stable: "b", namespace: "c" }));
          expect(one.shape).toEqual(other.shape);
          for (const [index, [text, name]] of list.entries()) {
            const meant = { canary, stable, namespace }[name] ?? "";
            const content = one.strings[index] ?? "";
            const regex = /[=!]~/.test(text);
            if (regex) expect(new RegExp(`^(?:${content})$`).test(exampleFor(text, meant))).toBe(true);
            else expect(content).toContain(meant);
            if (regex)
              expect(new RegExp(`^(?:${content})$`).test(exampleFor(text, meant.replaceAll(".", "!")))).toBe(
                !meant.includes("."),
              );
          }
        },
      ),
    );
  });

  function exampleFor(text: string, name: string): string {
    if (text.includes("[0-9]+")) return `${name}-42`;
    return text.includes("[a-z]") ? `q.${name}` : name;
  }

  it("cannot be left by any value at all", () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.string({ unit: "binary", maxLength: 20 }), (text, canary) => {
        const result = render(`x{${text.replace("NAME", "canary")}}`, { ...values, canary });
        expect(result.kind === "query").toBe(isSafeName(canary));
      }),
      { numRuns: 2000 },
    );
  });
});
