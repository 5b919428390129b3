// argument: the gateway's address; stdin: events, as CloudEvents in JSON
// stdout: for each, of the binary and of the structured mode: what was answered.
import { CloudEvent, HTTP } from "cloudevents";
import { text } from "node:stream/consumers";

const answers = [];
for (const event of JSON.parse(await text(process.stdin))) {
  const said = new CloudEvent(event);
  for (const mode of ["binary", "structured"]) {
    const { headers, body } = HTTP[mode](said);
    const answer = await fetch(`${process.argv[2]}/statements`, {
      method: "POST",
      headers,
      body,
    });
    answers.push({ mode, status: answer.status, body: await answer.json() });
  }
}
process.stdout.write(JSON.stringify(answers));
