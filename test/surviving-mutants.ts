/** Mutants of the microcode that no check notices, looked at one by one: `npx arraylab mutate` prints the reasons. */
import type { Reviewed } from '../tools/mutate/reviewed.js';

/** One reason for each group of names, which are below microcode/. */
const GROUPS: readonly { readonly is: Reviewed['is']; readonly why: string; readonly keys: readonly string[] }[] = [
  {
    is: 'equivalent',
    why: 'the tasks that wait for either end in the same turn, and run after it',
    keys: [
      'base/cache/loses.uc | on CACHE_LOSES | cancel STAGED (result) / wake.all dirty.throttled | swap',
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
      'base/cache/get.uc | on GET | slot.grant slot / send STAGE (volume, track, slot) | swap',
      'base/cache/get.uc | on GET | slot.pin slot / reply (result, slot) | swap',
      'base/cache/get.uc | on GET | wake.all pool.waiting[pool] / reply (result, slot) | swap',
      'base/cache/get.uc | sub move | slot.settle old / wake.all pool.waiting[y] | swap',
      'base/cache/get.uc | sub move | slot.settle slot / ld y, entry.pool[old] | swap',
      'apply/at-once.uc | sub take_in | st64 track.gen[t], gen / flag.set t, volume, #M1_WP|WRITTEN | swap',
      'base/cache/release.uc | on CLEAN | slot.unpin slot / ld pool, entry.pool[slot] | swap',
      'base/cache/release.uc | on GIVE | slot.give slot / ld pool, entry.pool[slot] | swap',
      'ship/session.uc | hook answer of ship/session | st session.taking[pair], a / wake.all session.storing[pair] | swap',
      'ship/session.uc | hook sever of ship/session | st session.taking[pair], x / wake.all session.storing[pair] | swap',
      'ship/resync.uc | sub ship_track | inc lock.unacked[t] / unlock t | swap',
    ],
  },
  {
    is: 'equivalent',
    why: 'the old slot is write pending, so its count is above 0, and between the two nobody looks at it',
    keys: ['base/cache/get.uc | sub move | dec pool.wp[y] / inc pool.wp[pool] | swap'],
  },
  {
    is: 'equivalent',
    why: 'the register is 0 already: a task begins with zeroes where its message has no field',
    keys: [
      'base/cache/take.uc | on TAKE | ldi x, #0 / st dirty.delayed, x | swap',
      'base/cache/take.uc | on TAKE | ldi x, #0 | drop',
      'base/cache/adopt.uc | on FIND | ldi dirty, #0 | drop',
      'base/cache/adopt.uc | on ADOPT | ldi slot, #0 | drop',
      'base/disk/stage.uc | on STAGE | ldi from, #0 | drop',
      'base/remote/link.uc | on LINK_DOWN | ldi x, #0 | drop',
      'base/data/rebuild.uc | on REBUILD | ldi passes, #0 | drop',
      'base/data/rebuild.uc | on BRING | ldi none, #0 | drop',
      'base/data/rebuild.uc | on TRY | ldi volume, #0 | drop',
      'base/data/rebuild.uc | sub stored_again | ldi z, #0 | drop',
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
    keys: ['ship/resync.uc | hook offer of ship/resync | ldi x, #1 / st session.foreign[pair], x | swap'],
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
      'ship/fetch.uc | sub take_back | flag.set t, volume, #M1_WP|WRITTEN / ld64 gen, track.gen[t] | swap',
    ],
  },
  {
    is: 'equivalent',
    why: 'both are set to 0, which they are again after a power loss in between: BOOT finishes a DELETE',
    keys: ['base/data/command.uc | sub unpair | st pair.role[pair], x / st pair.union[pair], x | swap'],
  },
  {
    is: 'equivalent',
    why: 'a short cut: without it the flags are looked at, and in PAIR no track is M2 invalid',
    keys: [
      'commit/track-list.uc | hook commit of commit/track-list | ld x, pair.state[pair] | drop',
      'commit/track-list.uc | hook commit of commit/track-list | br.eq x, #PAIR, ship | drop',
    ],
  },
  {
    is: 'owed',
    why: 'a write from the other side that waits for a slot when the disk director dies',
    keys: ['base/cache/loses.uc | on CACHE_LOSES | ldi x, #REMOTE_POOL / wake.all pool.waiting[x] | swap'],
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
];

export const SURVIVORS: readonly Reviewed[] = GROUPS.flatMap(({ is, why, keys }) =>
  keys.map((key) => ({ key: `microcode/${key}`, is, why })),
);
