/** What a run is told, by whoever runs or debugs one: `sim` and `debug` take the same. */
import { type Scenario, SETTING_MOST, type Settings } from '../../../firmware/runtime/simulated/scenario.js';
import { whole } from '../numbers.js';

/** Options of a run, as `parseArgs` takes them. */
export const RUN_OPTIONS = {
  rig: { type: 'string' },
  seed: { type: 'string', default: '1' },
  set: { type: 'string', multiple: true },
  fault: { type: 'string', multiple: true },
  plant: { type: 'string' },
  microcode: { type: 'string' },
  image: { type: 'string' },
} as const;

/** What help says of them. */
export const RUN_HELP = `  --rig RIG        a rig by name (hw-profiles/rigs) or path; default: the scenario's own. A pair of it names its recipe, one of
                   the package or a file beside the rig's
  --seed N         default 1
  --set KEY=VALUE  a setting of the scenario
  --fault FAULT    something that goes wrong, for example 'cut A-B at 5ms for 20ms'; each that struck is printed with its
                   virtual time
  --plant BUG      with a bug planted in the microcode (test/plants.ts)
  --microcode DIR  with the microcode of DIR, laid out as microcode/ is: a whole tree, or modules of your own, beside those of
                   the package or in their place
  --image FILE     with the microcode of a folder of ROLE.img, or with one image in the place of its role's
`;

/** Errors: RangeError for what the scenario has not, and for no whole number. */
export function settingsOf(given: readonly string[], name: string, { settings: usual = {} }: Scenario): Settings {
  const settings: Record<string, number> = {};
  for (const pair of given) {
    const [, key = pair, value = ''] = /^([^=]*)=(.*)$/.exec(pair) ?? [];
    if (!Object.hasOwn(usual, key))
      throw new RangeError(
        `--set ${pair}: scenario ${name} has the settings ${Object.keys(usual).join(', ') || 'none'}`,
      );
    settings[key] = whole(value, `--set ${key}`, 0, SETTING_MOST);
  }
  return settings;
}
