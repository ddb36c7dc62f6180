/** What CHANGELOG.md tells of one version: the text of the release, or why there is none. */
export type Told = { readonly notes: string } | { readonly problem: string };

export function notesOf(changelog: string, version: string): Told {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((text) => /^\[([^\]]+)\] - \d{4}-\d\d-\d\d\n/.exec(text)?.[1] === version);
  if (section === undefined) {
    const heading = `## [${version}] - YYYY-MM-DD`;
    return { problem: `CHANGELOG.md has no section \`${heading}\`. Move what is unreleased into it.` };
  }
  const notes = section.slice(section.indexOf("\n")).trim();
  if (notes === "")
    return { problem: `CHANGELOG.md says nothing of ${version}. Write what has changed for those who use Sluice.` };
  return { notes };
}
