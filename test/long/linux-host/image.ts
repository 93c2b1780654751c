/**
 * A kernel and its first file system from packages of the distribution: its cloud kernel (ext4 is built in, iscsi_tcp a
 * module), its open-iscsi, e2fsprogs and busybox. They are fetched once, by apt-get from where this machine gets its
 * packages, into a folder of the user's cache; nothing is installed, and nothing needs root.
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { archive, type Entry, FOLDER, PROGRAM } from './cpio.js';
import { modulesFor } from './modules.js';

const KERNEL = 'linux-image-cloud-amd64';
/** What the guest runs, and all libraries of it. */
const PACKAGES = [
  'open-iscsi libopeniscsiusr libisns0 libmount1 libblkid1 libselinux1 libpcre2-8-0 libkmod2 liblzma5 libzstd1 libssl3',
  'libsystemd0 libcap2 libgcrypt20 libgpg-error0 liblz4-1 libc6 busybox-static',
  'e2fsprogs libext2fs2 libcom-err2 libss2 libuuid1',
].flatMap((line) => line.split(' '));
/** Of the packages: all else is documentation, and what an installation would run. */
const KEPT =
  /^(bin|sbin|lib64|usr\/s?bin|(usr\/)?lib\/[^/]*-linux-gnu\/[^/]*\.so[^/]*|etc\/(iscsi|mke2fs\.conf))(\/|$)/;
const MODULES = ['virtio_pci', 'virtio_net', 'sd_mod', 'iscsi_tcp', 'libcrc32c'];
/** Tests run from the root of the repository. */
const SCRIPTS = 'test/long/linux-host';

export interface Image {
  readonly kernel: string;
  readonly initramfs: string;
}

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 });
}

/** The kernel that the distribution has now; its own package has a version in its name. */
function kernelPackage(): string {
  const said = run('apt-cache', ['depends', KERNEL], '/');
  const name = /^\s*Depends: (linux-image-\S+)$/m.exec(said)?.[1];
  if (name === undefined)
    throw new Error(`${KERNEL} is not in this machine's lists of packages (apt-get update?); it said: ${said}`);
  return name;
}

/** Every file of the packages under one folder of the cache. Errors: Error when a package cannot be fetched. */
function unpacked(kernel: string): string {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'arraylab');
  const root = join(cache, `linux-host-${kernel}`);
  if (existsSync(root)) return root;
  mkdirSync(cache, { recursive: true });
  // It gets its name when it is whole.
  const fresh = mkdtempSync(join(cache, 'fetching-'));
  try {
    const debs = join(fresh, 'debs');
    mkdirSync(debs);
    run('apt-get', ['download', '-q', kernel, ...PACKAGES], debs);
    for (const deb of readdirSync(debs)) run('dpkg-deb', ['-x', join(debs, deb), join(fresh, 'root')], debs);
    renameSync(join(fresh, 'root'), root);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return root;
}

function entriesOf(root: string, folder: string, keeps: (path: string) => boolean): Entry[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const file = join(root, folder, name);
    const path = relative(root, file);
    const { mode, isFolder, isLink } = kindOf(file);
    if (isFolder) {
      const within = entriesOf(root, path, keeps);
      return within.length === 0 ? [] : [{ path, mode: FOLDER, data: Buffer.alloc(0) }, ...within];
    }
    if (!keeps(path)) return [];
    return [{ path, mode, data: isLink ? Buffer.from(readlinkSync(file)) : readFileSync(file) }];
  });
}

function kindOf(file: string): { mode: number; isFolder: boolean; isLink: boolean } {
  const status = lstatSync(file);
  return { mode: status.mode, isFolder: status.isDirectory(), isLink: status.isSymbolicLink() };
}

/**
 * A kernel, and a first file system that runs `init.sh`, in this folder. Errors: Error when the packages cannot be
 * fetched.
 */
export function makeImage(folder: string): Image {
  const root = unpacked(kernelPackage());
  const modules = modulesFor(join(root, 'lib/modules'), MODULES);
  const isModule = new Set(modules.map((file) => relative(root, file)));
  const file = (path: string, mode: number, text: string | Buffer): Entry => ({ path, mode, data: Buffer.from(text) });
  const entries = [
    ...entriesOf(root, '.', (path) => KEPT.test(path) || isModule.has(path)),
    file('modules', PROGRAM, modules.map((path) => `/${relative(root, path)}\n`).join('')),
    ...['init', 'write-files'].map((name) => file(name, PROGRAM, readFileSync(join(SCRIPTS, `${name}.sh`)))),
  ];
  const initramfs = join(folder, 'initramfs.gz');
  writeFileSync(initramfs, gzipSync(archive(entries), { level: 1 }));
  const kernel = readdirSync(join(root, 'boot')).find((name) => name.startsWith('vmlinuz-'));
  if (kernel === undefined) throw new Error(`no kernel in ${join(root, 'boot')}`);
  return { kernel: join(root, 'boot', kernel), initramfs };
}
