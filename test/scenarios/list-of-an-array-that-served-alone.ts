import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'A loses its battery after it served with one copy: its drive says that B lacks writes, so B asks for force; whoever is told to serve, both end the same',
  rig: 'tiny-lists',
  run(sim) {
    begin(sim);
    const { chance } = sim.world;
    const again = chance.below(2) === 0 ? 'A' : 'B';
    sim.load_us(20_000, { readsOf16: 4, only: 0 });
    sim.wait_us(4_000 + chance.below(4_000));
    sim.world.cutLink();
    sim.until('the cut is noticed', () => sim.pair('A:data0').state === 'PSUE');
    sim.wait_us(30_000);
    sim.expect(sim.write('A:data0', 0, 2).status === RESULT.OK, 'A goes on with one copy');
    sim.loseBattery('A');
    sim.wait_us(chance.below(4_000));
    sim.world.mendLink();
    sim.powerOn('A');
    sim.rest();
    sim.expect(sim.pair('A:data0').state !== 'PAIR', "A's drive does not say PAIR");
    const asked = sim.operator('B:data0', 'FAILOVER');
    sim.expect(asked.result === RESULT.REFUSED, `A does not say that B has everything (result ${asked.result})`);
    for (const name of ['data0', 'later0', 'work0'])
      sim.expect(sim.operator(`${again}:${name}`, 'FAILOVER', true).result === RESULT.OK, `${again} serves ${name}`);
    finish(sim);
    sim.expect(sim.pair(`${again}:data0`).role === 'SOURCE', 'as the operator said');
  },
});
