/** The commit of a tag whose signature GitHub verifies, or why it is not one. GitHub knows the keys; this repository keeps none. */
export type Signed = { readonly commit: string } | { readonly problem: string };

type Question = { readonly api: string; readonly repository: string; readonly tag: string; readonly token: string };
type Ref = { readonly object: { readonly type: string; readonly sha: string } };
type TagObject = Ref & { readonly verification: { readonly verified: boolean; readonly reason: string } };

export async function signedTag({ api, repository, tag, token }: Question): Promise<Signed> {
  const ask = (path: string) =>
    fetch(`${api}/repos/${repository}/git/${path}`, {
      headers: { accept: "application/vnd.github+json", authorization: `Bearer ${token}` },
    });
  const silent = ({ status }: Response): Signed => ({
    problem: `GitHub did not say whether ${tag} is signed (HTTP ${status}). Run the job again.`,
  });
  const ref = await ask(`ref/tags/${tag}`);
  if (!ref.ok) return silent(ref);
  const { type, sha } = ((await ref.json()) as Ref).object;
  if (type !== "tag")
    return { problem: `${tag} is not annotated, so it has no signature. Make it with \`git tag --sign ${tag}\`.` };
  const annotated = await ask(`tags/${sha}`);
  if (!annotated.ok) return silent(annotated);
  const { object, verification } = (await annotated.json()) as TagObject;
  if (verification.verified) return { commit: object.sha };
  return {
    problem: `GitHub does not verify the signature of ${tag} (${verification.reason}). Sign with a key that your account on GitHub has.`,
  };
}
