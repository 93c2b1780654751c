/** Of test/surviving-mutants.ts: those of the lists on drives and of format changes. */
import type { ReviewedGroup } from '../tools/mutate/reviewed.js';

export const OF_LISTS_AND_FORMATS: readonly ReviewedGroup[] = [
  {
    is: 'equivalent',
    why: 'neither of the two looks at what the other one changes: a sum in another order, a place and a number that stay',
    keys: [
      'base/data/list.uc | sub hot | cyl cyl, volume, track / ld heat, list.heat[volume] | swap',
      'base/data/list.uc | sub hot | cyl cyl, volume, track / ld heat, list.heat[volume] | swap | 2',
      'recover/devices.uc | sub record | add y, y, x / add y, y, k | swap',
    ],
  },
  {
    is: 'equivalent',
    why: 'the register has it already: whoever calls has just stored it from there, or read it and keeps it',
    keys: [
      'base/data/list.uc | sub idle | ld x, list.hand[volume] | drop',
      'base/data/list.uc | sub idle | ld x, list.hand[volume] / add cyl, cyl, x | swap',
      'recover/devices.uc | sub heat_place | ld drive, volume.drive[volume] | drop',
    ],
  },
  {
    is: 'equivalent',
    why: 'the register holds the end of a cylinder, which is behind its first track and so never 0, and is only compared with 0',
    keys: ['base/data/list.uc | sub idle | ldi z, #1 | drop'],
  },
  {
    is: 'equivalent',
    why: 'the register holds the state of a volume that serves hosts, never 0, and is only compared with 0',
    keys: ['base/data/format.uc | sub possible | ldi x, #1 | drop'],
  },
  {
    is: 'equivalent',
    why: 'without a pair, record -1 is looked at: the line of battery memory before the first pair, where a state of 0 stands for good: SMPL, and nothing to tell',
    keys: [
      'base/data/format.uc | on CONVERT | br.neg pair, told | drop',
      'base/data/format.uc | on FORMAT | br.neg pair, local | drop',
      'base/data/format.uc | on FORMAT | br.neg pair, mine | drop',
    ],
  },
  {
    is: 'equivalent',
    why: 'a track that there is not is -1, the greatest number: the next instruction goes the same way',
    keys: ['base/data/format.uc | on CONVERT | br.neg x, gathered | drop'],
  },
  {
    is: 'equivalent',
    why: 'what it would run besides marks what is marked already',
    keys: ['base/data/format.uc | on FORMAT | br wanted | drop'],
  },
  {
    is: 'equivalent',
    why: 'power lost in between, with the operator not answered: in either order all is written once more, and both sides come to one format',
    keys: ['base/data/format.uc | on FORMAT | st format.align[volume], align / inc format.change[volume] | swap'],
  },
  {
    is: 'equivalent',
    why: 'a slot that its track left is of no volume, at which DESTAGED has looked in the same run',
    keys: ['base/data/format.uc | sub shaped | br.ne y, volume, no | drop'],
  },
  {
    is: 'equivalent',
    why: 'of a volume without a list on its drive nobody looks at what `labelled` says',
    keys: ['base/data/list.uc | sub labelled | ldi x, #OK | drop'],
  },
  {
    is: 'equivalent',
    why: 'a volume without a pair owes nothing: what is left here, the recipe clears in the same BOOT before the volume is ready',
    keys: ['recover/devices.uc | hook recall of recover/devices | ld x, pair.state[pair] | drop'],
  },
];
