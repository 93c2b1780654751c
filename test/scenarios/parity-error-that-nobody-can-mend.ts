import { FLAG, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'a parity error of the only newest bytes of a track: hosts get a medium error, not what the drive has, until all of it is written',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    sim.write('A:data0', 0, 4);
    sim.rest();
    sim.world.cutLink();
    sim.until('the link is seen to be down', () => sim.pair('A:data0').state === 'PSUE');
    sim.rest();
    sim.expect(sim.write('A:data0', 0, 2).status === RESULT.OK, 'a write with one copy');
    sim.until('it is lost in cache', () => sim.spoilSlot('A:data0', 0));
    sim.expect((sim.flags('A:data0', 0) & FLAG.M1_WP) !== 0, 'the drive has what was there before');
    sim.expect(sim.read('A:data0', 0, 4).status === RESULT.MEDIUM_ERROR, 'what nobody has is a medium error');
    sim.expect(sim.write('A:data0', 3, 1).status === RESULT.MEDIUM_ERROR, 'a part of it is not taken');
    sim.expect((sim.flags('A:data0', 0) & FLAG.M1_INV) !== 0, 'it is invalid here');
    sim.expect(sim.write('A:data0', 5, 2).status === RESULT.OK, 'another track is written');
    sim.crash('A');
    sim.powerOn('A');
    sim.world.mendLink();
    sim.rest();
    sim.expect(sim.read('A:data0', 0, 1).status === RESULT.MEDIUM_ERROR, 'nor after a power loss, nor with the link');
    const { id, status } = sim.write('A:data0', 0, 4);
    sim.expect(status === RESULT.OK, 'all of it is written');
    sim.rest();
    sim.expect(
      sim.read('A:data0', 0, 4).values.every((v) => v === id),
      'and read',
    );
    sim.expect(sim.pair('A:data0').state === 'PAIR', 'and sent: nothing is owed');
    finish(sim);
  },
});
