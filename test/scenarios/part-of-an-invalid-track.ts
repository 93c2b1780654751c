import { COMMAND_OP, FLAG, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'a host writes a part of a track that is invalid here: first it is made whole; without the link the write is refused',
  rig: 'tiny-pair',
  usualCaches: true,
  run(sim) {
    begin(sim);
    const first = sim.write('A:data0', 0, 4).id;
    sim.rest();
    for (let track = 1; track < 10; track++) sim.read('A:data0', track * 4, 4);
    sim.spoil('A:data0', 2);
    sim.world.cutLink();
    sim.rest();
    sim.expect(sim.read('A:data0', 2).status === RESULT.MEDIUM_ERROR, 'without the link nobody here has the sector');
    sim.expect((sim.flags('A:data0', 0) & FLAG.M1_INV) !== 0, 'the track is invalid here');
    sim.expect(sim.write('A:data0', 1, 1).status === RESULT.MEDIUM_ERROR, 'a part of it is refused');
    sim.expect((sim.flags('A:data0', 0) & FLAG.M2_INV) === 0, 'so the other side still has all of it');
    sim.world.mendLink();
    const second = sim.start(0, COMMAND_OP.OP_WRITE, 'A:data0', 1, 1);
    sim.until('the link is back', () => sim.world.link?.up === true);
    sim.until('the write ends', () => !sim.world.hosts[0]?.busy(0));
    sim.paired();
    sim.rest();
    const third = sim.write('A:data0', 3, 1).id;
    const { status, values } = sim.read('A:data0', 0, 4);
    sim.expect(status === RESULT.OK, 'with the link all of it is read');
    sim.expect(
      values[0] === first && values[2] === first && values[3] === third,
      `with all that was written (${values})`,
    );
    sim.expect(values[1] === first || values[1] === second, 'and with what was tried or without');
    finish(sim);
  },
});
