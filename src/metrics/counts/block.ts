import { duration } from "../../schema/scalars.ts";
import { broken, mapping, type ReadOf, type Shape, said } from "../../schema/shape.ts";
import { subject } from "../../schema/source-value.ts";
import { httpFields, urlOr } from "../http/http-block.ts";

const spoken = {
  url: "https://counts.example.com/shop",
  variable: "COUNTS_TOKEN",
  words:
    "URL of an endpoint of your own that counts requests of both versions, see docs/counts.md. Plain http needs no permission for loopback and cluster names.",
};

const [secondMs, minuteMs, hourMs] = [1000, 60_000, 3_600_000];

/** Whole seconds that minutes are made of, or whole minutes that hours are: what is looked back on is looked at minute by minute. */
const isSound = (ms: number): boolean =>
  ms >= secondMs && (minuteMs % ms === 0 || (hourMs % ms === 0 && ms % minuteMs === 0)) && ms % secondMs === 0;

const interval: Shape<number> = {
  schema: duration.schema,
  read(found, tell) {
    const ms = duration.read(found, tell);
    if (ms === broken || isSound(ms)) return ms;
    tell(found.at, `${subject(found.at)} divides neither a minute nor an hour. Write 5s, 10s, 15s, 30s, 1m or 5m.`);
    return broken;
  },
};

const block = mapping({
  ...httpFields(spoken),
  interval: said(interval, "How long each interval is that the endpoint counts, as 15s, 1m or 5m.", "1m"),
  lag: said(duration, "How long after its end an interval is final.", "60s"),
});
export type CountsBlock = ReadOf<typeof block>;

/** The block of the plan file, or its URL alone. */
export const countsBlock: Shape<CountsBlock> = urlOr(spoken, block);
