import { FLAG, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'the target lost a track that the source cannot read either when it is to send it again: the pair is not PAIR until all of it is written',
  rig: 'tiny-pair',
  usualCaches: true,
  run(sim) {
    begin(sim);
    for (let track = 0; track < 12; track++) {
      sim.write('A:data0', track * 4, 4);
      sim.read('B:data0', track * 4, 4);
    }
    sim.rest();
    sim.spoil('A:data0', 1);
    sim.spoil('B:data0', 2);
    sim.expect(sim.read('B:data0', 0, 4).status === RESULT.MEDIUM_ERROR, 'what nobody has is a medium error');
    sim.rest();
    sim.expect((sim.flags('A:data0', 0) & FLAG.M2_INV) !== 0, 'the source owes what the target lost');
    sim.expect((sim.flags('A:data0', 0) & FLAG.M1_INV) !== 0, 'and found out that it has not got it');
    sim.expect(sim.pair('A:data0').state === 'COPY', 'so nobody promises that nothing is owed');
    sim.expect(sim.write('A:data0', 5, 2).status === RESULT.OK, 'other tracks go on');
    const { id, status } = sim.write('A:data0', 0, 4);
    sim.expect(status === RESULT.OK, 'all of it is written');
    sim.rest();
    sim.expect(sim.pair('A:data0').state === 'PAIR', 'and sent: nothing is owed');
    const { values } = sim.read('B:data0', 0, 4);
    sim.expect(
      values.every((v) => v === id),
      `and read over there (${values})`,
    );
    finish(sim);
  },
});
