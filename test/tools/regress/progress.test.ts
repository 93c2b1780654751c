import { describe, expect, it } from 'vitest';
import { duration, Progress, progressLine } from '../../../tools/regress/progress.js';

/** A stream that keeps what it was told, under a clock that is set by hand. */
function setUp(isTTY: boolean, columns = 100) {
  const texts: string[] = [];
  const at = { now_ms: 0 };
  const stream = { isTTY, columns, write: (text: string) => texts.push(text) };
  return { texts, at, progress: new Progress(stream, () => at.now_ms, 40, 10, 1) };
}

describe('progress', () => {
  it('says how many were made, how fast, and how long it takes', () => {
    const moment = { done: 20, failed: 2, total: 40, made: 10, took_ms: 2000 };
    expect(progressLine(moment, 0)).toBe('20 of 40 runs, 2 failed, 5.0 runs/s, 4 s left');
    expect(progressLine({ ...moment, done: 21 }, 10)).toMatch(/^█████▎ {6}21 of 40/);
    expect(progressLine({ ...moment, done: 40 }, 0)).toBe('40 of 40 runs, 2 failed, 5.0 runs/s');
  });

  it('is renewed in place on a terminal, no more often than eyes see', () => {
    const { texts, at, progress } = setUp(true);
    for (let i = 0; i < 30; i++) {
      at.now_ms += 20;
      progress.ran(false);
    }
    expect(texts).toHaveLength(6);
    for (const text of texts) expect(text).toMatch(/^\r[^\n]*$/);
    progress.end();
    expect(texts.at(-1)).toMatch(/40 of 40 runs, 1 failed, .*\n$/);
  });

  it('never takes more than a line of a narrow terminal', () => {
    const { texts, progress } = setUp(true, 20);
    progress.end();
    expect(texts.join('').replaceAll('\x1b[K', '').trim().length).toBeLessThan(20);
  });

  it('is a line now and then elsewhere', () => {
    const { texts, at, progress } = setUp(false);
    for (let i = 0; i < 30; i++) {
      at.now_ms += 1000;
      progress.ran(true);
    }
    expect(texts).toHaveLength(3);
    for (const text of texts) expect(text).toMatch(/^\d+ of 40 runs, .* runs\/s.*\n$/);
  });

  it.each([
    [12.4, '12 s'],
    [200, '3 min 20 s'],
    [7500, '2 h 5 min'],
  ])('%d seconds are %s', (seconds, text) => expect(duration(seconds)).toBe(text));
});
