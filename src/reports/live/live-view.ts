import type { Clock } from "../../base/clock.ts";
import type { Millis } from "../../base/units.ts";
import type { Progress } from "../../ports/reporter.ts";
import type { ErrorRates } from "../error-sparkline.ts";
import type { Terminal } from "../reporter-context.ts";
import { openCanvas, type TerminalCanvas } from "./alternate-screen.ts";
import { screenLines } from "./compose-screen.ts";

type ViewOptions = {
  readonly clock: Clock;
  readonly scrub: (text: string) => string;
  readonly title?: string;
  readonly onInterrupt: string;
  /** Time goes on between the turns, so the screen is drawn each second. In virtual time it does not. */
  readonly ticks: boolean;
};

export type LiveView = {
  show(progress: Progress, rates?: readonly ErrorRates[]): void;
  close(): void;
};

const tickMs = 1_000;
/** Virtual time would draw thousands of screens that nobody can see. */
const leastBetweenMs = 50;

/** Draws the last turn until it is closed: at once, each second, and whenever the window has another size. */
export function openView(terminal: Terminal, { clock, scrub, title, onInterrupt, ticks }: ViewOptions): LiveView {
  const over = new AbortController();
  let canvas: TerminalCanvas | undefined;
  let shown: { readonly progress: Progress; readonly at: Millis; readonly rates?: readonly ErrorRates[] } | undefined;
  let drawnAt = Number.NEGATIVE_INFINITY;

  function draw(): void {
    if (shown === undefined || over.signal.aborted) return;
    canvas ??= openCanvas(terminal, scrub);
    drawnAt = clock.now();
    const sinceMs = ticks ? drawnAt - shown.at : 0;
    const { at, waitMs } = shown.progress;
    const view = {
      progress: shown.progress,
      now: at === undefined ? undefined : at + sinceMs,
      onInterrupt,
      ...(shown.rates === undefined ? {} : { rates: shown.rates }),
      ...(title === undefined ? {} : { title }),
      ...(waitMs === undefined || !ticks ? {} : { nextTurnMs: Math.max(0, waitMs - sinceMs) }),
    };
    // The last row stays free: the line break after the one above it must not move the screen.
    const size = { columns: terminal.columns ?? 80, rows: Math.max(1, (terminal.rows ?? 24) - 1) };
    canvas.draw(screenLines(view, size));
  }

  async function tick(): Promise<void> {
    while (!over.signal.aborted) {
      await clock.sleep(tickMs, over.signal);
      draw();
    }
  }

  const forget = terminal.onResize?.(draw);
  if (ticks) void tick();
  return {
    show(progress, rates) {
      const now = clock.now();
      shown = { progress, at: now, ...(rates === undefined ? {} : { rates }) };
      if (ticks || now - drawnAt >= leastBetweenMs) draw();
    },
    close() {
      over.abort();
      forget?.();
      canvas?.close();
    },
  };
}
