import { equalCells } from "./families/equal.ts";
import { harmCells } from "./families/harm.ts";
import { latencyCells } from "./families/latency.ts";
import { otherCells } from "./families/others.ts";
import type { Cell } from "./world.ts";

export const cells: readonly Cell[] = [...equalCells, ...harmCells, ...latencyCells, ...otherCells];
