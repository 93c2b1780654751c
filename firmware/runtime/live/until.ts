const LOOK_MS = 10;

/** Resolves when it holds, or when so long has passed. */
export async function until(most_ms: number, holds: () => Promise<boolean>): Promise<void> {
  const end_ms = performance.now() + most_ms;
  while (!(await holds()) && performance.now() < end_ms) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
