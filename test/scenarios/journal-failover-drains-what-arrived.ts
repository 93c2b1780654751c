import { RESULT } from '../../firmware/memory/constants.js';
import type { ArrayMachine } from '../../firmware/runtime/machine/array.js';
import { numbersOf } from '../../firmware/runtime/simulated/journal-tables.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

const WRITES = 24;

export default scenario({
  help: 'journal group: A dies while entries have come to B that are not restored: the takeover restores each of them before hosts read, and B holds nothing else',
  rig: 'tiny-journal',
  run(sim) {
    begin(sim);
    sim.rest();
    const b = sim.world.arrays[1] as ArrayMachine;
    const first = numbersOf(b, 0).last;
    // One after the other, each to a sector of its own: entry `first` + n is write n.
    const place = (n: number): [string, number] => [n % 2 === 0 ? 'A:data0' : 'A:data1', Math.floor(n / 2)];
    const ids: number[] = [];
    for (let n = 0; n < WRITES; n++) {
      const { id, status } = sim.write(...place(n));
      sim.expect(status === RESULT.OK, `write ${n} gets its status`);
      ids.push(id);
      if (numbersOf(b, 0).last > numbersOf(b, 0).restored) break;
    }
    sim.until('entries wait to be restored at B', () => numbersOf(b, 0).last > numbersOf(b, 0).restored);
    sim.crash('A');
    const arrived = numbersOf(b, 0).last - first;
    sim.expect(sim.operator('B:data0', 'FAILOVER', true).result === RESULT.OK, 'B takes the group over with force');
    sim.expect(sim.pair('B:data1').role === 'SOURCE', 'all of the group');
    for (const [n, id] of ids.entries()) {
      const [name, lba] = place(n);
      const { status, values } = sim.read(sim.otherSide(name), lba);
      const wanted = n < arrived ? id : 0;
      sim.expect(
        status === RESULT.OK && values[0] === wanted,
        `write ${n} is ${n < arrived ? '' : 'not '}there, of ${arrived} that arrived (${values[0]})`,
      );
    }
    finish(sim);
    sim.expect(sim.pair('A:data1').role === 'TARGET', 'A, returned, is the target of B');
  },
});
