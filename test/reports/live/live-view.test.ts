import { expect, test } from "vitest";
import { openView } from "../../../src/reports/live/live-view.ts";
import type { Terminal } from "../../../src/reports/reporter-context.ts";
import { HandClock, watching } from "../samples.ts";

function seat(ticks: boolean) {
  let text = "";
  let listener: (() => void) | undefined;
  const size = { columns: 80, rows: 30 };
  const terminal: Terminal = {
    write: (part) => {
      text += part;
    },
    isInteractive: true,
    hasColour: false,
    get columns() {
      return size.columns;
    },
    get rows() {
      return size.rows;
    },
    onResize: (told) => {
      listener = told;
      return () => {
        listener = undefined;
      };
    },
  };
  const clock = new HandClock();
  const view = openView(terminal, { clock, scrub: (given) => given, onInterrupt: "Ctrl-C", ticks });
  const newest = () => text.split("[?2026h").at(-1) ?? "";
  const screens = () => text.split("[?2026h").length - 1;
  return { view, clock, size, newest, screens, resize: () => listener?.(), isListening: () => listener !== undefined };
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test("between two turns the time goes on", async () => {
  const { view, clock, newest } = seat(true);
  view.show(watching);
  expect(newest()).toContain("next turn in 15 s");
  clock.advance(1_000);
  await settle();
  expect(newest()).toContain("next turn in 14 s");
  expect(newest()).toContain("14:17:16 UTC");
  view.close();
});

test("another size of the window is drawn at once; after the end nothing is", async () => {
  const { view, clock, size, resize, screens, newest, isListening } = seat(true);
  view.show(watching);
  size.columns = 40;
  resize();
  expect(
    newest()
      .split("\r\n")
      .every((row) => row.length < 200),
  ).toBe(true);
  expect(screens()).toBe(2);
  view.close();
  clock.advance(5_000);
  await settle();
  expect(screens()).toBe(2);
  expect(isListening()).toBe(false);
});

test("in virtual time only as much is drawn as can be seen, and no clock ticks", () => {
  const { view, clock, screens, newest } = seat(false);
  for (let turn = 0; turn < 100; turn += 1) {
    view.show(watching);
    clock.advance(5);
  }
  expect(screens()).toBe(10);
  expect(newest()).not.toContain("next turn");
});
