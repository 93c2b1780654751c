/** Module hook: `vitest` is the collector beside this file. */
interface Resolved {
  readonly url: string;
  readonly shortCircuit?: boolean;
}

export function resolve(
  specifier: string,
  context: unknown,
  next: (specifier: string, context: unknown) => Promise<Resolved>,
): Resolved | Promise<Resolved> {
  if (specifier !== 'vitest') return next(specifier, context);
  return { url: new URL('./vitest.js', import.meta.url).href, shortCircuit: true };
}
