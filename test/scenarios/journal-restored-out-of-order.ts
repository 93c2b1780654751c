import { RESULT } from '../../firmware/memory/constants.js';
import type { ArrayMachine } from '../../firmware/runtime/machine/array.js';
import { entriesBehind, numbersOf } from '../../firmware/runtime/simulated/journal-tables.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'journal group: an entry is restored before an older one and B loses power: what is behind the gap is restored again before any host reads there',
  rig: 'tiny-journal',
  run(sim) {
    begin(sim);
    const b = sim.world.arrays[1] as ArrayMachine;
    sim.load_us(400_000, { readsOf16: 2, only: 0, sectorsMost: 4 });
    const hasGap = (): boolean => {
      const entries = entriesBehind(b, 0, numbersOf(b, 0).restored);
      const oldest = Math.min(...entries.filter(({ done }) => !done).map(({ number }) => number));
      return entries.some(({ number, done }) => done && number > oldest);
    };
    sim.until('an entry is restored before an older one', hasGap);
    const { last } = numbersOf(b, 0);
    sim.crash('A');
    sim.crash('B');
    sim.powerOn('B');
    sim.expect(sim.read('B:data0', 0).status !== RESULT.OK, 'hosts read nothing at B before it takes over');
    sim.expect(numbersOf(b, 0).last === last, 'B has all entries that had come');
    sim.expect(sim.operator('B:data0', 'FAILOVER', true).result === RESULT.OK, 'B takes over with force');
    sim.expect(sim.read('B:data0', 0).status === RESULT.OK, 'and serves');
    finish(sim);
  },
});
