import { PAIR_ROLE } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'power is lost at any micro-operation of DELETE: the array comes back with a pair, or with a simplex volume that owes nothing',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    sim.operator('A:data0', 'SUSPEND');
    sim.write('A:data0', 0, 4);
    sim.rest();
    const volume = sim.volume('A:data0');
    sim.crash('A', 40 + sim.world.chance.below(30));
    sim.tell(volume.array, 'DELETE', volume.volume);
    sim.rest();
    sim.crash('A');
    sim.powerOn('A');
    sim.rest();
    const deleted = sim.pair('A:data0').state === 'SMPL';
    const a = sim.world.arrays[0];
    if (deleted) {
      sim.expect(a?.get('volume', 'm2_inv', volume.volume) === 0, 'a simplex volume owes nothing');
      sim.expect(a?.get('pair', 'role', volume.volume) === PAIR_ROLE.NO_ROLE, 'a simplex volume has no role');
    } else {
      sim.expect(sim.operator('A:data0', 'DELETE').result === 0, 'DELETE can be given again');
    }
    finish(sim);
  },
});
