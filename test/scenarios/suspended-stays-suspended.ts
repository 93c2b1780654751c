import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'an operator suspends a pair under load: it stays so over a cut link and a power loss, and resumes when told to',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    sim.load_us(90_000, { readsOf16: 4 });
    sim.wait_us(5_000);
    sim.expect(sim.operator('A:data0', 'SUSPEND').result === RESULT.OK, 'it is suspended');
    const goesOn = (after: string): void => {
      const { writes } = sim;
      sim.wait_us(12_000);
      sim.expect(sim.pair('A:data0').state === 'PSUS', `it is PSUS ${after}`);
      sim.expect(sim.writes > writes, `hosts write ${after}`);
    };
    goesOn('at first');
    sim.expect((sim.world.arrays[0]?.get('volume', 'm2_inv', 0) ?? 0) > 0, 'what hosts write is owed');
    sim.world.cutLink();
    goesOn('while the link is down');
    sim.world.mendLink();
    goesOn('when the link is back');
    sim.crash('A', 37);
    sim.until('A has no power', () => !sim.world.powered(0));
    sim.powerOn('A');
    goesOn('after a power loss');
    sim.crash('B', 37);
    sim.until('B has no power', () => !sim.world.powered(1));
    sim.powerOn('B');
    goesOn('after a power loss of the other side');
    sim.expect(sim.operator('A:data0', 'RESUME').result === RESULT.OK, 'it resumes');
    sim.paired();
    finish(sim);
    sim.expect(sim.world.arrays[0]?.get('volume', 'm2_inv', 0) === 0, 'nothing is owed');
  },
});
