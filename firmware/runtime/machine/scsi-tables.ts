/** The SCSI side of an array's memory at power on: what its units are, who sees them, which commands there are. */
import { SECTOR_BYTES } from '../../memory/constants.js';
import type { ScsiDimensions } from '../../memory/layout.js';
import { GATE, LUNS_MAX, UNIT_TYPE } from '../../memory/scsi.js';
import { setWide } from '../../units/journals.js';
import type { ScsiConfig, ScsiPage, TableWriter } from './scsi-config.js';
import { handlerNumber, OPERATIONS } from './scsi-operations.js';

/** Operation codes, and behind them a block of records for each that has service actions. */
const CODES = 256;
const ACTIONS = 32;
const ACTION_CODES = [...new Set(OPERATIONS.filter((o) => o.action !== undefined).map((o) => o.code))];

const align = (bytes: number): number => (bytes + 3) & ~3;

/** What follows from a configuration for the memory's size. */
export function scsiDimensions(
  { groups, pages }: ScsiConfig,
  rest: Pick<ScsiDimensions, 'nexuses' | 'initiators' | 'works'>,
): ScsiDimensions {
  const bytes = pages.reduce((sum, page) => sum + align(page.bytes.length), 0);
  return {
    ...rest,
    groups: groups.length,
    pages: pages.length,
    pageSectors: Math.ceil(bytes / SECTOR_BYTES),
    operations: CODES + ACTION_CODES.length * ACTIONS,
  };
}

/** At each power on. */
export function placeScsi(tables: TableWriter, config: ScsiConfig): void {
  const { layout } = tables.memory;
  const { nexuses = 0, works = 0 } = layout.dims.scsi ?? {};
  tables.set('scsi', 'works_at', 0, layout.worksAt * SECTOR_BYTES);
  tables.set('scsi', 'nexuses', 0, nexuses);

  tables.set('front', 'units', 0, layout.records.unit);
  tables.set('scsi', 'initiators', 0, layout.records.initiator);
  tables.set('scsi', 'commands', 0, layout.records.scsi_command);
  tables.set('scsi', 'work_free', 0, 1);
  for (let work = 0; work < works - 1; work++) tables.set('work', 'next', work, work + 2);
  for (const [unit, { type, sectors, pace_us = 0 }] of config.units.entries()) {
    tables.set('unit', 'type', unit, type);
    tables.set('unit', 'pace_us', unit, pace_us);
    tables.set('unit', 'gate', unit, (type & UNIT_TYPE.READ_ONLY) !== 0 ? GATE.GATE_PROTECTED : 0);
    setWide(tables.memory.m, tables.at('unit', 'blocks', unit), sectors);
  }
  for (const [group, luns] of config.groups.entries()) {
    for (const [lun, volume] of luns.entries()) {
      if (volume !== undefined) tables.set('mask', 'unit', group * LUNS_MAX + lun, volume + 1);
    }
  }
  placeOperations(tables);
  placePages(tables, config.pages);
}

function placeOperations(tables: TableWriter): void {
  const { m } = tables.memory;
  for (const [i, code] of ACTION_CODES.entries()) {
    tables.set('operation', 'actions', code, CODES + i * ACTIONS);
    tables.set('operation', 'action_mask', code, ACTIONS - 1);
  }
  for (const operation of OPERATIONS) {
    const { code, action, flags, usage } = operation;
    const at = action === undefined ? code : CODES + ACTION_CODES.indexOf(code) * ACTIONS + action;
    tables.set('operation', 'handler', at, handlerNumber(operation));
    tables.set('operation', 'flags', at, flags);
    const words = tables.at('operation', 'usage0', at);
    for (let w = 0; w < 4; w++) {
      // What stands behind a CDB is none of it.
      const [a = 255, b = 255, c = 255, d = 255] = usage.slice(w * 4, w * 4 + 4);
      m[words + w] = (a << 24) | (b << 16) | (c << 8) | d;
    }
  }
}

function placePages(tables: TableWriter, pages: readonly ScsiPage[]): void {
  const { memory } = tables;
  let at = memory.layout.pagesAt * SECTOR_BYTES;
  // Each unit's list begins with its first page: mode pages are told in that order.
  for (let p = pages.length - 1; p >= 0; p--) {
    const { volume = 0 } = pages[p] ?? {};
    tables.set('page', 'next', p, tables.get('unit', 'pages', volume));
    tables.set('unit', 'pages', volume, p + 1);
  }
  for (const [p, { kind, code, bytes }] of pages.entries()) {
    tables.set('page', 'kind', p, kind);
    tables.set('page', 'code', p, code);
    tables.set('page', 'at', p, at);
    tables.set('page', 'bytes', p, bytes.length);
    memory.bytes.set(bytes, at);
    at += align(bytes.length);
  }
}
