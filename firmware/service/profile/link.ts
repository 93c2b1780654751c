/** Reads a kind of link, and refuses one that cannot be. */
import type { LinkProfile } from '../../../adapters/link/model/link-profile.js';
import { readObject } from '../json-reader.js';
import { Problems } from './problems.js';

/** Errors: ProfileError. */
export function readLinkProfile(file: { readonly name: string; readonly text: string }): LinkProfile {
  const json = readObject(file.text, file.name, 'link');
  const { $schema, help, sources, ...profile } = json.file.value as LinkProfile & Readonly<Record<string, unknown>>;
  const problems = new Problems();
  const { droop, loss_ratio: loss } = profile;
  if (droop && droop.half_km <= droop.knee_km) {
    problems.of(() => json.object('droop').wrong('half_km', `more than ${droop.knee_km} km, knee_km`));
  }
  if (loss && loss[0] >= loss[1]) {
    problems.of(() => json.wrong('loss_ratio', '[n, m] with n less than m: of m frames, n are lost'));
  }
  problems.throwIfAny();
  return profile;
}
