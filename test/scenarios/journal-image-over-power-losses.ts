import { COMMAND_OP, RESULT, VOLUME_STATE } from '../../firmware/memory/constants.js';
import type { ArrayMachine } from '../../firmware/runtime/machine/array.js';
import { GroupHistory, youngEntry } from '../../firmware/runtime/simulated/group-history.js';
import type { SimGroup } from '../../firmware/runtime/simulated/groups.js';
import type { SimImage } from '../../firmware/runtime/simulated/images.js';
import { numbersOf } from '../../firmware/runtime/simulated/journal-tables.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

const PAIRS = [['B:data0', 'B:spare0']] as const;
/** Micro-operations of B for an image, and some more. */
const OPERATIONS = 2500;
const WRITES = 14;
/** B keeps entries for longer than that, and than the command takes. */
const YOUNG_US = 25_000;

export default scenario({
  help: 'journal group: B loses power at any micro-operation of an image: its volume is the image or is torn, hosts get nothing of a torn one, and it is made again',
  rig: 'tiny-journal-images',
  usualTimes: true,
  misfit: () => 'it has no volumes beside the group for its images',
  run(sim) {
    begin(sim);
    const { chance } = sim.world;
    const history = new GroupHistory(sim, sim.groups[0] as SimGroup, 0);
    const b = sim.world.arrays[1] as ArrayMachine;
    const { volume, image: spare } = sim.volume('B:spare0');
    const image = sim.images[sim.volume('B:data0').image] as SimImage;
    const until = (what: string, holds: () => boolean): void =>
      sim.until(what, () => {
        history.look();
        return holds();
      });
    const isTorn = (): boolean => b.get('volume', 'state', volume) === VOLUME_STATE.VOLUME_TORN;
    const hold = (): void => {
      for (let i = 0; i < WRITES; i++) {
        const [name, most] = i % 3 === 0 ? (['A:data1', 31] as const) : (['A:data0', 46] as const);
        sim.start(0, COMMAND_OP.OP_WRITE, name, chance.below(most), 1 + chance.below(2));
        until('a host writes', () => !sim.world.hosts[0]?.busy(0));
      }
      const { last } = numbersOf(sim.world.arrays[0] as ArrayMachine, 0);
      until('B has it all', () => numbersOf(b, 0).last === last && b.get('journaling', 'hurry', 0) === 0);
    };
    const young = (): number => youngEntry(sim, 1, 0, YOUNG_US, chance.below(64))?.number ?? numbersOf(b, 0).last;
    hold();
    const number = young();
    sim.tellImages(PAIRS, number);
    sim.crash('B', 1 + chance.below(OPERATIONS));
    until('the image is there, or B has no power', () => !sim.world.powered(1) || sim.imaged !== undefined);
    sim.crash('B');
    sim.powerOn('B');
    const made = b.get('image', 'number', volume);
    if (isTorn()) {
      sim.expect(sim.read('B:spare0', 0).status !== RESULT.OK, 'hosts read nothing of a torn volume');
      sim.expect(sim.write('B:spare0', 0).status !== RESULT.OK, 'and write nothing to it');
    } else history.check(image, 1, volume, made); // as it was at first, if the image had not begun
    sim.until(
      'both arrays found each other',
      () => b.get('session', 'taking', 0) !== 0 && b.get('session', 'taking', 2) !== 0,
    );
    sim.paired();
    hold();
    const again = young();
    if (isTorn() && chance.below(3) === 0) {
      sim.expect(sim.release('B:spare0') === RESULT.OK, 'an operator gives the volume free');
      sim.expect(!isTorn(), 'and hosts may have it');
    }
    sim.tellImages(PAIRS, again);
    until('the image is made again', () => sim.imaged !== undefined);
    sim.expect(sim.imaged?.result === RESULT.OK, `it is there (result ${sim.imaged?.result})`);
    history.check(image, 1, volume, again);
    for (let lba = 0; lba < (sim.images[spare]?.blocks ?? 0); lba += 4)
      sim.expect(sim.write('B:spare0', lba, 4).status === RESULT.OK, 'hosts write to it');
    finish(sim);
  },
});
