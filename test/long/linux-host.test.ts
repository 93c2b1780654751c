/** A Linux kernel as the host, in a machine of QEMU's: the distribution's kernel with its own open-iscsi. `npm run long`. */
import { afterAll, beforeAll } from 'vitest';
import { isInstalled } from '../../tools/bench/children.js';
import { startTgtd } from '../../tools/bench/iscsi-peers.js';
import { withClients } from '../live/clients.js';
import { Bench } from '../live/pair-harness.js';
import { Guest } from './linux-host/guest.js';
import { type Image, makeImage } from './linux-host/image.js';
import { IscsiHost } from './linux-host/iscsi-host.js';

/** The machine, and where its kernel and programs come from. */
const CLIENTS = ['qemu-system-x86_64', 'apt-get', 'dpkg-deb'];
const LIMIT_MS = 900_000;
const VOLUME_BYTES = 64 * 1024 * 1024;
const CHAP = { user: 'linux', secret: 'open-sesame-12' };

let bench: Bench;
let image: Image;

beforeAll(() => {
  bench = new Bench();
  if (CLIENTS.every(isInstalled)) image = makeImage(bench.folder);
});
afterAll(() => bench.close());

async function withGuest(body: (guest: Guest) => Promise<void>): Promise<void> {
  const guest = await Guest.boot(image, bench.folder);
  try {
    await body(guest);
  } finally {
    await guest.stop();
  }
}

withClients(
  [...CLIENTS, 'tgtd'],
  'a Linux host keeps files on a target that nobody here wrote, so what it is asked here is right',
  async () => {
    const peer = await startTgtd({ name: 'tgtd', backing: 'rdwr', bytes: VOLUME_BYTES, chap: CHAP, hasDigests: true });
    try {
      await withGuest(async (guest) => {
        const host = new IscsiHost(guest, { iqn: peer.iqn, port: peer.port, lun: peer.lun, chap: CHAP });
        await host.discover();
        await host.logIn();
        await host.makeFileSystem();
        await host.beginFiles();
        await host.moreFiles(30);
        await host.endFiles();
        await host.expectFiles();
        await host.logOut();
      });
    } finally {
      await peer.stop();
    }
  },
  LIMIT_MS,
);
