/** Names by pattern: `*` stands for any characters, `?` for one, everything else for itself. */

function patternOf(glob: string): RegExp {
  const body = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^]*')
    .replaceAll('?', '[^]');
  return new RegExp(`^${body}$`);
}

export const isLike = (name: string, glob: string): boolean => patternOf(glob).test(name);

/** Names that one of the globs stands for, in the order of `names`. Errors: RangeError when a glob stands for none. */
export function chosenBy(globs: readonly string[], names: readonly string[], option: string): string[] {
  for (const glob of globs)
    if (!names.some((name) => isLike(name, glob)))
      throw new RangeError(`${option} ${glob}: there is none of that name; there are ${names.join(', ')}`);
  return names.filter((name) => globs.some((glob) => isLike(name, glob)));
}
