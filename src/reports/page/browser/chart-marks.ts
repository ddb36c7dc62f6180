import type uPlot from "uplot";
import type { EventKind, PageEvent } from "../rollout-events.ts";
import type { Colours } from "./colours.ts";

/** Decisions, commands, pauses, failed looks and drift, across every chart. */

const colourOf = (kind: EventKind, colours: Colours): string => {
  switch (kind) {
    case "step":
    case "end":
      return colours.ink;
    case "command":
    case "pause":
      return colours.warn;
    case "back":
    case "drift":
      return colours.bad;
    case "unseen":
    case "world":
    case "verdict":
      return colours.quiet;
  }
};

/** A shape of its own for each, since colour alone tells some people nothing. */
function glyph(context: CanvasRenderingContext2D, kind: EventKind, x: number, y: number, size: number): void {
  context.beginPath();
  switch (kind) {
    case "pause":
    case "command":
      context.rect(x - size, y - size, 2 * size, 2 * size);
      break;
    case "back":
    case "drift":
      context.moveTo(x - size * 1.2, y - size);
      context.lineTo(x + size * 1.2, y - size);
      context.lineTo(x, y + size * 1.2);
      break;
    case "unseen":
    case "world":
      context.moveTo(x, y - size * 1.3);
      context.lineTo(x + size * 1.3, y);
      context.lineTo(x, y + size * 1.3);
      context.lineTo(x - size * 1.3, y);
      break;
    case "step":
    case "end":
    case "verdict":
      context.arc(x, y, kind === "verdict" ? size * 0.6 : size, 0, 2 * Math.PI);
  }
  context.closePath();
  context.fill();
}

/** `withSigns`: where the marks are told apart; the other charts only show when. */
export function marksOn(
  events: readonly PageEvent[],
  colours: () => Colours,
  withSigns: boolean,
): Pick<uPlot.Hooks.Arrays, "drawClear" | "draw"> {
  const each = (u: uPlot, paint: (event: PageEvent, x: number, context: CanvasRenderingContext2D) => void) => {
    const { left, width } = u.bbox;
    u.ctx.save();
    for (const event of events) {
      const x = Math.round(u.valToPos(event.at / 1000, "x", true));
      if (x >= left - 1 && x <= left + width + 1) paint(event, x, u.ctx);
    }
    u.ctx.restore();
  };
  const ratio = () => devicePixelRatio || 1;
  return {
    drawClear: [
      (u) => {
        const { left, top, width, height } = u.bbox;
        u.ctx.save();
        u.ctx.fillStyle = colours().veil;
        for (const { at, until } of events) {
          if (until === undefined) continue;
          const from = Math.max(left, u.valToPos(at / 1000, "x", true));
          const to = Math.min(left + width, u.valToPos(until / 1000, "x", true));
          if (to > from) u.ctx.fillRect(from, top, to - from, height);
        }
        u.ctx.restore();
      },
    ],
    draw: [
      (u) => {
        const { top, height } = u.bbox;
        each(u, ({ kind }, x, context) => {
          if (kind === "verdict") return;
          context.strokeStyle = colourOf(kind, colours());
          context.globalAlpha = 0.45;
          context.lineWidth = ratio();
          context.setLineDash(kind === "step" || kind === "end" ? [] : [3 * ratio(), 3 * ratio()]);
          context.beginPath();
          context.moveTo(x + 0.5, top);
          context.lineTo(x + 0.5, top + height);
          context.stroke();
        });
        if (!withSigns) return;
        each(u, ({ kind }, x, context) => {
          context.fillStyle = colourOf(kind, colours());
          glyph(context, kind, x, top - 7 * ratio(), 3.5 * ratio());
        });
      },
    ],
  };
}
