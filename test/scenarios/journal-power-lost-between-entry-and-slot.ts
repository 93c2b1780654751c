import { COMMAND_OP } from '../../firmware/memory/constants.js';
import type { ArrayMachine } from '../../firmware/runtime/machine/array.js';
import { numbersOf } from '../../firmware/runtime/simulated/journal-tables.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

const ROUNDS = 12;
/** Micro-operations of an array for a write to a journal, and some more. */
const OPERATIONS = 120;

export default scenario({
  help: 'journal group: A loses power at any micro-operation of a write: B never gets an entry that A itself does not hold',
  rig: 'tiny-journal',
  run(sim) {
    begin(sim);
    const a = sim.world.arrays[0] as ArrayMachine;
    for (let round = 0; round < ROUNDS && sim.violations.length === 0; round++) {
      const lba = sim.world.chance.below(16);
      sim.rest();
      sim.start(0, COMMAND_OP.OP_WRITE, 'A:data0', lba, 1);
      sim.crash('A', 1 + sim.world.chance.below(OPERATIONS));
      sim.until('A has no power, or the write ended', () => !sim.world.powered(0) || !sim.world.hosts[0]?.busy(0));
      sim.crash('A');
      sim.powerOn('A');
      sim.paired();
      sim.until('B has restored all entries', () => numbersOf(a, 0).freed === numbersOf(a, 0).last);
      sim.rest();
      sim.checkAtRest();
      sim.read('A:data0', lba);
    }
    finish(sim);
  },
});
