import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLinkSecret } from '../../../firmware/service/link-secret.js';

describe('the secret of a link', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'arraylab-secret-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is made when there is none, for its owner alone, and is the same for who comes second', () => {
    const path = join(folder, 'new', 'link.secret');
    const first = readLinkSecret(path);
    expect(first).toHaveLength(64);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o700);
    expect(readLinkSecret(path)).toEqual(first);
    expect(readLinkSecret(join(folder, 'other.secret'))).not.toEqual(first);
  });

  it('is the text of its file without white space at the ends', () => {
    const path = join(folder, 'link.secret');
    writeFileSync(path, `  ${'x'.repeat(40)}\n\n`, { mode: 0o600 });
    expect(Buffer.from(readLinkSecret(path)).toString()).toBe('x'.repeat(40));
  });

  it.each([
    ['readable by others', 'x'.repeat(40), 0o644, /others than its owner have access \(mode 644\); it must be 600$/],
    ['too short', 'short', 0o600, /5 characters; a secret has 32 at least$/],
    ['too long', 'x'.repeat(5000), 0o600, /5000 bytes; a secret has 4096 at most$/],
  ])('%s is refused by name, and left as it is', (_, text, mode, message) => {
    const path = join(folder, 'link.secret');
    writeFileSync(path, text);
    chmodSync(path, mode);
    expect(() => readLinkSecret(path)).toThrow(message);
    expect(() => readLinkSecret(path)).toThrow(path);
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(existsSync(path)).toBe(true);
  });
});
