import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'journal group: while hosts write, B takes over by agreement, then A again: hosts wait meanwhile, and no acknowledged write is lost',
  rig: 'tiny-journal',
  run(sim) {
    begin(sim);
    const { chance } = sim.world;
    sim.load_us(150_000, { readsOf16: 4 });
    for (const side of ['B', 'A', 'B']) {
      sim.wait_us(5_000 + chance.below(10_000));
      sim.paired();
      const name = `${side}:${chance.below(2) === 0 ? 'data0' : 'data1'}`;
      const { result } = sim.operator(name, chance.below(2) === 0 ? 'SWAP' : 'FAILOVER');
      sim.expect(result === RESULT.OK, `${name} takes over (result ${result})`);
      for (const one of ['data0', 'data1'])
        sim.expect(sim.pair(`${side}:${one}`).role === 'SOURCE', `${side} serves ${one}`);
    }
    sim.paired();
    finish(sim);
  },
});
