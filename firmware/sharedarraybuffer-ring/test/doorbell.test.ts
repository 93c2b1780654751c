import { describe, expect, it } from 'vitest';
import { DOORBELL_WORDS, Doorbell } from '../dist/index.js';
import type { RoundsJob } from './rounds.worker.js';
import { runWorker } from './run-worker.js';

const PARKED = 16;

function silentBell(): { words: Int32Array; bell: Doorbell } {
  const words = new Int32Array(new SharedArrayBuffer(DOORBELL_WORDS * 4));
  return { words, bell: new Doorbell(words, 0) };
}

/** Holds Node awake while a promise of parkAsync is awaited, which by itself does not. */
async function awake<T>(promise: Promise<T> | T): Promise<T> {
  const timer = setInterval(() => {}, 1000);
  try {
    return await promise;
  } finally {
    clearInterval(timer);
  }
}

describe('Doorbell', () => {
  it('collects the bits that were rung and hands them over once', () => {
    const { bell } = silentBell();
    expect(bell.take()).toBe(0);
    for (const bit of [0, 5, 5, 31]) expect(bell.ring(bit)).toBe(false);
    expect(bell.take()).toBe((1 << 31) | (1 << 5) | 1);
    expect(bell.take()).toBe(0);
  });

  it('rings through another object over the same memory, beside its neighbours', () => {
    const words = new Int32Array(new SharedArrayBuffer(2 * DOORBELL_WORDS * 4));
    new Doorbell(words, DOORBELL_WORDS).ring(7);
    expect([new Doorbell(words, 0).take(), new Doorbell(words, DOORBELL_WORDS).take()]).toEqual([0, 128]);
  });

  it('does not sleep, nor take the bits, when it was rung before parking', async () => {
    const { words, bell } = silentBell();
    bell.ring(2);
    expect(bell.park()).toBe(true);
    expect(bell.parkAsync()).toBe(true);
    expect(words[PARKED]).toBe(0);
    expect(bell.take()).toBe(4);
  });

  it('gives up after the time-out, and nobody is thought asleep then', async () => {
    const { words, bell } = silentBell();
    expect(bell.park(0)).toBe(false);
    expect(bell.park(2)).toBe(false);
    expect(await awake(bell.parkAsync(0))).toBe(false);
    expect(await awake(bell.parkAsync(2))).toBe(false);
    expect(words[PARKED]).toBe(0);
    expect(bell.ring(0)).toBe(false);
  });

  it('wakes an owner that waits with parkAsync, once', async () => {
    const { bell } = silentBell();
    const rung = bell.parkAsync();
    expect([bell.ring(1), bell.ring(9)]).toEqual([true, false]);
    expect(await awake(rung)).toBe(true);
    expect(bell.take()).toBe((1 << 1) | (1 << 9));
  });

  it('sleeps on when the bits that woke it were taken meanwhile', async () => {
    const { bell } = silentBell();
    const rung = bell.parkAsync();
    bell.ring(1);
    bell.take();
    const first = await awake(Promise.race([rung, new Promise((done) => setTimeout(done, 20, 'asleep'))]));
    expect(first).toBe('asleep');
    expect(bell.ring(4)).toBe(true);
    expect(await awake(rung)).toBe(true);
    expect(bell.take()).toBe(16);
  });

  it('still wakes the present sleeper after a forgotten one timed out', async () => {
    const { words, bell } = silentBell();
    const forgotten = bell.parkAsync(5);
    const present = new Doorbell(words, 0).parkAsync();
    expect(await awake(forgotten)).toBe(false);
    expect(bell.ring(0)).toBe(true);
    expect(await awake(present)).toBe(true);
  });

  it('refuses bits and bases that cannot be, naming the value and what would be right', () => {
    const { words, bell } = silentBell();
    for (const bit of [32, -1, 0.5]) expect(() => bell.ring(bit)).toThrow(`doorbell bit is ${bit}: must be 0 to 31`);
    expect(() => new Doorbell(words, 1)).toThrow('doorbell base is 1: its 32 words must lie within 0..32');
    expect(bell.take()).toBe(0);
  });

  it.each([
    { how: 'park', rounds: 100_000 },
    { how: 'parkAsync', rounds: 20_000 },
  ] as const)(
    'loses no wake-up between two threads that wait with $how',
    { timeout: 120_000 },
    async ({ how, rounds }) => {
      const bells = new Int32Array(new SharedArrayBuffer(2 * DOORBELL_WORDS * 4));
      const run = (player: 0 | 1) => {
        const data: RoundsJob = { bells, player, rounds, how };
        return runWorker<number>('./rounds.worker.js', data);
      };
      expect(await Promise.all([run(0), run(1)])).toEqual([rounds, rounds]);
    },
  );
});
