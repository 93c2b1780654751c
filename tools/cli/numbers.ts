/** Errors: RangeError that names the option and what is wanted. */
export function whole(text: string, option: string, least: number): number {
  const n = Number(text);
  // Number('') is 0: a variable of a shell that is not set.
  if (text.trim() === '' || !Number.isSafeInteger(n) || n < least)
    throw new RangeError(`${option} is "${text}"; a whole number from ${least} is wanted`);
  return n;
}
