/** The commit of a tag whose signature GitHub verifies, or why it is not one. GitHub knows the keys; this repository keeps none. */
export type Signed = { readonly commit: string } | { readonly problem: string };

type Question = { readonly api: string; readonly repository: string; readonly tag: string; readonly token: string };
type Ref = { readonly object: { readonly type: string; readonly sha: string } };
type TagObject = Ref & { readonly verification: { readonly verified: boolean; readonly reason: string } };

export async function signedTag({ api, repository, tag, token }: Question): Promise<Signed> {
  const headers = { accept: "application/vnd.github+json", authorization: `Bearer ${token}` };
  const ask = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`${api}/repos/${repository}/git/${path}`, { headers });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return (await answer.json()) as T;
  };
  try {
    const ref = (await ask<Ref>(`ref/tags/${tag}`)).object;
    if (ref.type !== "tag")
      return { problem: `${tag} is not annotated, so it has no signature. Make it with \`git tag --sign ${tag}\`.` };
    const { object, verification } = await ask<TagObject>(`tags/${ref.sha}`);
    if (verification.verified) return { commit: object.sha };
    return {
      problem: `GitHub does not verify the signature of ${tag} (${verification.reason}). Sign with a key that your account on GitHub has.`,
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { problem: `GitHub did not say whether ${tag} is signed (${why}). Run the job again.` };
  }
}
