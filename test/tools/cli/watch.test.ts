import { describe, expect, it } from 'vitest';
import { type Look, watched, watchText } from '../../../tools/cli/ctl/watch.js';
import { StandIn } from '../../firmware/service/http/stand-in.js';

async function look(time_ms: number, owedTracks: number): Promise<Look> {
  const [pair] = await new StandIn().pairs();
  return { time_ms, pairs: [{ ...pair, owedTracks, owedBytes: owedTracks * 65_536 }] };
}

describe('a watched pair', () => {
  it('has a rate and a time left from two looks', async () => {
    const [pair] = watched(await look(3000, 300), await look(1000, 500));
    expect(pair).toMatchObject({ owedTracks: 300, bytesPerSecond: 100 * 65_536, secondsLeft: 3 });
    expect(watchText([pair])).toMatch(/ 300 +18\.8 MiB +6\.6 +3 s\n$/);
  });

  it('has none at the first look, and none while more becomes owed', async () => {
    const unknown = { bytesPerSecond: null, secondsLeft: null };
    expect(watched(await look(1000, 500), undefined)).toMatchObject([unknown]);
    expect(watched(await look(2000, 600), await look(1000, 500))).toMatchObject([unknown]);
    expect(watchText(watched(await look(1000, 500), undefined))).toMatch(/ - +unknown\n$/);
  });

  it('has no time left when nothing is owed', async () => {
    const [pair] = watched(await look(2000, 0), await look(1000, 500));
    expect(pair).toMatchObject({ secondsLeft: 0 });
    expect(watchText([pair])).toMatch(/ -\n$/);
  });

  it('says hours and minutes', async () => {
    const [pair] = watched(await look(2000, 5000), await look(1000, 5001));
    expect(watchText([pair])).toMatch(/ 1 h 23 min\n$/);
  });
});
