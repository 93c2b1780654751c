/**
 * `node dist/tools/profiles/build.js`: makes of the schemas of hw-profiles/schema/ what checks files against them, so that no
 * command has to. Says nothing on success.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { KINDS, schemaPath } from '../../firmware/service/profile/schema.js';
import { builtPath, makeAjv } from '../../firmware/service/profile/validators.js';

const texts = Object.fromEntries(KINDS.map((kind) => [kind, readFileSync(schemaPath(kind), 'utf8')]));
const ajv = makeAjv({ code: { source: true } });
const ids = KINDS.map((kind) => {
  const schema = JSON.parse(texts[kind]) as { $id: string };
  ajv.addSchema(schema);
  return [kind, schema.$id];
});
const code = standaloneCode.default(ajv, Object.fromEntries(ids) as Record<string, string>);
writeFileSync(
  builtPath(),
  `'use strict';
const texts = ${JSON.stringify(texts)};
const validators = (() => {
const module = { exports: {} };
const { exports } = module;
${code}
return exports;
})();
module.exports = { texts, validators };
`,
);
