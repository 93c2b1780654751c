import { RESULT } from '../../firmware/memory/constants.js';
import type { ArrayMachine } from '../../firmware/runtime/machine/array.js';
import { numbersOf } from '../../firmware/runtime/simulated/journal-tables.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'journal group: suspended and resumed under writes, so that copies of tracks race entries, older and newer ones: the newest bytes stay, and all of the group goes along',
  rig: 'tiny-journal',
  run(sim) {
    begin(sim);
    const { chance } = sim.world;
    const b = sim.world.arrays[1] as ArrayMachine;
    const waits = (): boolean => numbersOf(b, 0).last > numbersOf(b, 0).restored;
    sim.load_us(400_000, { readsOf16: 3, only: 0 });
    for (let i = 0; i < 4 && sim.violations.length === 0; i++) {
      sim.paired();
      sim.wait_us(chance.below(6_000));
      sim.until('entries have come to B that are not restored', waits);
      const name = chance.below(2) === 0 ? 'A:data0' : 'A:data1';
      sim.expect(sim.operator(name, 'SUSPEND').result === RESULT.OK, `${name} is suspended`);
      for (const one of ['A:data0', 'A:data1']) sim.expect(sim.pair(one).state === 'PSUS', `${one} is suspended`);
      sim.wait_us(chance.below(2) === 0 ? 0 : 1_000 + chance.below(4_000));
      sim.expect(sim.operator(name, 'RESUME').result === RESULT.OK, `${name} is resumed`);
      for (const one of ['A:data0', 'A:data1']) sim.expect(sim.pair(one).state !== 'PSUS', `${one} is resumed`);
    }
    sim.paired();
    finish(sim);
  },
});
