import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'the link goes in the middle of a format change: what each side has changed by then is not changed again, and the rest is pending until it returns',
  rig: 'tiny-formats',
  run(sim) {
    begin(sim);
    sim.load_us(40_000, { readsOf16: 4 });
    sim.wait_us(8_000);
    const count = (array: number, field: string): number => sim.world.arrays[array]?.get('volume', field, 0) ?? 0;
    sim.format('A:data0', 8);
    sim.wait_us(sim.world.chance.below(4_000));
    sim.world.cutLink();
    sim.until('A has changed its own', () => count(0, 'm1_fp') === 0);
    sim.wait_us(20_000);
    const changed = count(1, 'fba_4096');
    const told = changed > 0 || count(1, 'm1_fp') > 0;
    sim.expect(count(1, 'm1_fp') === 0, 'what B was told of it has changed');
    sim.expect(count(0, 'm2_fp') > 0 || changed === 6, 'A knows what B may still have to change');
    sim.expect(sim.pair('A:data0').state === 'PSUE', 'the pair is suspended');
    sim.world.mendLink();
    sim.until('B has changed all', () => count(1, 'fba_4096') === 6);
    sim.paired();
    sim.expect(!told || changed === 6, 'B was told of all tracks or of none');
    sim.rest();
    sim.expect(sim.write('A:data0', 1, 1).status === RESULT.UNALIGNED, 'A wants whole blocks');
    finish(sim);
  },
});
