import { FLAG, RESULT } from '../../firmware/memory/constants.js';
import type { ArrayMachine } from '../../firmware/runtime/machine/array.js';
import { numbersOf } from '../../firmware/runtime/simulated/journal-tables.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

/** So long an entry needs at most to be read and restored where nothing holds it up. */
const PLENTY_US = 40_000;

export default scenario({
  help: 'journal group: a copy of a track comes while B has not restored an older entry of it: the newer bytes stay',
  rig: 'tiny-journal',
  usualCaches: true,
  run(sim) {
    begin(sim);
    sim.rest();
    const b = sim.world.arrays[1] as ArrayMachine;
    const { tracks = 0 } = sim.rig.arrays[0]?.volumes[0] ?? {};
    const restorers = b.config.journals?.[0]?.restorers ?? 0;
    const perTrack = b.config.dims.sectorsPerTrack;
    const put = (name: string, track: number): void => {
      sim.expect(sim.write(name, track * perTrack).status === RESULT.OK, `${name} track ${track} is written`);
      sim.wait_us(PLENTY_US);
    };
    const lags = (): number => numbersOf(b, 0).last - numbersOf(b, 0).restored;
    // B's drives stand still: nothing is destaged, and when its slots are used up restorers wait for one.
    sim.world.hang(1, ['drivePort'], true);
    let track = 0;
    for (; lags() === 0 && track < tracks; track++) put('A:data0', track);
    sim.expect(lags() > 0, 'no slot is left at B');
    // Each restorer waits with a track of its own; the last track that was restored is in a slot.
    for (let other = 0; other + 1 < restorers; other++) put('A:data1', other);
    const last = track - 2;
    put('A:data0', last);
    sim.expect(lags() > restorers, `an entry has come to B that no restorer took (${lags()})`);
    sim.expect(sim.operator('A:data0', 'SUSPEND').result === RESULT.OK, 'the group is suspended');
    const { id } = sim.write('A:data0', last * perTrack);
    sim.expect(sim.operator('A:data0', 'RESUME').result === RESULT.OK, 'and resumed');
    sim.until('a copy of the track is at B', () => (sim.flags('A:data0', last) & FLAG.M2_INV) === 0);
    sim.expect(lags() > restorers, 'before the older entry is restored');
    sim.world.hang(1, ['drivePort'], false);
    sim.paired();
    finish(sim);
    sim.expect(sim.read('A:data0', last * perTrack).values[0] === id, 'the newer bytes are there');
  },
});
