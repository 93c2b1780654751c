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
    is: 'owed',
    why: 'power lost between the bytes of a track that becomes whole and its flag',
    keys: [
      'base/data/rebuild.uc | sub blank | slot.zero slot, epoch, gen / flag.clr t, volume, #M1_INV | swap',
      'ship/fetch.uc | sub take_back | slot.merge slot, span, at, gen / flag.clr t, volume, #M1_INV | swap',
    ],
  },
  {
    is: 'owed',
    why: 'a track that neither side has, of a pair with a list on the drive that fails',
    keys: [
      'ship/fetch.uc | hook fetch of ship/fetch | call hot | drop',
      'ship/fetch.uc | hook fetch of ship/fetch | br.ne x, #OK, no | drop',
      'ship/fetch.uc | hook fetch of ship/fetch | br.ne x, #OK, no | drop | 2',
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
    why: 'a takeover while writes that are acknowledged when stored wait for the drive: they end at once',
    keys: ['base/data/operator.uc | sub take | wake.all session.storing[pair] | drop'],
  },
  {
    is: 'owed',
    why: 'power lost with M1 set on a track of one volume and on a lower one of the next',
    keys: ['base/data/boot.uc | sub restore | ldi cursor, #0 | drop'],
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
    why: 'the register is 0 already, which is HOST_POOL: a task begins with zeroes, and RETRY has just set it',
    keys: [
      'base/cache/adopt.uc | on ADOPT | ldi x, #HOST_POOL / ld slots, pool.slots[x] | swap',
      'base/cache/adopt.uc | on ADOPT | ldi x, #HOST_POOL | drop',
      'base/cache/adopt.uc | on FIND | ldi whole, #0 | drop',
      'base/cache/loses.uc | on CACHE_LOSES | ldi x, #HOST_POOL / wake.all pool.waiting[x] | swap',
      'base/cache/loses.uc | on CACHE_LOSES | ldi x, #HOST_POOL | drop',
      'base/cache/release.uc | on RETRY | ldi slot, #0 | drop',
      'base/cache/release.uc | on RETRY | ldi x, #HOST_POOL / ld slots, pool.slots[x] | swap',
      'base/cache/release.uc | on RETRY | ldi x, #HOST_POOL | drop',
    ],
  },
  {
    is: 'equivalent',
    why: 'the register holds that value already: `entry.orphan` was 0, or the 1 of `device.failing`',
    keys: [
      'base/cache/release.uc | on CLEAN | ldi x, #0 / st device.failing[volume], x | swap',
      'base/cache/release.uc | on CLEAN | ldi x, #0 | drop',
      'base/cache/release.uc | on CLEAN | ldi x, #1 / st entry.held[slot], x | swap',
      'base/cache/release.uc | on CLEAN | ldi x, #1 | drop | 2',
    ],
  },
  {
    is: 'equivalent',
    why: 'neither looks at what the other changes, and whoever is woken runs after both',
    keys: [
      'base/cache/get.uc | on GET | slot.give slot / wake.all entry.waiting[slot] | swap',
      'base/cache/get.uc | on GET | slot.grant slot / reply (result, slot) | swap',
      'base/cache/get.uc | on GET | slot.pin slot / ld x, volume.m1_inv[volume] | swap',
      'base/cache/get.uc | on GET | slot.pin slot / post SPOILED (volume, track, slot) | swap',
      'base/cache/get.uc | on GET | slot.settle slot / wake.all pool.waiting[pool] | swap',
      'base/cache/get.uc | on GET | slot.settle slot / wake.all pool.waiting[pool] | swap | 2',
      'base/cache/get.uc | on GET | st entry.granted[slot], x / slot.pin slot | swap',
      'base/cache/get.uc | sub move | inc pool.wp[pool] / slot.soil slot | swap',
      'base/cache/get.uc | sub move | ld y, entry.pool[old] / slot.settle old | swap',
      'base/cache/release.uc | on CLEAN | slot.clean slot / dec pool.wp[pool] | swap',
      'base/cache/release.uc | on CLEAN | slot.empty slot / wake.all entry.waiting[slot] | swap',
      'base/cache/release.uc | on UNPIN | slot.unpin slot / ld pool, entry.pool[slot] | swap',
      'base/cache/release.uc | sub settle | slot.settle slot / wake.all pool.waiting[pool] | swap',
      'base/cache/take.uc | on TAKE | ld next, slot.track[slot] / slot.pin slot | swap',
      'base/cache/take.uc | on TAKE | slot.pin slot / ld next, slot.track[slot] | swap',
      'base/cache/take.uc | on TAKE | st entry.granted[slot], x / slot.pin slot | swap',
    ],
  },
  {
    is: 'equivalent',
    why: 'the tasks of the two queues each look for themselves at what they waited for; which is first makes no difference',
    keys: [
      'base/cache/release.uc | on CLEAN | wake.all dirty.throttled / wake.all pool.waiting[pool] | swap',
      'base/cache/release.uc | on GIVE | wake.all dirty.throttled / wake.all entry.waiting[slot] | swap',
      'base/cache/get.uc | sub move | wake.all pool.waiting[y] / wake.all entry.waiting[old] | swap',
    ],
  },
  {
    is: 'equivalent',
    why: '`slot.move` leaves the masks of the old slot as they are, for whoever destages it',
    keys: ['base/cache/get.uc | sub move | slot.isdirty x, old / slot.move slot, old | swap'],
  },
  {
    is: 'equivalent',
    why: 'nobody else has run since `slot.alloc`: whoever waits for a slot was woken when this one came free',
    keys: ['base/cache/get.uc | on GET | wake.all pool.waiting[pool] | drop | 2'],
  },
  {
    is: 'equivalent',
    why: 'each way on from here ends with a settle of the slot, or with one by whoever is given it',
    keys: ['base/cache/get.uc | sub move | slot.settle slot | drop'],
  },
  {
    is: 'equivalent',
    why: 'nobody waits for a slot that is not granted, and this one is not, or its track would not move',
    keys: ['base/cache/get.uc | sub move | wake.all entry.waiting[old] | drop'],
  },
  {
    is: 'equivalent',
    why: 'the settle at the end wakes the same queue, before any other task runs',
    keys: ['base/cache/release.uc | on CLEAN | wake.all pool.waiting[pool] | drop'],
  },
  {
    is: 'equivalent',
    why: 'a short cut: `destage_now` looks at `dirty.running`, which is set for good when the disk director is lost',
    keys: [
      'base/cache/release.uc | on GIVE | br.ne x, #0, given | drop',
      'base/cache/release.uc | sub retry | br.ne x, #0, no | drop',
      'base/cache/release.uc | sub retry | ld x, dirty.lost | drop',
    ],
  },
  {
    is: 'equivalent',
    why: 'the field is only compared with 0, and the delay is not 0 where the post is delayed at all',
    keys: ['base/cache/release.uc | on GIVE | st dirty.delayed, x / ld x, dirty.delay_us | swap'],
  },
];

export const SURVIVORS: readonly Reviewed[] = GROUPS.flatMap(({ is, why, keys }) =>
  keys.map((key) => ({ key: `microcode/${key}`, is, why })),
);
