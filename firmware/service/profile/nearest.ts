/** Finds the name that was probably meant. */

/** Insertions, deletions and replacements that make one word of the other. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}

const LONGEST = 64;

/** The nearest of the names, a beginning of it being as near as can be; undefined when all are further than `most`. */
export function nearest(name: string, names: readonly string[], most: number): string | undefined {
  // No name is that long, and the search takes as much time as its length.
  if (name.length > LONGEST) return undefined;
  const [near] = names
    .map((known) => ({ known, far: known.startsWith(name) ? 0 : distance(name, known) }))
    .sort((a, b) => a.far - b.far);
  return near && near.far <= most ? near.known : undefined;
}
