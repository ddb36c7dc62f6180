import { pageAssets } from "../../../scripts/page-assets.ts";

/**
 * The page's script and styles. From the sources they are made when they are first asked for; the bundle holds them as two
 * texts in the place of this file.
 */
export const { script, styles, version } = await pageAssets();
