/** Mutants of the microcode that no check notices, looked at one by one: `npx arraylab mutate` prints the reasons. */
import type { Reviewed, ReviewedGroup } from '../tools/mutate/reviewed.js';
import { OF_THE_CACHE } from './surviving-mutants-cache.js';
import { OF_JOURNALS } from './surviving-mutants-journals.js';
import { OF_LISTS_AND_FORMATS } from './surviving-mutants-lists.js';
import { OF_THE_SECOND_SYSTEM } from './surviving-mutants-second-system.js';

/** One reason for each group of names, which are below microcode/. */
const GROUPS: readonly ReviewedGroup[] = [
  ...OF_THE_CACHE,
  ...OF_LISTS_AND_FORMATS,
  ...OF_JOURNALS,
  ...OF_THE_SECOND_SYSTEM,
  {
    is: 'equivalent',
    why: 'the tasks that wait for either end in the same turn, and run after it',
    keys: [
      'base/data/loses.uc | on DATA_LOSES | cancel FOUND () / cancel ADOPTED () | swap',
      'base/data/loses.uc | on DATA_LOSES | cancel GOT (result) / cancel FOUND () | swap',
      'base/data/loses.uc | on DATA_LOSES | cancel SHIPPED (result) / cancel ANSWER (result) | swap',
      'base/channel/loses.uc | on CHANNEL_LOSES | cancel MAPPED (result) / cancel INQUIRED (result) | swap',
      'base/channel/loses.uc | on CHANNEL_LOSES | cancel WRITTEN (result) / cancel READY (result) | swap',
      'base/channel/loses.uc | on CHANNEL_LOSES | cancel READY (result) / cancel SYNCED (result) | swap',
      'base/channel/loses.uc | on CHANNEL_LOSES | cancel SYNCED (result) / cancel MAPPED (result) | swap',
    ],
  },
  {
    is: 'equivalent',
    why: 'both happen before any other task of the role runs, and neither looks at what the other changes',
    keys: [
      'apply/at-once.uc | sub take_in | st64 track.gen[t], gen / flag.set t, volume, #M1_WP|WRITTEN | swap',
      'ship/resync.uc | sub ship_track | inc lock.unacked[t] / unlock t | swap',
    ],
  },
  {
    is: 'equivalent',
    why: 'the register is 0 already: a task begins with zeroes where its message has no field',
    keys: [
      'base/disk/stage.uc | on STAGE | ldi from, #0 | drop',
      'base/data/rebuild.uc | on REBUILD | ldi passes, #0 | drop',
      'base/data/rebuild.uc | on BRING | ldi none, #0 | drop',
      'base/data/rebuild.uc | on TRY | ldi volume, #0 | drop',
      'base/data/rebuild.uc | sub stored_again | ldi z, #0 | drop',
      'base/data/format.uc | on CONVERT | ldi cursor, #0 | drop',
    ],
  },
  {
    is: 'equivalent',
    why: 'an assertion, or what only it looks at: it never fires unless something else is wrong',
    keys: [
      'ack/real-time.uc | hook ack of ack/real-time | assert x, #1 | drop',
      'ack/real-time.uc | hook ack of ack/real-time | sub x, x, #PAIR | drop',
      'ack/real-time.uc | hook ack of ack/real-time | sub x, x, #PAIR / assert x, #1 | swap',
    ],
  },
  {
    is: 'equivalent',
    why: 'the register holds an epoch or a state, never 0, and the field is only compared with 0',
    keys: [
      'ship/resync.uc | hook offer of ship/resync | ldi x, #1 / st session.foreign[pair], x | swap',
      'ship/resync.uc | hook offer of ship/resync | ldi x, #1 | drop | 4',
    ],
  },
  {
    is: 'equivalent',
    why: 'the search through a volume ends with the cursor at 0, and so does every pass',
    keys: ['base/data/rebuild.uc | on REBUILD | ldi cursor, #0 | drop'],
  },
  {
    is: 'equivalent',
    why: '`awaited` leaves 1 in the register, which is TO_WRITE, or 0 where the slot is given back',
    keys: [
      'ship/fetch.uc | sub take_back | ldi x, #TO_WRITE | drop',
      'ship/fetch.uc | sub take_back | ldi x, #0 | drop | 2',
      'ship/fetch.uc | sub take_back | ldi x, #0 / post GIVE (slot, x) | swap | 2',
    ],
  },
  {
    is: 'equivalent',
    why: 'the register holds flags with M1 invalid, never 0, and is only compared with 0',
    keys: ['ship/fetch.uc | sub awaited | ldi x, #1 | drop'],
  },
  {
    is: 'equivalent',
    why: 'a flag changes no generation',
    keys: [
      'base/data/rebuild.uc | sub blank | flag.set t, volume, #M1_WP / ld64 gen, track.gen[t] | swap',
      'ship/fetch.uc | sub take_back | flag.set t, volume, #M1_WP|WRITTEN / ld64 now, track.gen[t] | swap',
    ],
  },
  {
    is: 'equivalent',
    why: 'both are set to 0, which they are again after a power loss in between: BOOT finishes a DELETE',
    keys: ['base/data/command.uc | sub unpair | st pair.role[pair], x / st pair.union[pair], x | swap'],
  },
  {
    is: 'equivalent',
    why: 'what it would run besides marks what is marked already, and ends only a session of the epoch that the pair has',
    keys: ['ack/domino.uc | hook ack of ack/domino | br again | drop'],
  },
  {
    is: 'equivalent',
    why: 'a short cut: where it would go on, the same is looked at once more, with the same outcome',
    keys: [
      'ack/real-time.uc | hook ack of ack/real-time | ld x, lock.unacked[t] | drop',
      'ack/real-time.uc | hook ack of ack/real-time | br.eq x, #0, newest | drop',
      'commit/track-list.uc | hook commit of commit/track-list | br mark | drop',
    ],
  },
  {
    is: 'equivalent',
    why: 'the tasks that it wakes, or whose wait it ends, run after it, and the other one touches nothing that they or it look at',
    keys: [
      'ship/session.uc | hook sever of ship/session | wake.all session.storing[pair] / now64 now | swap',
      'base/remote/link.uc | on LINK_DOWN | cancel FAR_ANSWER (z), gone / ld x, trunk.up[trunk] | swap',
      'base/remote/loses.uc | on REMOTE_LOSES | cancel ASKED (result) / cancel BROUGHT (result) | swap',
    ],
  },
  {
    is: 'equivalent',
    why: 'the register is 0 already: a task begins with zeroes where its message has no field, and nothing before it writes to that one',
    keys: [
      'base/data/boot.uc | on BOOT | ldi volume, #0 | drop',
      'base/data/boot.uc | sub restore | ldi zero, #0 | drop',
      'base/data/peer.uc | on PEER_DOWN | ldi volume, #0 | drop',
      'base/data/rebuild.uc | on BRING | ldi y, #HOST_POOL | drop',
      'base/data/rebuild.uc | on BRING | ldi y, #HOST_POOL / send GET (volume, track, span, x, y) | swap',
      'base/remote/link.uc | on ENABLE | ldi link, #0 | drop',
      'base/remote/loses.uc | on REMOTE_LOSES | ldi x, #0 | drop',
    ],
  },
  {
    is: 'equivalent',
    why: 'the register holds that number already: SOURCE and COPY are 1',
    keys: [
      'base/data/command.uc | on CREATE | st pair.role[pair], x / ldi x, #COPY | swap',
      'base/data/command.uc | on CREATE | ldi x, #COPY | drop',
      'base/data/command.uc | on CREATE | ldi x, #COPY / st pair.state[pair], x | swap',
      'base/data/command.uc | on CREATE | st pair.state[pair], x / ldi x, #1 | swap',
      'base/data/command.uc | on CREATE | ldi x, #1 | drop | 2',
      'base/data/command.uc | on CREATE | ldi x, #1 / st session.agreed[pair], x | swap',
    ],
  },
  {
    is: 'equivalent',
    why: 'the register holds the role TARGET, which is 2, as ASK_YIELD is',
    keys: ['base/data/command.uc | on SWAP | ldi x, #ASK_YIELD | drop'],
  },
  {
    is: 'equivalent',
    why: 'the register holds that number already: it was compared with it just before',
    keys: [
      'ship/resync.uc | hook offer of ship/resync | ldi x, #0 | drop | 7',
      'ship/resync.uc | hook offer of ship/resync | ldi x, #0 / st session.offering[pair], x | swap',
    ],
  },
  {
    is: 'equivalent',
    why: 'the register holds `link.heard`, which is 1',
    keys: [
      'base/remote/link.uc | sub agreed | ldi x, #1 | drop',
      'base/remote/link.uc | sub agreed | ldi x, #1 / st link.up[link], x | swap',
    ],
  },
  {
    is: 'equivalent',
    why: 'the register is 0 if no link is up; else `routes` leaves the last place that it filled in it, which is 7 or more',
    keys: ['base/remote/link.uc | on LINK_DOWN | ld x, trunk.up[trunk] | drop | 2'],
  },
  {
    is: 'equivalent',
    why: 'the register holds HOST_POOL, which is 0, wherever a caller looks at it',
    keys: ['base/data/rebuild.uc | sub distrust | ldi y, #0 | drop'],
  },
  {
    is: 'equivalent',
    why: 'the answer that led here was OK, and nothing since then writes to the register',
    keys: ['ship/resync.uc | sub union | ldi result, #OK | drop'],
  },
  {
    is: 'equivalent',
    why: '`result` is REFUSED when ASK calls the hook',
    keys: [
      'ship/session.uc | hook answer of ship/session | ldi result, #REFUSED | drop | 5',
      'ship/session.uc | hook answer of ship/session | ldi result, #REFUSED | drop | 6',
      'ship/session.uc | sub in_session | ldi result, #REFUSED | drop',
    ],
  },
  {
    is: 'equivalent',
    why: 'every way that goes on from here sets a result of its own',
    keys: [
      'ship/session.uc | hook answer of ship/session | ldi result, #REFUSED | drop',
      'base/data/read.uc | on READ | ldi result, #OK | drop',
    ],
  },
  {
    is: 'equivalent',
    why: 'it is what `result` holds already',
    keys: [
      'ship/session.uc | hook answer of ship/session | ldi result, #REFUSED | drop | 3',
      'base/data/read.uc | on READ | ldi result, #MEDIUM_ERROR | drop',
    ],
  },
  {
    is: 'equivalent',
    why: 'a wait for several answers leaves 0 in the register that counts them, and a task begins with 0',
    keys: ['base/disk/destage.uc | on DESTAGE | ldi pending, #0 | drop'],
  },
  {
    is: 'equivalent',
    why: 'a short cut: what comes next looks at the same once more, with the same outcome',
    keys: [
      'ack/real-time.uc | hook ack of ack/real-time | br.eq x, #0, refused | drop',
      'apply/at-once.uc | sub take_in | br refuse | drop | 2',
      'base/data/operator.uc | on FAILOVER | br answer | drop | 2',
      'base/data/read.uc | on READ | br.none x, #M1_INV, get | drop',
      'base/data/rebuild.uc | on BRING | br unlock | drop',
      'base/data/write.uc | on WRITE | br.eq x, #0, locked | drop',
      'base/disk/stage.uc | on STAGE | slot.gap span, slot, from | drop | 2',
      'ship/resync.uc | hook offer of ship/resync | br more | drop | 2',
      'ship/session.uc | hook answer of ship/session | br newer | drop',
    ],
  },
  {
    is: 'equivalent',
    why: 'no session is open where the other side is strange, so `apart` closes none, and the state is PSUE already',
    keys: ['ship/resync.uc | hook offer of ship/resync | br stop | drop | 3'],
  },
  {
    is: 'equivalent',
    why: 'while a session is open the pair is in PAIR or COPY, so COPY is stored over COPY',
    keys: ['ship/session.uc | hook answer of ship/session | br.ne x, #PAIR, owed | drop'],
  },
  {
    is: 'equivalent',
    why: 'the marks that it found are cleared by then, so it does not find them again, and nobody marks a track before the cursor',
    keys: [
      'ship/resync.uc | sub forget | add cursor, track, #1 | drop',
      'recover/track-list.uc | sub as_listed | add cursor, track, #1 | drop',
      'recover/track-list.uc | sub as_listed | add cursor, track, #1 | drop | 2',
    ],
  },
  {
    is: 'equivalent',
    why: 'no track between the one that is asked from and the one that is told bears the flags',
    keys: [
      'ship/session.uc | hook answer of ship/session | flag.drop x, volume, a, #M2_WP|M2_INV / flag.next a, volume, a, #M2_WP|M2_INV | swap',
    ],
  },
  {
    is: 'equivalent',
    why: 'only a target takes what is sent: of any other side `session.taking` is 0, and nobody waits for the drive',
    keys: [
      'base/data/destaged.uc | on DESTAGED | br give_up | drop',
      'base/data/spoiled.uc | on SPOILED | br.ne x, #TARGET, told | drop',
    ],
  },
  {
    is: 'equivalent',
    why: 'CLEANED comes of slots that a write of the other side holds, and so of volumes with a pair',
    keys: ['base/data/destaged.uc | on CLEANED | br.neg pair, local | drop'],
  },
  {
    is: 'equivalent',
    why: 'a hook of no pair does nothing, whichever way leads to it',
    keys: ['base/data/loses.uc | on DATA_LOSES | br.neg pair, next | drop'],
  },
  {
    is: 'equivalent',
    why: 'until the state is there, or when it is SMPL, the volume is simplex: BOOT clears both, should power go in between',
    keys: [
      'base/data/command.uc | on CREATE | flag.all volume, #M2_INV / st pair.union[pair], x | swap',
      'base/data/command.uc | sub unpair | st pair.union[pair], x / st pair.stale[pair], x | swap',
      'recover/track-list.uc | sub as_listed | st pair.role[pair], y / st pair.union[pair], y | swap',
      'recover/track-list.uc | sub as_listed | st pair.union[pair], y / st pair.stale[pair], y | swap',
    ],
  },
  {
    is: 'equivalent',
    why: 'should power go in between, no byte has changed: BOOT clears M1 where no slot is dirty, and gives one that is the generation',
    keys: [
      'base/data/write.uc | on WRITE | gen.bump gen, t, epoch / flag.set t, volume, #M1_WP|WRITTEN | swap',
      'base/data/rebuild.uc | sub replace | gen.bump gen, t, epoch / flag.set t, volume, #M1_WP|WRITTEN | swap',
    ],
  },
  {
    is: 'equivalent',
    why: 'merging changes no flag',
    keys: ['apply/at-once.uc | sub take_in | slot.merge slot, span, at, gen / ld x, track.flags[t] | swap'],
  },
  {
    is: 'equivalent',
    why: 'no credit is left by then: none is added to those that are kept',
    keys: ['base/remote/link.uc | on FAR_CREDIT | end | drop'],
  },
];

export const SURVIVORS: readonly Reviewed[] = GROUPS.flatMap(({ is, why, keys }) =>
  keys.map((key) => ({ key: `microcode/${key}`, is, why })),
);
