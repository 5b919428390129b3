// arguments: AsyncAPI files; stdout: for each the parser's diagnostics.
import { Parser, fromFile } from "@asyncapi/parser";

const parser = new Parser();
const found = {};
for (const file of process.argv.slice(2)) {
  const { document, diagnostics } = await fromFile(parser, file).parse();
  found[file] = { parsed: document !== undefined, diagnostics };
}
process.stdout.write(JSON.stringify(found));
