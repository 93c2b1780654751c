import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'B loses its battery under load: its drives say which cylinders A must bring once more, and hosts read nothing of B until then',
  rig: 'tiny-lists',
  run(sim) {
    begin(sim);
    sim.load_us(20_000, { readsOf16: 4, only: 0 });
    sim.wait_us(6_000 + sim.world.chance.below(10_000));
    sim.loseBattery('B');
    sim.wait_us(5_000);
    sim.world.cutLink();
    sim.powerOn('B');
    sim.expect(sim.read('B:data0', 0).status === RESULT.NOT_READY, 'B does not pass what may be old for data');
    const { array, volume } = sim.volume('B:data0');
    const owed = sim.world.arrays[array]?.get('volume', 'm2_inv', volume) ?? 0;
    const { tracks = 0 } = sim.rig.arrays[array]?.volumes[volume] ?? {};
    sim.expect(owed < tracks, `not all of data0 is distrusted (${owed} of ${tracks} tracks)`);
    sim.wait_us(20_000);
    sim.world.mendLink();
    sim.rest();
    sim.expect(sim.read('B:data0', 0).status === RESULT.OK, 'B has everything again, by itself');
    sim.expect(sim.operator('B:data0', 'FAILOVER').result === RESULT.OK, 'and may take over without force');
    for (const name of ['A:held0', 'A:data0']) {
      if (sim.pair(name).role === 'SOURCE') continue;
      sim.expect(sim.operator(name, 'FAILOVER', true).result === RESULT.OK, `an operator lets A serve ${name}`);
      sim.rest();
    }
    finish(sim);
  },
});
