/** Edits that turn one text into the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const [diagonal = 0, above = 0] = row.slice(j, j + 2);
      const left = next[j] ?? 0;
      next.push(Math.min(diagonal + (letter === other ? 0 : 1), above + 1, left + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The known name that was probably meant; undefined if none is near. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const wanted = name.slice(0, 80).toLowerCase();
  // What all names begin with says nothing about how near two are.
  const allowed = (text: string) => Math.max(2, text.replace(/^FIELDSEAL_/, "").length / 3);
  const [best] = [...known]
    .map((candidate) => ({ candidate, edits: distance(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= allowed(candidate))
    .sort((a, b) => a.edits - b.edits);
  return best?.candidate;
}
