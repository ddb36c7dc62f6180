import { expect, test } from "vitest";
import { anchor, html, lines, prose } from "../../../src/reports/page/html.ts";
import { type IntervalRow, packed, unpacked } from "../../../src/reports/page/pack-intervals.ts";

test("whatever is put into markup is text, unless it is markup itself", () => {
  const evil = `<b onclick="x">&'`;
  expect(html`<p title="${evil}">${evil}</p>`.text).toBe(
    `<p title="&lt;b onclick=&quot;x&quot;&gt;&amp;&#39;">&lt;b onclick=&quot;x&quot;&gt;&amp;&#39;</p>`,
  );
  expect(html`<p>${html`<i>${"<"}</i>`}${[1, null, undefined, false, "a"]}</p>`.text).toBe("<p><i>&lt;</i>1a</p>");
});

test("invisible and direction-turning characters do not enter a page", () => {
  expect(html`<p>${"a\u202eb\u0000c\u2028d\u001b[31me"}</p>`.text).toBe("<p>abc de</p>");
});

test("words between backticks are code, and nothing else in them is markup", () => {
  expect(prose("run `roll<b>back` now").text).toBe("run <code>roll&lt;b&gt;back</code> now");
});

test("a snippet keeps its lines and its indent", () => {
  expect(lines("a:\n  - <b>").text).toBe("a:\n  - &lt;b&gt;");
});

test("only an address of http or https becomes a link", () => {
  expect(anchor("x", 'https://a.example/"><script>')?.text).toMatch(
    /^<a href="https:\/\/a\.example\/[^"<>]*" rel="noreferrer noopener">x<\/a>$/,
  );
  for (const url of ["javascript:alert(1)", "data:text/html,x", "nonsense", undefined])
    expect(anchor("x", url)).toBeUndefined();
});

test("rows of the look table come out of their columns as they went in", () => {
  const row = (i: number, more: Partial<IntervalRow> = {}): IntervalRow => ({
    phase: 1,
    index: i,
    from: 1000 * i,
    to: 1000 * i + 999.5,
    weight: 33.3,
    settling: i === 0,
    pairs: { errors: [i, 0, 0.1 * i, 1] },
    resets: i === 1 ? ["pod-1"] : [],
    seen: i !== 2,
    ...more,
  });
  const rows = [
    row(0),
    row(1),
    row(2, { pairs: {} }),
    row(3, { pairs: { errors: [1, 2, 3, 4], "a user's": [5, 6, 7, 8] } }),
  ];
  expect(unpacked(JSON.parse(JSON.stringify(packed(rows))))).toEqual(rows);
  expect(unpacked(packed([]))).toEqual([]);
});
