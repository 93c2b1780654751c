/** What a guest does as a host of one volume: open-iscsi, ext4, files with checksums. */
import { expect } from 'vitest';
import type { ChapSecret } from '../../../tools/bench/iscsi-peers.js';
import { eventually } from '../../live/pair-harness.js';
import { type Guest, HOST_IN_GUEST } from './guest.js';

export interface HostedTarget {
  readonly iqn: string;
  /** On this machine's loopback interface. */
  readonly port: number;
  readonly lun: number;
  /** Absent: it admits whoever comes. */
  readonly chap?: ChapSecret;
}

/** iscsiadm's status for a target that does not admit the host (ISCSI_ERR_LOGIN_AUTH_FAILED). */
const NOT_ADMITTED = 24;
const FOLDER = '/mnt';
/** What the kernel must not say of a volume that it uses. */
const TROUBLE = /I\/O error|conn error|EXT4-fs (error|warning)|JBD2: |Buffer I\/O|rejecting I\/O|timing out|Sense Key/i;

export class IscsiHost {
  readonly #guest: Guest;
  readonly #target: HostedTarget;
  readonly #record: string;
  #device = '';
  #saidBefore = 0;

  constructor(guest: Guest, target: HostedTarget) {
    this.#guest = guest;
    this.#target = target;
    this.#record = `iscsiadm -m node -T ${target.iqn} -p ${HOST_IN_GUEST}:${target.port}`;
  }

  /**
   * Asks for targets, and keeps a record of ours. Where the target announces this machine's loopback interface, which is
   * another one in the guest, the record is made anew with the address that leads here: iscsiadm does not edit addresses.
   */
  async discover(): Promise<void> {
    const { iqn, port } = this.#target;
    const found = await this.#guest.run(`iscsiadm -m discovery -t sendtargets -p ${HOST_IN_GUEST}:${port}`);
    const announced = found.split('\n').map((line) => line.split(' '));
    expect(announced.map(([, name]) => name)).toContain(iqn);
    if (announced.some(([portal]) => portal.startsWith(`${HOST_IN_GUEST}:${port},`))) return;
    await this.#guest.run(`iscsiadm -m node -T ${iqn} -o delete && ${this.#record} -o new`);
  }

  /** With a wrong secret it is not admitted; with the right one it is, and both digests are CRC32C. */
  async logIn(): Promise<void> {
    const { chap, lun } = this.#target;
    await this.#set({
      'node.conn[0].iscsi.HeaderDigest': 'CRC32C',
      'node.conn[0].iscsi.DataDigest': 'CRC32C',
    });
    if (chap !== undefined) await this.#proveWith(chap);
    this.#saidBefore = this.#guest.kernelSaid().length;
    await this.#guest.run(`${this.#record} --login`);
    const session = await eventually(
      `a disk at LUN ${lun}`,
      () => this.#guest.run('iscsiadm -m session -P 3'),
      (said) => disk(said, lun) !== undefined,
    );
    expect(session).toMatch(/HeaderDigest: CRC32C\n\s*DataDigest: CRC32C/);
    if (chap !== undefined) expect(session).toContain(`username: ${chap.user}`);
    this.#device = `/dev/${disk(session, lun)}`;
  }

  async makeFileSystem(): Promise<void> {
    await this.#guest.run(`mkfs.ext4 -q ${this.#device} && mount ${this.#device} ${FOLDER}`);
  }

  async beginFiles(): Promise<void> {
    await this.#guest.run(`rm -rf /sums /stop /ended /written; /write-files ${FOLDER} >/dev/null 2>&1 &`);
  }

  /** Waits for so many more files. Errors: Error when a file could not be written. */
  async moreFiles(count: number): Promise<void> {
    const look = async (): Promise<number> => {
      const [written, ended] = (
        await this.#guest.run('cat /written 2>/dev/null || echo 0; [ ! -e /ended ]; echo $?')
      ).split('\n');
      if (ended !== '0')
        throw new Error(
          `the guest could not write file ${written}: ${this.#guest.kernelSaid().slice(this.#saidBefore)}`,
        );
      return Number(written);
    };
    const goal = (await look()) + count;
    await eventually(`${goal} files`, look, (written) => written >= goal);
  }

  /** Ends writing; then all is on the volume. */
  async endFiles(): Promise<void> {
    await this.moreFiles(1);
    await this.#guest.run(`touch /stop; until [ -e /ended ]; do sleep 1; done; sync; umount ${FOLDER}`);
  }

  /** What a kernel that remembers nothing of the volume finds: a clean file system, and in each file what was written. */
  async expectFiles(): Promise<void> {
    const check = await this.#guest.run(`echo 3 >/proc/sys/vm/drop_caches; e2fsck -f -n ${this.#device}`);
    expect(check).not.toMatch(/\?|WARNING|error/i);
    const sums = await this.#guest.run(
      `mount -o ro ${this.#device} ${FOLDER} && cat /sums/* >/all-sums && sha256sum -c /all-sums && umount ${FOLDER}`,
    );
    const lines = sums.split('\n');
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter((line) => !/^\/mnt\/files\/file\d+: OK$/.test(line))).toEqual([]);
  }

  /** And the kernel has nothing to complain of since the log-in. */
  async logOut(): Promise<void> {
    expect(this.#guest.kernelSaid().slice(this.#saidBefore)).not.toMatch(TROUBLE);
    await this.#guest.run(`${this.#record} --logout`);
    await this.#guest.run(`iscsiadm -m session; [ $? = 21 ] && [ ! -e ${this.#device} ]`);
  }

  /** @param chap what is said at the next log-in. A wrong secret was tried before. */
  async #proveWith({ user, secret }: ChapSecret): Promise<void> {
    await this.#set({
      'node.session.auth.authmethod': 'CHAP',
      'node.session.auth.username': user,
      'node.session.auth.password': `not-${secret}`,
    });
    await this.#guest.run(`${this.#record} --login; [ $? = ${NOT_ADMITTED} ]`);
    await this.#set({ 'node.session.auth.password': secret });
  }

  async #set(fields: Readonly<Record<string, string>>): Promise<void> {
    const pairs = Object.entries(fields).map(([name, value]) => `-n '${name}' -v '${value}'`);
    await this.#guest.run(`${this.#record} -o update ${pairs.join(' ')}`);
  }
}

/** The name of the disk that open-iscsi found at a LUN. */
function disk(session: string, lun: number): string | undefined {
  return new RegExp(`Lun: ${lun}\\n\\s*Attached scsi disk (\\w+)\\s+State: running`).exec(session)?.[1];
}
