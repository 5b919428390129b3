// argument: typescript, go or java; stdin: {"schemas": {name: schema}, "examples": {name: [data]}}
// stdout: {"files": {name: text}}; of TypeScript also "wrong": what its compiler says.
import { compile } from "json-schema-to-typescript";
import { FetchingJSONSchemaStore, InputData, JSONSchemaInput, quicktypeMultiFile } from "quicktype-core";
import { text } from "node:stream/consumers";
import ts from "typescript";

const { schemas, examples } = JSON.parse(await text(process.stdin));

async function typescript() {
  const files = {};
  for (const [name, schema] of Object.entries(schemas)) {
    const said = examples[name].map((data, n) => `export const e${n}: ${name} = ${JSON.stringify(data)};`);
    files[`${name}.ts`] = [await compile(schema, name, { format: false }), ...said].join("\n");
  }
  const host = ts.createCompilerHost({});
  const read = host.getSourceFile;
  host.getSourceFile = (path, ...rest) => (
    path in files ? ts.createSourceFile(path, files[path], ts.ScriptTarget.ES2022) : read(path, ...rest)
  );
  const program = ts.createProgram(
    Object.keys(files), { noEmit: true, strict: true, types: [], target: ts.ScriptTarget.ES2022 }, host,
  );
  const wrong = ts.getPreEmitDiagnostics(program).map(
    (d) => `${d.file?.fileName}: ${ts.flattenDiagnosticMessageText(d.messageText, " ")}`,
  );
  return { files, wrong };
}

async function quicktyped(lang) {
  const input = new JSONSchemaInput(new FetchingJSONSchemaStore());
  for (const [name, schema] of Object.entries(schemas))
    await input.addSource({ name, schema: JSON.stringify(schema) });
  const inputData = new InputData();
  inputData.addInput(input);
  const rendererOptions = { package: lang === "go" ? "main" : "twincity" };
  const made = await quicktypeMultiFile({ inputData, lang, rendererOptions });
  return { files: Object.fromEntries([...made].map(([name, { lines }]) => [name, lines.join("\n")])) };
}

const language = process.argv[2];
process.stdout.write(JSON.stringify(await (language === "typescript" ? typescript() : quicktyped(language))));
