/** Room that is given back at known times, against a list. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Room } from '../../../firmware/memory/room.js';

const MOST = 100;
const CAPACITY = 4;

it('is waited for until what is taken lets it be, whatever is taken and when', () => {
  const takes = fc.array(
    fc.record({
      gap: fc.nat(50),
      amount: fc.oneof(fc.integer({ min: 1, max: 130 }), fc.integer({ min: 1, max: 9 })),
      holds: fc.nat(200),
    }),
    {
      maxLength: 60,
    },
  );
  fc.assert(
    fc.property(takes, (list) => {
      const m = new Int32Array(Room.words(CAPACITY) + 2);
      const held: { back: number; amount: number }[] = [];
      let now = 0;
      let last = 0;
      for (const { gap, amount, holds } of list) {
        now += gap;
        // Attached anew each time: all is in memory.
        const got = new Room(m, 2, CAPACITY).wait_ns(now, amount, MOST);
        const fits = (time: number): boolean => {
          const open = held.filter(({ back }) => back > time);
          const taken = open.reduce((sum, h) => sum + h.amount, 0);
          return open.length === 0 || (taken + amount <= MOST && open.length < CAPACITY);
        };
        const moments = [now, ...held.map(({ back }) => back).filter((back) => back > now)].sort((a, b) => a - b);
        expect(got).toBe(moments.find(fits));
        now = got;
        last = Math.max(last, got + holds);
        new Room(m, 2, CAPACITY).take(last, amount);
        held.push({ back: last, amount });
      }
    }),
  );
});

it('is all there once it is forgotten', () => {
  const room = new Room(new Int32Array(Room.words(CAPACITY)), 0, CAPACITY);
  room.take(1e12, MOST);
  expect(room.wait_ns(5, 1, MOST)).toBe(1e12);
  room.take(2e12, MOST);
  room.forget();
  expect(room.wait_ns(5, 1, MOST)).toBe(5);
});
