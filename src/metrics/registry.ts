/** Every metric source that a plan may name, by its key there: a folder beside this file, and a line here. */

export { counts } from "./counts/index.ts";
export { prometheus } from "./prometheus/index.ts";
