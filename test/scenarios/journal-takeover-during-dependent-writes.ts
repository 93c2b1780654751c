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

const US = 120_000;

export default scenario({
  help: 'journal group: A dies in the middle of dependent writes over both volumes, B takes over with force: what it holds is a prefix of each chain, and of all writes together',
  rig: 'tiny-journal',
  settings: settingsOf(DEPENDENT_WRITES, US),
  run(sim, settings) {
    begin(sim);
    const us = settings.us ?? US;
    const volumes = servedBy(sim, 0, true);
    sim.workload(withSettings(DEPENDENT_WRITES, settings), { volumes, us });
    sim.wait_us(us / 4 + sim.world.chance.below(8000));
    sim.crash('A', 1 + sim.world.chance.below(200));
    sim.until('A has no power', () => !sim.world.powered(0));
    const { result } = sim.operator(sim.otherSide(volumes[0] as string), 'FAILOVER', true);
    sim.expect(result === RESULT.OK, 'B takes the group over with force');
    for (const name of volumes) sim.expect(sim.pair(sim.otherSide(name)).role === 'SOURCE', `B serves ${name}`);
    const { writes } = sim;
    sim.wait_us(us / 4);
    sim.expect(sim.writes > writes, 'the chains go on at B');
    sim.powerOn('A');
    sim.worked();
    sim.paired();
    finish(sim);
  },
});
