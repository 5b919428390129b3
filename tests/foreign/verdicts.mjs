// stdin: {"schemas": {name: schema}, "cases": [{"schema": name, "instance": …}]}
// stdout: for each case {"ajv": true|false, "hyperjump": true|false}
import { registerSchema, validate } from "@hyperjump/json-schema/draft-2020-12";
import Ajv from "ajv/dist/2020.js";
import { text } from "node:stream/consumers";

const { schemas, cases } = JSON.parse(await text(process.stdin));
// Our x-… keywords are annotations; everything else has to be known and sound.
const ajv = new Ajv({ strict: true, strictTypes: false, allErrors: true });
ajv.addVocabulary([
  "x-title-zh", "x-description-zh", "x-enum-words", "x-greater-than", "x-rules", "tsType",
]);

const validators = {};
for (const [name, schema] of Object.entries(schemas)) {
  registerSchema(schema);
  validators[name] = {
    ajv: ajv.compile(schema),
    hyperjump: await validate(schema.$id),
  };
}
const verdicts = cases.map(({ schema, instance }) => ({
  ajv: validators[schema].ajv(instance),
  hyperjump: validators[schema].hyperjump(instance).valid,
}));
process.stdout.write(JSON.stringify(verdicts));
