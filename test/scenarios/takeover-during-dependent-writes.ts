import { RESULT } from '../../firmware/memory/constants.js';
import {
  begin,
  finish,
  scenario,
  servedBy,
  settingsOf,
  withSettings,
} from '../../firmware/runtime/simulated/scenario.js';
import { DEPENDENT_WRITES } from '../../firmware/runtime/simulated/workload/workloads.js';

const US = 60_000;

export default scenario({
  help: 'A dies in the middle of dependent writes, B takes over: it holds a prefix of each chain, and the chains go on there; A returns and gets all of it',
  rig: 'tiny-links',
  settings: settingsOf(DEPENDENT_WRITES, US),
  run(sim, settings) {
    begin(sim);
    const us = settings.us ?? US;
    const volumes = servedBy(sim, 0, true);
    sim.workload(withSettings(DEPENDENT_WRITES, settings), { volumes, us });
    sim.wait_us(us / 4 + sim.world.chance.below(1000));
    sim.crash('A', 1 + sim.world.chance.below(200));
    sim.until('A has no power', () => !sim.world.powered(0));
    for (const name of volumes)
      sim.expect(
        sim.operator(sim.otherSide(name), 'FAILOVER', true).result === RESULT.OK,
        `B takes ${name} over with force`,
      );
    const { writes } = sim;
    sim.wait_us(us / 4);
    sim.expect(sim.writes > writes, 'the chains go on at B');
    sim.powerOn('A');
    sim.worked();
    sim.paired();
    finish(sim);
  },
});
