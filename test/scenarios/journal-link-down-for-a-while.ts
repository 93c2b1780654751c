import { FLAG, RESULT } from '../../firmware/memory/constants.js';
import { numbersOf } from '../../firmware/runtime/simulated/journal-tables.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'journal group: the link is down for a while: hosts go on, nothing is marked, PAIR stays; then the target reads what it lacks',
  rig: 'tiny-journal',
  run(sim) {
    begin(sim);
    sim.world.cutLink();
    for (let i = 0; i < 6; i++) {
      const name = i % 2 === 0 ? 'A:data0' : 'A:data1';
      sim.expect(sim.write(name, i * 3, 2).status === RESULT.OK, `write ${i} gets its status without the link`);
    }
    const [a] = sim.world.arrays;
    const written = a ? numbersOf(a, 0) : undefined;
    sim.expect((written?.last ?? 0) - (written?.freed ?? 0) >= 6, 'each write is an entry of the journal');
    for (const name of ['A:data0', 'A:data1']) {
      for (let track = 0; track < 8; track++)
        sim.expect((sim.flags(name, track) & FLAG.M2_INV) === 0, `track ${track} of ${name} is not marked`);
      sim.expect(sim.pair(name).state === 'PAIR', `${name} stays in PAIR`);
    }
    sim.world.mendLink();
    const now = (): number => (a ? numbersOf(a, 0).freed : 0);
    sim.until('the target has restored all that was written', () => now() === written?.last);
    finish(sim);
  },
});
