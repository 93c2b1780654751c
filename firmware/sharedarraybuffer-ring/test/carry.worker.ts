// One side of the two-thread test: sends or takes `count` messages and answers with their checksum.
import { parentPort, workerData } from 'node:worker_threads';
import { DOORBELL_WORDS, Doorbell, Ring } from '../dist/index.js';

export interface CarryJob {
  side: 'producer' | 'consumer';
  words: Int32Array;
  base: number;
  capacity: number;
  itemWords: number;
  bells: Int32Array;
  count: number;
  /** Most messages to a publish. */
  batch: number;
}

// So that a lost wake-up fails the test with a message rather than by hanging.
const LOST_MS = 60_000;

const { side, words, base, capacity, itemWords, bells, count, batch }: CarryJob = workerData;
const ring = new Ring(words, base, capacity, itemWords);
const items = new Doorbell(bells, 0);
const room = new Doorbell(bells, DOORBELL_WORDS);

function mix(sum: number, word: number): number {
  return (Math.imul(sum, 31) + word) | 0;
}

function sleep(bell: Doorbell): void {
  if (!bell.park(LOST_MS)) throw new Error(`${side}: nobody rang`);
  bell.take();
}

function produce(): number {
  let sum = 0;
  for (let sent = 0; sent < count; ) {
    let n = 0;
    for (; n < batch && sent < count; n++) {
      const at = ring.claim();
      if (at === -1) break;
      for (let w = 0; w < itemWords; w++) {
        const word = w === 0 ? sent : Math.imul(sent + w, 0x9e3779b1);
        words[at + w] = word;
        sum = mix(sum, word);
      }
      sent++;
    }
    if (ring.publish()) items.ring(3);
    if (n === 0) sleep(room);
  }
  return sum;
}

function consume(): { sum: number; misplaced: number } {
  let sum = 0;
  let misplaced = 0;
  for (let taken = 0; taken < count; ) {
    const n = ring.available();
    for (let i = 0; i < n; i++) {
      const at = ring.at(i);
      if (words[at] !== taken) misplaced++;
      for (let w = 0; w < itemWords; w++) sum = mix(sum, words[at + w]);
      taken++;
    }
    if (n > 0) {
      ring.release(n);
      room.ring(31);
    } else {
      sleep(items);
    }
  }
  return { sum, misplaced };
}

parentPort?.postMessage(side === 'producer' ? { sum: produce() } : consume());
