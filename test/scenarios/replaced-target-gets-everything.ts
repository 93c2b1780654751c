import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'B is replaced by an empty array: nothing is believed to be there, all tracks are owed, and both are equal in the end',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    sim.load_us(10_000, { readsOf16: 4 });
    sim.wait_us(12_000);
    sim.rest();
    const tracks = sim.rig.arrays[0]?.volumes[0]?.tracks ?? 0;
    const owed = (): number => sim.world.arrays[0]?.get('volume', 'm2_inv', 0) ?? 0;
    sim.expect(owed() === 0 && sim.pair('A:data0').state === 'PAIR', 'nothing is owed before');
    sim.replace('B');
    sim.powerOn('B');
    sim.until('A has noticed', () => owed() > 0);
    sim.expect(owed() === tracks, `all ${tracks} tracks are owed (${owed()} are)`);
    sim.expect(sim.pair('A:data0').state === 'COPY', 'A left PAIR');
    sim.expect(sim.write('A:data0', 0, 3).status === RESULT.OK, 'hosts of A go on');
    // What B served is with A alone.
    sim.expect(sim.operator('A:work0', 'FAILOVER', true).result === RESULT.OK, 'A takes over what B served');
    finish(sim);
    sim.expect(sim.pair('B:data0').state === 'PAIR', 'B is in PAIR again');
  },
});
