/** What battery memory means, for comparing: all of the tables, and of dirty slots what makes them so, of journals the data of entries. */
import { createHash } from 'node:crypto';
import { type BatteryMarks, batteryTables, GRAIN_WORDS } from '../../firmware/memory/battery-marks.js';
import { SECTOR_WORDS } from '../../firmware/memory/copy.js';
import type { ArrayMemory } from '../../firmware/memory/layout.js';
import { fieldOffset, shiftOf } from '../../firmware/memory/tables.js';
import { Journals, wide } from '../../firmware/units/journals.js';

const VALID = fieldOffset('slot', 'valid');
const DIRTY = fieldOffset('slot', 'dirty');
const HEAD = fieldOffset('journal', 'head');
const PLACE = fieldOffset('update', 'place');
const SPAN = fieldOffset('update', 'span');
const VOLUME = fieldOffset('slot', 'volume');
const SPOILED = fieldOffset('slot', 'spoiled');

/** Equal for memories from which an array goes on alike after a power loss. */
export function batteryPrint(memory: ArrayMemory): string {
  const { layout, m } = memory;
  const hash = createHash('sha256');
  const words = (at: number, count: number): void => {
    hash.update(new Uint8Array(Int32Array.from(m.subarray(at, at + count)).buffer));
  };
  const [from, to] = batteryTables(layout);
  words(from, layout.base.slot - from);
  const slotsEnd = layout.base.slot + (layout.records.slot << shiftOf('slot'));
  words(slotsEnd, to - slotsEnd);
  for (let slot = 0; slot < layout.records.slot; slot++) {
    const at = layout.base.slot + (slot << shiftOf('slot'));
    const dirty = m.subarray(at + DIRTY, at + DIRTY + 4);
    if (m[at + VOLUME] === 0 || dirty.every((mask) => mask === 0)) continue;
    hash.update(`slot ${slot} `);
    words(at, VALID);
    words(at + DIRTY, 4);
    words(at + SPOILED, 1);
    if (m[at + SPOILED] !== 0) continue;
    for (let sector = 0; sector < layout.dims.sectorsPerTrack; sector++) {
      if (((dirty[sector >> 5] >> (sector & 31)) & 1) === 0) continue;
      words((layout.slotsAt + slot * layout.dims.sectorsPerTrack + sector) * SECTOR_WORDS, SECTOR_WORDS);
    }
  }
  const journals = new Journals(memory);
  for (const [j, { records }] of (layout.dims.journals ?? []).entries()) {
    const head = wide(m, layout.base.journal + (j << shiftOf('journal')) + HEAD);
    // What a skip to an edge left out is nobody's data.
    for (let n = 0; n < records; n++) {
      const update = layout.base.update + (journals.find(j, n) << shiftOf('update'));
      const place = wide(m, update + PLACE);
      const at = wide(m, update) === 0 || place < head ? -1 : journals.at(j, place);
      if (at >= 0) words(at * SECTOR_WORDS, (m[update + SPAN] >>> 16) * SECTOR_WORDS);
    }
  }
  return hash.digest('hex');
}

/** Copies what is marked, as the log does. */
export function copyMarked(marks: BatteryMarks, from: Int32Array, to: Int32Array): void {
  const copy = (at: number, words: number): void => to.set(from.subarray(at, at + words), at);
  for (let i = 0; i < marks.grainCount; i++) copy(marks.grains[i] * GRAIN_WORDS, GRAIN_WORDS);
  for (let i = 0; i < marks.spanCount; i++) {
    copy(marks.spans[i * 2] * SECTOR_WORDS, marks.spans[i * 2 + 1] * SECTOR_WORDS);
  }
  marks.clear();
}
