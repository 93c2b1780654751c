/** `arraylab asm`: assembles microcode, or checks it. Errors go to stderr, every one with file, line and column. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeImage, type Image } from '../../../firmware/engine/image.js';
import { MICROCODED_ROLES, type Role } from '../../../firmware/ports/messages.js';
import { openReference } from '../../../firmware/service/profiles.js';
import { RecipeFile } from '../../../firmware/service/recipe.js';
import { AssemblyError, assembleChecked, assembleRole, type Source } from '../../assembler/assemble.js';
import { packageVersion } from '../../assembler/build.js';
import { linkRecipe } from '../../assembler/link.js';
import { listing } from '../../assembler/listing.js';
import { MICROCODE_ROOT, readTree, roleOf } from '../../assembler/load-sources.js';

const USAGE = `usage: arraylab asm [FILE...] [--role R] [-o OUT] [--listing] [--check]
       arraylab asm [--microcode DIR] [--recipe FILE]... [--role R [-o OUT]] [--listing]

Assembles the microcode sources FILE... as one role's image; without FILE, all of the package's microcode, which is only
checked unless --role and -o are given. Every way through it is followed: what is held is given back, what is read was
written, hooks keep their contracts (microcode/ISA.md, Checks).

  --role R         the role: ${MICROCODED_ROLES.join(', ')}; default: what the files say
  -o OUT           write the image to OUT
  --check          follow every way through FILE... too: they are all of a role's microcode then
  --listing        print address, words and source of every line
  --microcode DIR  the microcode of DIR instead, laid out as microcode/ is: a whole tree, or modules of your own, beside those
                   of the package or in their place
  --recipe FILE    do the modules that this recipe names, by itself and with each of its choices, fit together? May be given
                   again
  --help           print this
`;

/** What the user asked for cannot be done as asked; usage is shown. */
class UsageError extends Error {}

interface Options {
  readonly files: readonly string[];
  readonly role?: Role;
  readonly out?: string;
  readonly listing: boolean;
  /** Every way through the code is followed. */
  readonly isChecked: boolean;
  readonly microcode: string;
  readonly recipes: readonly string[];
}

function options(argv: string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      role: { type: 'string' },
      out: { type: 'string', short: 'o' },
      listing: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      microcode: { type: 'string' },
      recipe: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const role = MICROCODED_ROLES.find((r) => r === values.role);
  if (values.role !== undefined && !role) {
    throw new UsageError(`--role is "${values.role}"; roles are ${MICROCODED_ROLES.join(', ')}`);
  }
  if (values.out !== undefined && positionals.length === 0 && !role) {
    throw new UsageError('-o writes the image of one role: name it with --role, or name its files');
  }
  const { microcode = MICROCODE_ROOT, recipe: recipes } = values;
  for (const [option, isGiven] of [
    ['--microcode', values.microcode !== undefined],
    ['--recipe', recipes.length > 0],
  ] as const)
    if (isGiven && positionals.length > 0) throw new UsageError(`${option} is for all microcode, and files are named`);
  const isChecked = values.check || positionals.length === 0;
  return { files: positionals, role, out: values.out, listing: values.listing, isChecked, microcode, recipes };
}

function readSource(path: string): string {
  if (!existsSync(path)) throw new Error(`${path}: there is no such file`);
  return readFileSync(path, 'utf8');
}

/** The role of files that were named: the first that one of them says. */
function roleOfFiles(sources: readonly Source[]): Role {
  for (const { text } of sources) {
    const said = roleOf(text);
    const role = MICROCODED_ROLES.find((r) => r === said);
    if (role) return role;
  }
  throw new UsageError(`no file names its role ("role data" as the first directive); or say --role`);
}

function assemble(role: Role, sources: readonly Source[], { out, listing: listed, isChecked }: Options): Image {
  const image = (isChecked ? assembleChecked : assembleRole)(role, sources, packageVersion());
  if (listed) process.stdout.write(listing(image, sources));
  if (out === undefined) return image;
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, encodeImage(image));
  return image;
}

/** Assembles all that was asked for; problems of several roles are told together. */
function assembleAll(asked: Options): void {
  if (asked.files.length > 0) {
    const sources = asked.files.map((path) => ({ path, text: readSource(path) }));
    assemble(asked.role ?? roleOfFiles(sources), sources, asked);
    return;
  }
  const recipes = asked.recipes.map((path) => new RecipeFile(openReference('recipe', path)));
  const problems: AssemblyError['list'][number][] = [];
  const images: Image[] = [];
  // A recipe names modules of any role.
  for (const role of asked.role && recipes.length === 0 ? [asked.role] : MICROCODED_ROLES) {
    const wanted =
      asked.role === undefined || asked.role === role ? asked : { ...asked, listing: false, out: undefined };
    try {
      images.push(assemble(role, readTree(asked.microcode, role), wanted));
    } catch (error) {
      if (!(error instanceof AssemblyError)) throw error;
      problems.push(...error.list);
    }
  }
  if (problems.length > 0) throw new AssemblyError(problems);
  for (const recipe of recipes) linkRecipe(images, recipe);
}

/** Exit status: 0; 1 when the microcode has errors or a file cannot be read or written; 2 for wrong usage. */
export async function run(argv: string[]): Promise<number> {
  try {
    const asked = options(argv);
    if (asked) assembleAll(asked);
    else process.stdout.write(USAGE);
    return 0;
  } catch (error) {
    const { message } = error as Error;
    const isUsage =
      error instanceof UsageError || String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
    process.stderr.write(isUsage ? `arraylab asm: ${message}\n\n${USAGE}` : `${message}\n`);
    return isUsage ? 2 : 1;
  }
}
