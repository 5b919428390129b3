// stdin: [{"headers": {…}, "value": text}], messages of ours, binary or structured
// stdout: for each what the SDK read, and both kinds of message that it writes.
import { Kafka } from "cloudevents";
import { text } from "node:stream/consumers";

const written = ({ headers, value }) => ({
  headers,
  value: typeof value === "string" ? value : JSON.stringify(value),
});
const messages = JSON.parse(await text(process.stdin));
const read = messages.map((message) => {
  const event = Kafka.toEvent(message);
  return {
    event: event.toJSON(),
    binary: written(Kafka.binary(event)),
    structured: written(Kafka.structured(event)),
  };
});
process.stdout.write(JSON.stringify(read));
