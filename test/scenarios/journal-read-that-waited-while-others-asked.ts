import type { ArrayMachine } from '../../firmware/runtime/machine/array.js';
import { numbersOf } from '../../firmware/runtime/simulated/journal-tables.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

const ROUNDS = 12;
const BURST_US = 2_000;
const PAUSE_US = 30_000;

export default scenario({
  help: 'journal group: a read that waited while another asked for more than there is does not ask for what comes after that, and the group stays in PAIR, in one session',
  rig: 'tiny-journal-images',
  misfit: () => 'its journals may be so small that they fill',
  run(sim) {
    begin(sim);
    const { chance } = sim.world;
    const [a, b] = sim.world.arrays as [ArrayMachine, ArrayMachine];
    const { epoch } = sim.pair('A:data0');
    for (let round = 0; round < ROUNDS && sim.violations.length === 0; round++) {
      sim.load_us(BURST_US, { readsOf16: 0, only: 0, sectorsMost: 2 });
      sim.wait_us(BURST_US + chance.below(PAUSE_US));
      const isAsleep = (): boolean => b.get('journaling', 'asked', 0) === numbersOf(b, 0).last;
      sim.until('B has all, and its read waits', () => isAsleep() && numbersOf(a, 0).last === numbersOf(b, 0).last);
      // As the other read leaves it that has just gone: it asks for so many at once, whether there are as many or not.
      b.set('journaling', 'asked', 0, numbersOf(b, 0).last + 1 + chance.below(8));
      sim.wait_us(PAUSE_US);
      const { state, epoch: now } = sim.pair('A:data0');
      sim.expect(state === 'PAIR' && now === epoch, `the pair stays in PAIR, epoch ${epoch} (${state}, epoch ${now})`);
    }
    finish(sim);
  },
});
