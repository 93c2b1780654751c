import { FLAG, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'neither side can read a track: hosts get a medium error, other tracks go on, and a write of all of it heals both sides',
  rig: 'tiny-pair',
  usualCaches: true,
  run(sim) {
    begin(sim);
    for (let track = 0; track < 12; track++) {
      sim.write('A:data0', track * 4, 4);
      sim.read('B:data0', track * 4, 4);
    }
    sim.rest();
    sim.spoil('A:data0', 0);
    sim.spoil('B:data0', 3);
    sim.expect(sim.read('A:data0', 0, 1).status === RESULT.MEDIUM_ERROR, 'what nobody has is a medium error');
    sim.rest();
    sim.expect(sim.pair('A:data0').state === 'COPY', 'the other side lacks the track, so it is not PAIR');
    sim.expect((sim.flags('A:data0', 0) & FLAG.M1_INV) !== 0, 'it is invalid here');
    sim.expect((sim.flags('A:data0', 0) & FLAG.M2_INV) !== 0, 'and over there');
    sim.expect(sim.write('A:data0', 1, 2).status === RESULT.MEDIUM_ERROR, 'a part of it is not taken');
    sim.expect(sim.read('A:data0', 1, 2).status === RESULT.MEDIUM_ERROR, 'and is no more readable than the rest');
    const other = sim.write('A:data0', 5, 2);
    sim.expect(other.status === RESULT.OK, 'another track is written');
    const { id, status } = sim.write('A:data0', 0, 4);
    sim.expect(status === RESULT.OK, 'all of it is written');
    sim.expect(
      sim.read('A:data0', 0, 4).values.every((v) => v === id),
      'and read',
    );
    sim.rest();
    sim.expect(sim.pair('A:data0').state === 'PAIR', 'and sent: nothing is owed');
    finish(sim);
  },
});
