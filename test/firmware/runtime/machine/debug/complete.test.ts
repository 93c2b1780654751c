/** How words go on that a user began. */
import { expect, test } from 'vitest';
import { desk, writing } from './desk.js';

const { inspector } = desk();
const complete = (text: string): readonly string[] => inspector.answer('complete', { text });

test.each([
  ['print A:pair.st', ['A:pair.stale', 'A:pair.standby', 'A:pair.state']],
  ['pair.sta', ['pair.stale', 'pair.standby', 'pair.state']],
  ['pair.state[v', ['v0', 'v1', 'volume.']],
  ['M2 B-2:v', ['B-2:v0', 'B-2:v1', 'B-2:volume.']],
  ['x == PSU', ['PSUE', 'PSUS']],
  ['x == #PSU', ['#PSUE', '#PSUS']],
  ['break data/write.uc:mer', ['data/write.uc:merged']],
  ['break boo', ['boot', 'boot.uc']],
  ['on FAR_AP', ['FAR_APPLIED', 'FAR_APPLY']],
  ['time', ['time_ns', 'time_us']],
  ['nothing begins so zzz', []],
])('%s', (text, all) => {
  expect(complete(text)).toEqual(expect.arrayContaining(all));
  expect(complete(text).length).toBeLessThanOrEqual(Math.max(all.length * 4, 0));
});

test('registers are those of the scope in which the task stands', () => {
  const { inspector: own, task } = writing(3);
  expect(own.answer('complete', { text: 'epoc', task })).toContain('epoch');
  expect(own.answer('complete', { text: 'epoc' })).not.toContain('epoch');
});

test('no more come than can be read', () => {
  expect(complete('')).toHaveLength(200);
});
