/** A word as YAML reads it back: what could be taken for a number or a truth value is quoted. */
export function yamlWord(word: string): string {
  const plain = /^[A-Za-z][A-Za-z0-9._-]*$/.test(word) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(word);
  return plain ? word : JSON.stringify(word);
}
