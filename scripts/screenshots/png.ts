import { crc32, deflateSync, inflateSync } from "node:zlib";

/** Pictures of pages have few colours: with a palette they take a third of the bytes, and look the same. */

type Picture = { readonly width: number; readonly height: number; readonly channels: number; readonly pixels: Buffer };

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Of 8-bit RGB and RGBA, which is all that a browser makes. */
function read(png: Buffer): Picture {
  const parts: Buffer[] = [];
  let [width, height, channels] = [0, 0, 3];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const type = png.toString("latin1", at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + length);
    if (type === "IHDR")
      [width, height, channels] = [body.readUInt32BE(0), body.readUInt32BE(4), body[9] === 6 ? 4 : 3];
    if (type === "IDAT") parts.push(body);
    at += length + 12;
  }
  return { width, height, channels, pixels: unfiltered(inflateSync(Buffer.concat(parts)), width, height, channels) };
}

function unfiltered(raw: Buffer, width: number, height: number, channels: number): Buffer {
  const row = width * channels;
  const pixels = Buffer.alloc(row * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (row + 1)];
    for (let x = 0; x < row; x += 1) {
      const left = x >= channels ? (pixels[y * row + x - channels] ?? 0) : 0;
      const up = y > 0 ? (pixels[(y - 1) * row + x] ?? 0) : 0;
      const corner = x >= channels && y > 0 ? (pixels[(y - 1) * row + x - channels] ?? 0) : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter ?? 0] ?? 0;
      pixels[y * row + x] = ((raw[y * (row + 1) + 1 + x] ?? 0) + guess) & 0xff;
    }
  }
  return pixels;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

const chunk = (type: string, body: Buffer): Buffer => {
  const named = Buffer.concat([Buffer.from(type, "latin1"), body]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
};

/** The same picture in few colours: the most frequent ones as they are, every other as the nearest of them. */
export function small(png: Buffer): Buffer {
  const { width, height, channels, pixels } = read(png);
  const colourAt = (i: number) => ((pixels[i] ?? 0) << 16) | ((pixels[i + 1] ?? 0) << 8) | (pixels[i + 2] ?? 0);
  const counts = new Map<number, number>();
  for (let i = 0; i < pixels.length; i += channels) counts.set(colourAt(i), (counts.get(colourAt(i)) ?? 0) + 1);
  const palette = paletteOf([...counts].toSorted((a, b) => b[1] - a[1]).map(([colour]) => colour));
  const place = new Map(palette.map((colour, i) => [colour, i]));
  const rows = Buffer.alloc((width + 1) * height);
  for (let i = 0, p = 0; i < pixels.length; i += channels, p += 1) {
    const colour = colourAt(i);
    const known = place.get(colour) ?? nearest(palette, colour);
    place.set(colour, known);
    rows[Math.floor(p / width) * (width + 1) + 1 + (p % width)] = known;
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 0xff, colour & 0xff]));
  return Buffer.concat([
    signature,
    chunk("IHDR", head),
    chunk("PLTE", colours),
    chunk("IDAT", deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** No two of them so alike that nobody would see it: so there is room for the few dots of a colour that tells something. */
function paletteOf(colours: readonly number[]): readonly number[] {
  const chosen: number[] = [];
  for (const colour of colours.slice(0, 4000)) {
    if (chosen.length === 128) break;
    if (chosen.every((one) => distance(one, colour) > 200)) chosen.push(colour);
  }
  return chosen;
}

function distance(one: number, other: number): number {
  const part = (shift: number) => ((one >> shift) & 0xff) - ((other >> shift) & 0xff);
  return part(16) ** 2 + part(8) ** 2 + part(0) ** 2;
}

function nearest(palette: readonly number[], colour: number): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (const [i, one] of palette.entries()) {
    const far = distance(one, colour);
    if (far < least) [best, least] = [i, far];
  }
  return best;
}
