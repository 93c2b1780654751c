/** Errors: RangeError that names the option and what is wanted. */
export function whole(text: string, option: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const n = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(n >= least && n <= most)) {
    const to = most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`;
    throw new RangeError(`${option} is "${text}"; a whole number from ${least}${to} is wanted`);
  }
  return n;
}
