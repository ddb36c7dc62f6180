import { expect, test } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { said, saidNotice } from "../../src/base/reasons/said.ts";
import type { Progress } from "../../src/ports/reporter.ts";
import { comment, commentLimitBytes, link, marker, news } from "../../src/reports/comment.ts";
import { textOf } from "../../src/text/index.ts";
import { compared } from "./live/compared.ts";
import { ended, hostileProgress, judged, plan, progressing, rolledBack, situations, watching } from "./samples.ts";

const golden = (name: string) => new URL(`../fixtures/reports/comment-${name}.md`, import.meta.url).pathname;

test.each(Object.entries(situations))("what the comment says: %s", async (name, progress) => {
  await expect(comment(progress, plan.rollout)).toMatchFileSnapshot(golden(name));
});

test("the news of an unasked rollback is short", async () => {
  const progress = situations["rolled-back"] as Progress;
  await expect(news(progress, plan.rollout, "https://github.com/octo/shop/pull/12#issuecomment-1")).toMatchFileSnapshot(
    golden("news"),
  );
});

test("what is worth knowing beside the verdict stands below the reason", () => {
  const caveat = reason("counters-reset", { pods: 1 });
  const noted = { ...judged, caveats: [caveat] };
  expect(comment({ ...watching, judged: noted }, "r")).toContain(`\n- Note: \`${textOf(caveat)}\`\n`);
});

test("without a plan, as in a sweep, the phases are the record's", () => {
  const swept = ended(
    rolledBack,
    { name: "rolled-back", exitCode: 0, reason: said("swept"), weight: 0, phase: 2 },
    { command: "sweep", plan: undefined },
  );
  const text = comment(swept, rolledBack.rollout);
  expect(text).toContain("| 1 | 5% | 21 Nov, 14:02 | 11 min | passed |");
  expect(text).toContain("| **2** | **20%** | 21 Nov, 14:13 | 4 min | rolled back |");
  expect(text).not.toContain("| 3 |");
});

test("with a third destination the comment does not claim the rest for stable", () => {
  const rule = { ...(rolledBack.rules[0] as (typeof rolledBack.rules)[number]) };
  const state = { ...watching.state, rules: [{ ...rule, destinations: [...rule.destinations, "beta"] }] };
  expect(comment({ ...watching, state } as Progress, "r")).toContain(
    "`v2` (canary) serves 20%; `v1` (stable) and 1 further destination share the other 80%",
  );
});

test("versions that differ by their port alone are named with it", () => {
  const state = { ...watching.state, stable: "web.shop.svc.cluster.local:80", canary: "web.shop.svc.cluster.local:81" };
  expect(comment({ ...watching, state } as Progress, "r")).toContain("`web:81` (canary) serves 20%, `web:80` (stable)");
});

/** The text without its blocks and code spans: what is left was written by Sluice. */
function outsideSpans(text: string): string {
  return text.replace(/^(`{3,})\w*\n[\s\S]*?\n\1$/gm, "").replace(/(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, "");
}

test("hostile names and messages in every field become no markup, no mention, no link and no line of their own", () => {
  for (const progress of hostileProgress) {
    for (const text of [comment(progress, "r-`@evil` --> <b>"), news(progress, "r --> <img>", "javascript:alert(1)")]) {
      const [mark = "", ...shown] = text.split("\n");
      const own = outsideSpans(shown.join("\n"));
      expect(mark).toMatch(/^<!-- sluice:[\w./:= -]+ -->$/);
      expect(own).not.toMatch(/evil|octocat|onerror|javascript/);
      expect(own).not.toMatch(/[@#](?![\u200b#]| )/);
      expect(
        text
          .match(/<[^<>]*>/g)
          ?.filter((tag) => !/^<(\/?(sub|details|summary)|br\/|!-- sluice:[\w./:= -]+ --)>$/.test(tag)) ?? [],
      ).toEqual([]);
      expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e\u2066\u2028]/u);
      expect(text.split("\n").filter((line) => line.startsWith("<!-- ")).length).toBe(1);
    }
  }
});

test("however much there is to say, the comment fits", () => {
  for (const progress of hostileProgress) {
    const long = (text: string) => text.repeat(400);
    const longReason = (name: string) => reason("check-waiting", { check: name, values: 0, need: 3 });
    const checks = (progress.judged?.checks ?? []).flatMap((check) =>
      Array.from({ length: 60 }, () => ({ ...check, name: long(check.name), reason: longReason(long(check.name)) })),
    );
    const phases = Array.from({ length: 200 }, (_, at) => ({
      ...(plan.phases[0] as (typeof plan.phases)[number]),
      weight: at / 2,
    }));
    const state = progress.state && {
      ...progress.state,
      phase: 200,
      entered: Array.from({ length: 200 }, () => 1),
      notes: Array.from({ length: 200 }, (_, at) => ({
        at,
        phase: at,
        weight: at,
        status: "progressing" as const,
        reason: said(long("🙂@#`")),
      })),
    };
    const text = comment(
      {
        ...progress,
        state,
        plan: { ...plan, phases },
        judged: { kind: "inconclusive", reason: longReason(long(textOf(progress.reason))), lacking: "data", checks },
        reason: said(long(textOf(progress.reason))),
        warnings: Array.from({ length: 100 }, () => saidNotice(long("@`🙂"))),
      } as Progress,
      "r",
    );
    expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(commentLimitBytes);
    expect(text.endsWith("</sub>\n"), "the end was not cut off").toBe(true);
  }
});

test("the marker names rollout and route, and nothing that could end it", () => {
  expect(marker("r-1", [{ kind: "virtualservice", namespace: "shop", name: "reviews" }])).toBe(
    "<!-- sluice:rollout=r-1 route=shop/virtualservice/reviews -->",
  );
  expect(marker("--><script>", [{ kind: "k", namespace: "a--b", name: "n" }])).toBe(
    "<!-- sluice:rollout=-___script_ route=a-_b/k/n -->",
  );
});

test("only an address of the web becomes a link, and it cannot be left", () => {
  expect(link("here", "https://example.test/a(b)")).toBe("[here](https://example.test/a%28b%29)");
  expect(link("here", "javascript:alert(1)")).toBeUndefined();
  expect(link("here", "no address")).toBeUndefined();
});

test("of twenty phases those around the present one stand open, and all of them folded", () => {
  const phases = Array.from({ length: 20 }, (_, at) => ({
    ...(plan.phases[0] as (typeof plan.phases)[number]),
    weight: (at + 1) * 5,
  }));
  const entered = Array.from({ length: 9 }, (_, at) => at);
  const text = comment({ ...watching, plan: { ...plan, phases }, state: { ...progressing, phase: 9, entered } }, "r");
  const [open = "", folded = ""] = text.split("<details><summary>All 20 phases</summary>");
  expect(open.match(/^\| (\*\*)?\d+/gm)).toEqual(["| 7", "| 8", "| **9", "| 10", "| 11"]);
  expect(folded.match(/^\| (\*\*)?\d+(\*\*)? \| (\*\*)?\d+%/gm)).toHaveLength(20);
});

test("what happens next stands below the reason, and a reason is said once", () => {
  const text = comment(watching, "r");
  expect(text).toContain("**Next:** 20% is watched for 6 min more; if the metrics pass, then a person is asked.");
  expect(text.split("success-rate has 2 of the 3 values")).toHaveLength(2);
  expect(text).toContain("| undecided | as above |");
});

test("a rollback in the night says when it was", () => {
  const progress = ended(rolledBack, { name: "rolled-back", exitCode: 1, reason: said("worse"), weight: 0, phase: 2 });
  expect(comment(progress, "r")).toContain("It ended in phase 2 of 4, on 21 Nov, 14:17 UTC, 15 min after it began.");
});

test("both error rates are drawn in letters too", () => {
  expect(comment(compared, "r")).toMatch(
    /^Errors since the rollout began, the highest block 1%: canary `[▁▂▃▄▅▆▇█]+`, stable `[▁▂▃▄▅▆▇█]+`$/m,
  );
});

test("a name that is written from the right has a word of ours before it in its line", () => {
  const state = { ...progressing, canary: "مراجعات" };
  expect(comment({ ...watching, state }, "r")).toContain("` 20% to `مراجعات`");
});
