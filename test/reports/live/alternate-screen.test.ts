import { expect, test } from "vitest";
import { openCanvas } from "../../../src/reports/live/alternate-screen.ts";
import { line } from "../../../src/reports/live/styled-text.ts";
import type { Terminal } from "../../../src/reports/reporter-context.ts";

const escapeSign = String.fromCharCode(27);

function window() {
  let text = "";
  const exits = new Set<() => void>();
  const terminal: Terminal = {
    write: (part) => {
      text += part;
    },
    isInteractive: true,
    hasColour: false,
    columns: 20,
    onExit: (listener) => {
      exits.add(listener);
      return () => exits.delete(listener);
    },
  };
  return { terminal, exits, text: () => text };
}

test("the window and the cursor come back when it is closed, once", () => {
  const { terminal, text, exits } = window();
  const canvas = openCanvas(terminal, (given) => given);
  expect(text()).toBe(`${escapeSign}[?1049h${escapeSign}[?25l`);
  canvas.draw([line("hello")]);
  canvas.close();
  canvas.close();
  expect(text().endsWith(`${escapeSign}[?25h${escapeSign}[?1049l`)).toBe(true);
  expect(text().split("[?1049l")).toHaveLength(2);
  expect(exits.size).toBe(0);
  const before = text();
  canvas.draw([line("late")]);
  expect(text()).toBe(before);
});

test("a process that ends without a word gives the window back too", () => {
  const { terminal, text, exits } = window();
  openCanvas(terminal, (given) => given);
  for (const exit of [...exits]) exit();
  expect(text().endsWith(`${escapeSign}[?25h${escapeSign}[?1049l`)).toBe(true);
});

test("a picture is drawn over the one before, from the top, without what is secret", () => {
  const { terminal, text } = window();
  const canvas = openCanvas(terminal, (given) => given.replaceAll("hunter2", "***"));
  canvas.draw([line("one"), { ...line("hunter2 ".repeat(4)), wraps: true }]);
  expect(text()).toContain(`${escapeSign}[H${escapeSign}[Kone\r\n${escapeSign}[J*** *** *** *** \r\n${escapeSign}[J`);
});
