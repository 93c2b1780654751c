/** Profiles of the package's drives, for tests of the model that is made from them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DriveProfile } from '../../../adapters/disk/model/drive-profile.js';
import { packageRoot } from '../../../firmware/service/package-root.js';

export const driveProfile = (name: string): DriveProfile =>
  JSON.parse(readFileSync(join(packageRoot(), 'hw-profiles/drives', `${name}.json`), 'utf8')) as DriveProfile;
