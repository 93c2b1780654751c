/** Real initiators against the target on its stand-in port: what they make of login, CHAP, digests and discovery. */
import { describe, expect } from 'vitest';
import { run, withClients } from '../../../live/clients.js';
import { type Bench, bench } from './bench.js';
import { TARGET } from './initiator.js';

const chap = { name: 'user', secret: 'a-secret-of-17-by' };
const mutual = { name: 'array', secret: 'another-secret' };

const url = ({ at }: Bench, user = '', more = ''): string => `iscsi://${user}127.0.0.1:${at}/${TARGET}/0${more}`;

/** What it says, and whether it ended well: libiscsi's tools tell refusals by both. */
async function inquiry(address: string): Promise<string> {
  try {
    const { stdout } = await run('iscsi-inq', [address]);
    return stdout;
  } catch (error) {
    return (error as { stderr?: string }).stderr ?? String(error);
  }
}

describe('libiscsi', () => {
  withClients(['iscsi-ls'], 'iscsi-ls finds the target and its unit', async () => {
    const one = await bench({ port: { volumeSectors: 204_800 } });
    const { stdout } = await run('iscsi-ls', ['-s', `iscsi://127.0.0.1:${one.at}`]);
    expect(stdout).toContain(`Target:${TARGET} Portal:127.0.0.1:${one.at},1`);
    expect(stdout).toContain('Lun:0    Type:DIRECT_ACCESS (Size:99M)');
  });

  withClients(['iscsi-inq'], 'iscsi-inq with CRC32C digests of headers and data', async () => {
    const one = await bench();
    const digests = '?header_digest=crc32c&data_digest=crc32c';
    expect(await inquiry(url(one, '', digests))).toContain('Product:DOUBLE');
  });

  withClients(['iscsi-inq'], 'CHAP: only who knows the secret is let in', async () => {
    const one = await bench({ target: { access: () => ({ group: 0, chap }) } });
    expect(await inquiry(url(one, `${chap.name}%${chap.secret}@`))).toContain('Product:DOUBLE');
    for (const user of ['', `${chap.name}%another-secret-yet@`, `other%${chap.secret}@`]) {
      expect(await inquiry(url(one, user))).toContain('Authentication failure(513)');
    }
    expect(one.port.asked.filter(([operation]) => operation === 0x12)).toHaveLength(1);
  });

  withClients(
    ['iscsi-inq'],
    'CHAP both ways: the initiator finds out a target that does not know its secret',
    async () => {
      const one = await bench({ target: { access: () => ({ group: 0, chap: { ...chap, mutual } }) } });
      const user = `${chap.name}%${chap.secret}@`;
      const asks = (secret: string): string => `?target_user=${mutual.name}&target_password=${secret}`;
      expect(await inquiry(url(one, user, asks(mutual.secret)))).toContain('Product:DOUBLE');
      expect(await inquiry(url(one, user, asks('not-its-secret')))).toContain(
        'Invalid CHAP_R response from the target',
      );
    },
  );

  withClients(['iscsi-inq'], 'an initiator without access is told so', async () => {
    const one = await bench({ target: { access: () => undefined } });
    expect(await inquiry(url(one))).toContain('Authorization failure(514)');
  });
});
