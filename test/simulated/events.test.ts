/** The event queue, against a sorted list. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Events } from '../../firmware/runtime/simulated/events.js';

test('events of one kind are dropped, and the others come by time, those of one time as they were added', () => {
  const added = fc.array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 2 })), { maxLength: 60 });
  fc.assert(
    fc.property(added, added, (before, after) => {
      const events = new Events({ m: new Int32Array(Events.words(128)), at: 0 }, 128);
      const all = [...before, ...after].map(([time, kind], a) => ({ time, kind, a }));
      for (const { time, kind, a } of all.slice(0, before.length)) events.at(time, kind, a, 0, 0);
      events.drop(1);
      for (const { time, kind, a } of all.slice(before.length)) events.at(time, kind, a, 0, 0);
      const left = all.filter(({ kind, a }) => kind !== 1 || a >= before.length).sort((x, y) => x.time - y.time);
      const taken: number[] = [];
      while (events.size > 0) {
        events.take();
        taken.push(events.a);
      }
      expect(taken).toEqual(left.map(({ a }) => a));
    }),
  );
});
