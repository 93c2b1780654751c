export { DOORBELL_WORDS, Doorbell } from './doorbell.js';
export { RING_HEADER_WORDS, Ring, ringWords } from './ring.js';
