import { tableRows } from "../timeline-table.ts";
import type { TimeRange } from "./chart-style.ts";
import { onColours } from "./colours.ts";
import { offerDownloads } from "./download.ts";
import { type Plots, plotsIn } from "./mount-charts.ts";
import { type Read, readData } from "./read-page-data.ts";
import { readingAt } from "./reading-at-cursor.ts";

/** What a page does by itself once it is open. Without it everything but the charts is there already. */

const leastSpan = 60;

async function begin(): Promise<void> {
  const read = await readData();
  offerDownloads(read);
  if (read.data.weights.length > 1) openCharts(read);
}

function openCharts(read: Read): void {
  const { data } = read;
  const whole: TimeRange = { from: data.from / 1000, to: Math.max(data.to, data.from + 1000) / 1000 };
  let view = whole;
  let at = whole.to;
  const charts = document.getElementById("charts");
  const controls = document.querySelector<HTMLElement>(".controls");
  const slider = document.querySelector<HTMLInputElement>("#reading");
  const readout = document.getElementById("readout");
  if (charts === null || slider === null || readout === null || controls === null) return;
  controls.hidden = false;
  const line = document.createElement("div");
  line.className = "reading";
  charts.append(line);

  const plots: Plots = plotsIn({ read, view: () => view, onSelect: show, onHover: readAt });
  slider.step = String((data.numbers?.plan.lookMs ?? 1000) / 1000);

  function readAt(time: number): void {
    at = Math.min(view.to, Math.max(view.from, time));
    place();
    say();
  }

  /** One line across all charts that show time: their edges are the same. */
  function place(): void {
    const [first] = plots.timed;
    const last = plots.timed.at(-1);
    if (first === undefined || last === undefined || charts === null) return;
    const box = charts.getBoundingClientRect();
    const over = first.over.getBoundingClientRect();
    const bottom = last.over.getBoundingClientRect().bottom;
    line.style.left = `${over.left - box.left + first.valToPos(at, "x")}px`;
    line.style.top = `${over.top - box.top}px`;
    line.style.height = `${bottom - over.top}px`;
  }

  function say(): void {
    const reading = readingAt(read, at, view);
    readout?.replaceChildren(
      ...reading.map(([word, value, kind]) => {
        const item = document.createElement("div");
        if (kind !== undefined) item.className = kind;
        const [term, says] = [document.createElement("dt"), document.createElement("dd")];
        term.textContent = word;
        says.textContent = value;
        item.append(term, says);
        return item;
      }),
    );
    if (slider === null) return;
    slider.value = String(at);
    slider.setAttribute("aria-valuetext", reading.map(([word, value]) => `${word} ${value}`).join(", "));
  }

  function show(wanted: TimeRange): void {
    const span = Math.min(
      whole.to - whole.from,
      Math.max(Math.min(leastSpan, whole.to - whole.from), wanted.to - wanted.from),
    );
    const from = Math.min(whole.to - span, Math.max(whole.from, wanted.from));
    view = { from, to: from + span };
    plots.show(view);
    if (slider !== null) [slider.min, slider.max] = [String(view.from), String(view.to)];
    charts?.setAttribute("data-from", String(view.from));
    charts?.setAttribute("data-to", String(view.to));
    fillTable(read, view);
    readAt(at);
  }

  const zoom = (times: number) => {
    const span = (view.to - view.from) * times;
    const part = (at - view.from) / (view.to - view.from);
    show({ from: at - span * part, to: at + span * (1 - part) });
  };
  /** To the decision after or before this time, wherever it is. */
  const jump = (direction: 1 | -1) => {
    const told = data.events.filter(({ kind }) => kind !== "verdict").map((event) => event.at / 1000);
    const next = direction > 0 ? told.find((time) => time > at + 0.5) : told.findLast((time) => time < at - 0.5);
    if (next !== undefined) goTo(next);
  };
  const goTo = (time: number) => {
    const span = view.to - view.from;
    if (time < view.from || time > view.to) show({ from: time - span / 2, to: time + span / 2 });
    readAt(time);
  };

  slider.addEventListener("input", () => readAt(Number(slider.value)));
  slider.addEventListener("keydown", (event) => {
    const keys: Readonly<Record<string, () => void>> = {
      "+": () => zoom(0.5),
      "=": () => zoom(0.5),
      "-": () => zoom(2),
      "0": () => show(whole),
      n: () => jump(1),
      p: () => jump(-1),
    };
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
  document.getElementById("zoom-in")?.addEventListener("click", () => zoom(0.5));
  document.getElementById("zoom-out")?.addEventListener("click", () => zoom(2));
  document.getElementById("zoom-reset")?.addEventListener("click", () => show(whole));
  for (const button of document.querySelectorAll<HTMLElement>("button.at")) {
    button.addEventListener("click", () => {
      goTo(Number(button.dataset["at"]) / 1000);
      document.getElementById("timeline")?.scrollIntoView({ block: "start" });
    });
  }
  // A finger moves the reading line; up and down it still moves the page.
  for (const plot of plots.timed) {
    plot.over.addEventListener("pointermove", (event) => {
      if (event.pointerType === "touch")
        readAt(plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, "x"));
    });
  }
  onColours(() => {
    plots.resize();
    plots.repaint();
    place();
  });
  new ResizeObserver(() => {
    plots.resize();
    place();
  }).observe(charts);
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  show(whole);
  document.documentElement.dataset["ready"] = "true";
}

/** The table of the stretch that the charts show. */
function fillTable({ data, looks }: Read, { from, to }: TimeRange): void {
  const body = document.querySelector("#looks tbody");
  if (body === null) return;
  const shown = looks.filter((look) => look.to / 1000 > from && look.from / 1000 < to);
  body.replaceChildren(
    ...tableRows(shown, data.course).map((cells) => {
      const row = document.createElement("tr");
      row.append(
        ...cells.map((text, i) => {
          const one = document.createElement(i === 0 ? "th" : "td");
          if (i === 0) one.setAttribute("scope", "row");
          one.textContent = text;
          return one;
        }),
      );
      return row;
    }),
  );
}

void begin();
