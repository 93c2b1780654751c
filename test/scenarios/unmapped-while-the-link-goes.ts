import { COMMAND_OP, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, misfitOfScsi, scenario } from '../../firmware/runtime/simulated/scenario.js';

const VOLUME = 'A:data0';
const HOSTS = 4;

export default scenario({
  help: 'the link goes in the middle of UNMAP commands for a mirrored volume, and returns: it reads back zeroes, and takes no room at either array',
  rig: 'tiny-scsi',
  misfit: (rig) => misfitOfScsi(rig, [VOLUME]),
  run(sim) {
    begin(sim);
    const { array, volume } = sim.volume(VOLUME);
    const { dims, volumes } = sim.rig.arrays[array] ?? {};
    const blocks = (volumes?.[volume]?.tracks ?? 0) * (dims?.sectorsPerTrack ?? 0);
    const each = blocks / HOSTS;
    for (let host = 0; host < HOSTS; host++) sim.write(VOLUME, host * each, each, host);
    sim.rest();
    for (let host = 0; host < HOSTS; host++) sim.start(host, COMMAND_OP.OP_TRIM, VOLUME, host * each, each);
    sim.wait_us(sim.world.chance.below(400));
    sim.world.cutLink();
    for (let host = 0; host < HOSTS; host++)
      sim.expect(sim.scsi.answer(host, VOLUME) === RESULT.OK, 'UNMAP ends well, with the link or without');
    sim.wait_us(sim.world.chance.below(20_000));
    sim.world.mendLink();
    sim.rest();
    const { values } = sim.read(VOLUME, 0, each);
    sim.expect(
      values.every((value) => value === 0),
      'what was unmapped reads back zeroes',
    );
    const room = sim.world.arrays.map((a) => a.get('volume', 'written', volume));
    sim.expect(
      room.every((tracks) => tracks === 0),
      `it takes no room (${room.join(' and ')} tracks do)`,
    );
    finish(sim);
  },
});
