/** The table of requests of a simulated wire's end. */
import { expect, test } from 'vitest';
import { Requests } from '../../../../adapters/link/model/requests.js';

const CAPACITY = 512;
const AT = 3;
const memory = (): Int32Array => new Int32Array(AT + Requests.words + 1);

test('an answer finds the token and the wire of its own request, once', () => {
  const requests = new Requests(memory(), AT);
  const first = requests.begin(8196, 1);
  const second = requests.begin(8196, 2);
  expect(second).not.toBe(first);
  expect(requests.end(second)).toBe(true);
  expect([requests.token, requests.wire]).toEqual([8196, 2]);
  expect(requests.end(second)).toBe(false);
  expect(requests.end(first)).toBe(true);
  expect([requests.token, requests.wire]).toEqual([8196, 1]);
  expect(requests.unanswered).toBe(0);
});

test('no token comes back when its place does, nor when power was lost in between', () => {
  const requests = new Requests(memory(), AT);
  const given = new Set<number>();
  for (let i = 0; i < 5 * CAPACITY; i++) {
    const self = requests.begin(7, 1);
    expect(given.has(self)).toBe(false);
    given.add(self);
    if (i % 3 === 0) requests.forget();
    else expect(requests.end(self)).toBe(true);
  }
  expect(requests.unanswered).toBe(0);
});

test('a full table refuses one more, and takes one again for each that was answered', () => {
  const m = memory();
  const requests = new Requests(m, AT);
  const asked = Array.from({ length: CAPACITY }, (_, i) => requests.begin(i + 1, 1));
  expect(() => requests.begin(9999, 1)).toThrow(/more than 512 requests/);
  expect(requests.end(asked[100] as number)).toBe(true);
  expect(requests.token).toBe(101);
  expect(requests.end(requests.begin(9999, 1))).toBe(true);
  expect(requests.token).toBe(9999);
  expect(m.at(-1)).toBe(0);
});

test('tokens that were never given are no requests', () => {
  const requests = new Requests(memory(), AT);
  requests.begin(5, 1);
  for (const self of [0, 1, -1, 1023, 1024, CAPACITY + 1, 0x7fffffff]) expect(requests.end(self)).toBe(false);
  expect(requests.unanswered).toBe(1);
});
