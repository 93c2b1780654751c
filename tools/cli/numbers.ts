/** Errors: RangeError that names the option and what is wanted. */
export function whole(text: string, option: string, least: number): number {
  const n = Number(text);
  if (!Number.isSafeInteger(n) || n < least)
    throw new RangeError(`${option} is "${text}"; a whole number from ${least} is wanted`);
  return n;
}
