/** `arraylab debug --attach`: scripts on arrays that serve hosts. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'vitest';
import { packageRoot } from '../../firmware/service/package-root.js';
import { withClients } from './clients.js';
import { served, write } from './served-pair.js';

const MAIN = join(packageRoot(), 'dist/tools/cli/main.js');

/** The debugger, attached, after it said that its first commands are done. */
async function attached(...commands: string[]) {
  const { url, tokenFile } = served.http;
  const given = [...commands, 'echo begun'].flatMap((command) => ['-ex', command]);
  const child = spawn(process.execPath, [MAIN, 'debug', '--attach', url, '--token-file', tokenFile, ...given]);
  const ended = once(child, 'close');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await new Promise<void>((resolve, reject) => {
    child.once('close', () => reject(new Error(`it ended: ${said}`)));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('begun\n')) resolve();
    });
  });
  return { child, ended, said: () => said };
}

withClients(
  ['qemu-io'],
  'a script stops the write of a host, looks, steps, follows it to the other array, and lets it end',
  async () => {
    const { child, ended, said } = await attached('tbreak base/data/write.uc:merged on A');
    child.stdin.end(
      'continue\nprint track\nx/2d A:track.gen[17]\nassert M2_WP A:data0:17\nstep\npeer\nexpect on FAR_APPLY\nback\n',
    );
    const wrote = await write();
    expect(wrote.stdout).toContain('wrote 4096/4096 bytes');
    expect(await ended).toEqual([1, null]);
    expect(said()).toMatch(/\ntrack = 17\n/);
    expect(said()).toMatch(/^A:0x[0-9a-f]{8} +\d+ +\d+$/m);
    expect(said()).toContain('line 8: back: this is a live rig, which cannot go back');
  },
);

withClients(['qemu-io'], 'told to end, it lets the arrays go on', async () => {
  const { child, ended } = await attached();
  const writing = write();
  child.kill('SIGTERM');
  expect(await ended).toEqual([143, null]);
  expect((await writing).stdout).toContain('wrote 4096/4096 bytes');
});

withClients(
  ['qemu-io'],
  'a held director stands while others take the command of a host, and does its part when it is released',
  async () => {
    const { child, ended, said } = await attached('hold A.data', 'tbreak message COMMAND on A');
    child.stdin.end(
      [
        'continue',
        'info directors A',
        'release A.data',
        'tbreak base/data/write.uc:merged on A',
        'continue',
        'print track',
      ].join('\n'),
    );
    expect((await write()).stdout).toContain('wrote 4096/4096 bytes');
    expect(await ended).toEqual([0, null]);
    expect(said()).toMatch(/^director A:dd1 is held, with data; what comes for it waits$/m);
    expect(said()).toMatch(/^A\.data +dd1 +held /m);
    expect(said()).toMatch(/^director A:dd1 goes on, with data$[\s\S]*^track = 17$/m);
  },
);
