/** Who waits while a director makes a step. */
import { expect, it } from 'vitest';
import { KIND, ROLES } from '../../firmware/ports/messages.js';
import { EVENT, type Schedule } from '../../firmware/ports/schedule.js';
import { Directors } from '../../firmware/runtime/simulated/director-time.js';

const TIMES = { clock_mhz: 50, cycles_per_instruction: 10, command_us: 7 };
const CYCLE_NS = 200;

function directors() {
  const clock = { now: 0 };
  const events: { time: number; bits: number }[] = [];
  const schedule: Schedule = {
    now_ns: () => clock.now,
    at: (time, event, bits) => {
      expect(event).toBe(EVENT.DIRECTOR);
      events.push({ time, bits });
    },
  };
  const m = new Int32Array(Directors.words(2) + 5);
  return { clock, events, of: new Directors({ m, at: 5 }, [TIMES, undefined], schedule) };
}

it('a step takes its cycles, and a host command its own time besides', () => {
  const { events, of } = directors();
  of.occupy(0, 0b1, 30, KIND.WRITE);
  of.occupy(0, 0b10, 30, KIND.COMMAND);
  expect(events).toEqual([
    { time: 30 * CYCLE_NS, bits: 0b1 },
    { time: 30 * CYCLE_NS + 7000, bits: 0b10 },
  ]);
  expect(of.occupied).toBe(0b11);
});

it('a director goes on when the last step for which it waits is over', () => {
  const { clock, of } = directors();
  of.occupy(0, 0b01, 100, 0);
  of.occupy(0, 0b11, 40, 0);
  clock.now = 40 * CYCLE_NS;
  of.over(0b11);
  expect(of.occupied).toBe(0b01);
  clock.now = 100 * CYCLE_NS;
  of.over(0b01);
  expect(of.occupied).toBe(0);
});

it('what costs nothing keeps nobody waiting', () => {
  const { events, of } = directors();
  of.occupy(0, 0b1, 0, KIND.WRITE);
  of.occupy(1, 1 << ROLES.length, 1000, KIND.COMMAND);
  expect([events, of.occupied, of.isTimed(0), of.isTimed(1)]).toEqual([[], 0, true, false]);
});

it('an array without power waits for nothing, and the other one goes on waiting', () => {
  const schedule: Schedule = { now_ns: () => 0, at: () => {} };
  const of = new Directors({ m: new Int32Array(Directors.words(2)), at: 0 }, [TIMES, TIMES], schedule);
  of.occupy(0, 0b1, 10, 0);
  of.occupy(1, 1 << ROLES.length, 10, 0);
  of.losePower(0);
  expect(of.occupied).toBe(1 << ROLES.length);
});
