/** Mutants of the cache role's microcode that no check notices, looked at one by one. */
import type { ReviewedGroup } from '../tools/mutate/reviewed.js';

export const OF_THE_CACHE: readonly ReviewedGroup[] = [
  {
    is: 'equivalent',
    why: 'the tasks that wait for either end in the same turn, and run after it',
    keys: ['base/cache/loses.uc | on CACHE_LOSES | cancel STAGED (result) / wake.all dirty.throttled | swap'],
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
      'base/cache/release.uc | on CLEAN | slot.unpin slot / ld pool, entry.pool[slot] | swap',
      'base/cache/release.uc | on GIVE | slot.give slot / ld pool, entry.pool[slot] | swap',
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
