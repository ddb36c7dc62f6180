import type { Terminal } from "../reporter-context.ts";
import { type StyledLine, written } from "./styled-text.ts";

/** The whole window while something is drawn in it. What was there before comes back when it is closed. */
export type TerminalCanvas = {
  draw(lines: readonly StyledLine[]): void;
  /** Leaves nothing behind, and the cursor where it was. Once, however often it is called. */
  close(): void;
};

const csi = `${String.fromCharCode(27)}[`;
const enter = `${csi}?1049h${csi}?25l`;
const leave = `${csi}?25h${csi}?1049l`;
/** A terminal that knows these shows a picture whole or not at all; others ignore them. */
const [begin, end] = [`${csi}?2026h`, `${csi}?2026l`];
const home = `${csi}H`;
const clearBelow = `${csi}J`;
const clearRight = `${csi}K`;

export function openCanvas(terminal: Terminal, scrub: (text: string) => string): TerminalCanvas {
  let isOpen = true;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    forget?.();
    terminal.write(leave);
  };
  // However the process ends, the window is given back.
  const forget = terminal.onExit?.(close);
  terminal.write(enter);
  return {
    close,
    draw(lines) {
      if (!isOpen) return;
      const columns = terminal.columns ?? 80;
      // Cleared before it is written: at the right edge the cursor still stands on the last character.
      const texts = lines.map((one) => {
        const text = scrub(written(one, columns, terminal.hasColour));
        return (one.wraps === true ? clearBelow : clearRight) + text;
      });
      terminal.write(`${begin}${home}${texts.join("\r\n")}\r\n${clearBelow}${end}`);
    },
  };
}
