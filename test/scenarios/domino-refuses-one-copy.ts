import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'a domino pair whose link is cut under load refuses writes, and reads go on; when the link is back it takes writes again',
  rig: 'tiny-modes',
  run(sim) {
    begin(sim);
    sim.expect(sim.write('A:domino0', 0).status === RESULT.OK, 'in PAIR writes have good status');
    sim.load_us(30_000, { readsOf16: 4 });
    sim.wait_us(4_000);
    sim.world.cutLink();
    sim.until(
      'the cut is noticed',
      () => sim.pair('A:domino0').state === 'PSUE' && sim.pair('B:held0').state === 'PSUE',
    );
    sim.wait_us(40_000);
    for (const name of ['A:domino0', 'B:held0']) {
      const { status } = sim.write(name, 1, 2);
      sim.expect(status === RESULT.DOMINO_HELD, `${name} hears that the other side cannot have it (status ${status})`);
      sim.expect(sim.read(name, 0, 2).status === RESULT.OK, `${name} is readable`);
    }
    sim.world.mendLink();
    sim.paired();
    for (const name of ['A:domino0', 'B:held0'])
      sim.expect(sim.write(name, 1, 2).status === RESULT.OK, `${name} takes writes again`);
    sim.expect(sim.operator('A:domino0', 'SUSPEND').result === RESULT.OK, 'it can be suspended');
    sim.expect(sim.write('A:domino0', 0).status === RESULT.DOMINO_HELD, 'suspended, it refuses writes');
    sim.expect(sim.operator('A:domino0', 'RESUME').result === RESULT.OK, 'and resumed');
    finish(sim);
  },
});
