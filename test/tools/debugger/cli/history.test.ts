/** The file in which commands are kept. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HISTORY_LINES, historyFile, loadHistory, saveHistory } from '../../../../tools/debugger/cli/history.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'arraylab-history-'));
  file = historyFile({ XDG_STATE_HOME: folder });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('it is in the folder for state, of the environment or of the user', () => {
  expect(file).toBe(join(folder, 'arraylab', 'debug-history'));
  expect(historyFile({ XDG_STATE_HOME: 'relative' })).toBe(join(homedir(), '.local/state/arraylab/debug-history'));
});

test('what is saved is there the next time, the newest first', () => {
  saveHistory(file, ['step', 'break merged']);
  expect(loadHistory(file)).toEqual(['step', 'break merged']);
  expect(readFileSync(file, 'utf8')).toBe('break merged\nstep\n');
});

test('nobody else may read it', () => {
  saveHistory(file, ['step']);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('only the newest are kept', () => {
  saveHistory(
    file,
    Array.from({ length: HISTORY_LINES + 10 }, (_, i) => `step ${i}`),
  );
  const kept = loadHistory(file);
  expect([kept.length, kept[0]]).toEqual([HISTORY_LINES, 'step 0']);
});

test('without a file there is none', () => expect(loadHistory(join(folder, 'none'))).toEqual([]));
