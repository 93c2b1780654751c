import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'A is replaced by an empty array: B refuses to be overwritten, hosts of A are refused, until B is told to take over; then A gets everything',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    const { id } = sim.write('A:data0', 0, 4);
    sim.load_us(10_000, { readsOf16: 4 });
    sim.wait_us(5_000);
    sim.replace('A');
    sim.wait_us(10_000);
    sim.powerOn('A');
    sim.rest();
    sim.expect(sim.pair('A:data0').state === 'PSUE', 'A is suspended');
    sim.expect(sim.read('A:data0', 0).status === RESULT.NOT_READY, 'A does not pass its zeroes for data');
    const asked = sim.operator('A:data0', 'FAILOVER');
    sim.expect(asked.result === RESULT.FOREIGN, `A says that B has data of another array (result ${asked.result})`);
    const plain = sim.operator('B:data0', 'FAILOVER');
    sim.expect(plain.result === RESULT.FOREIGN, `B does not take over without force (result ${plain.result})`);
    sim.expect(sim.pair('B:data0').role === 'TARGET', 'B is as it was');
    // The oracle compares here: every write that was acknowledged in PAIR is there.
    sim.expect(sim.operator('B:data0', 'FAILOVER', true).result === RESULT.OK, 'with force B takes over');
    sim.rest();
    sim.expect(id > 0 && sim.pair('A:data0').state === 'PAIR', 'A has everything');
    sim.expect(sim.write('A:data0', 0).status === RESULT.WRITE_PROTECTED, 'A is the target');
    sim.load_us(5_000, { readsOf16: 4 });
    sim.wait_us(6_000);
    sim.expect(sim.operator('A:data0', 'FAILOVER').result === RESULT.OK, 'A takes over again without force');
    finish(sim);
  },
});
