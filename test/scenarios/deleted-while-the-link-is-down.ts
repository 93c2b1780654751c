import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'a pair is deleted on one side while the link is down: both stay apart when it is up, until the other is told',
  rig: 'tiny-pair',
  run(sim) {
    const at = sim.world.chance.below(2) === 0 ? 'A' : 'B';
    const other = at === 'A' ? 'B' : 'A';
    begin(sim);
    sim.write('A:data0', 0, 4);
    sim.world.cutLink();
    sim.wait_us(5_000);
    const asked = sim.operator(`${at}:data0`, 'DELETE');
    sim.expect(asked.result === RESULT.LINK_DOWN, `the other side cannot be asked (result ${asked.result})`);
    const forced = sim.operator(`${at}:data0`, 'DELETE', true);
    sim.expect(forced.result === RESULT.LINK_DOWN && forced.a === 0, 'with force it is deleted on this side only');
    sim.write('A:data0', 2, 2);
    sim.world.mendLink();
    sim.wait_us(20_000);
    sim.expect(sim.pair(`${at}:data0`).state === 'SMPL', `${at} is simplex still`);
    sim.expect(sim.pair(`${other}:data0`).state !== 'SMPL', `${other} was not told`);
    sim.expect(sim.write('A:data0', 4).status === RESULT.OK, 'hosts of A go on');
    sim.expect(sim.operator(`${other}:data0`, 'DELETE').result === RESULT.OK, `${other} is told`);
    finish(sim);
    sim.expect(sim.pair(`${other}:data0`).state === 'SMPL', `${other} is simplex, too`);
  },
});
