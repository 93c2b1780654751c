import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'A loses its battery in PAIR: it serves nothing that may be old, B takes over without force with all that was acknowledged, and A gets its hot cylinders only',
  rig: 'tiny-lists',
  run(sim) {
    begin(sim);
    sim.load_us(16_000, { readsOf16: 4, only: 0 });
    sim.wait_us(30_000);
    const { status } = sim.write('A:data0', 0, 2);
    sim.expect(status === RESULT.OK, 'a write is acknowledged in PAIR');
    sim.loseBattery('A');
    sim.wait_us(sim.world.chance.below(10_000));
    sim.powerOn('A');
    sim.rest();
    sim.expect(sim.read('A:data0', 0).status === RESULT.NOT_READY, 'A does not pass what may be old for data');
    sim.expect(sim.operator('A:data0', 'FAILOVER').result === RESULT.FOREIGN, 'A waits for a word');
    // The oracle compares here.
    sim.expect(sim.operator('B:data0', 'FAILOVER').result === RESULT.OK, 'A says that B has everything');
    let sent = 0;
    const { array, volume } = sim.volume('B:data0');
    sim.until('both are the same again', () => {
      sent = Math.max(sent, sim.world.arrays[array]?.get('volume', 'm2_inv', volume) ?? 0);
      return sim.pair('B:data0').state === 'PAIR';
    });
    const { tracks = 0 } = sim.rig.arrays[array]?.volumes[volume] ?? {};
    sim.expect(sent > 0 && sent < tracks, `some of the tracks are owed to A, not all (${sent} of ${tracks})`);
    for (const name of ['B:later0', 'B:work0'])
      sim.expect(sim.operator(name, 'FAILOVER', true).result === RESULT.OK, `an operator lets B serve ${name}`);
    finish(sim);
  },
});
